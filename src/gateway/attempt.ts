// One try on one member: sends, judges what comes back, and is the only writer of breakers and keys.
import { err, ok, type Result } from "../lib/result.ts";
import { ms, type Milliseconds } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { step, type Signal } from "../routing/breaker.ts";
import { effectOf } from "../routing/fault.ts";
import { pickKey, restKey } from "../routing/keys.ts";
import type { Exchange, Limits, OutgoingRequest } from "../transport/transport.ts";
import { authorize } from "./authorize.ts";
import { patchBody } from "./body-patch.ts";
import type { Call } from "./call.ts";
import type { Failed, Lane, Outcome } from "./outcome.ts";
import { passthrough } from "./passthrough.ts";
import type { Runtime } from "./runtime.ts";
import { sendCopies, sendOnce, sendParts, type NotSent, type Sent } from "./send.ts";
import type { StreamEnd } from "./stream.ts";
import { translateCount } from "./translate-count.ts";
import { translateEmbeddings } from "./translate-embeddings.ts";
import { noSuchOperation, translate } from "./translate.ts";

/** A request that can be sent on a lane, and what to make of a 2xx reply to it. */
export type Prepared = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** How many times it is sent at once, each for one candidate (`Emulation.calls`); absent: once. */
  readonly copies?: number;
  /** Bodies of further requests that make up the call with this one; few of them are under way at once. */
  readonly parts?: readonly Uint8Array[];
  /** Makes the client's response of the replies to all copies and parts, in order; a failure means that nothing reached the client. */
  readonly receive: (
    exchanges: readonly [Exchange, ...Exchange[]],
    onEnd: (end: StreamEnd) => void,
    again: Again,
  ) => Promise<Result<Response, Failure>>;
};

/** Sends another body the same way, for a call that takes several requests one after another. */
export type Again = (body: Uint8Array) => Promise<Sent>;

/** A call that the gateway answers by itself, whatever its upstream is. */
export type Answered = { readonly answer: Response };

/** Largest head of a reply, in bytes. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Tries the lane. `deadline` bounds everything up to the commit. The caller has taken the permit; this gives it back. */
export async function attempt(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Outcome> {
  signalBreaker(runtime, lane, { kind: "admitted" });
  const settle = settler(runtime, lane);
  const fail = (failure: Failure, reply?: Failed["reply"]): Failed => {
    // Whatever the wire says after the client left is not the upstream's fault.
    const seen: Failure = call.signal.aborted
      ? { class: "cancelled", message: "the client closed the connection" }
      : failure;
    settle({ kind: "failed", failure: seen });
    return { kind: "failed", failure: seen, lane, ...(reply === undefined ? {} : { reply }) };
  };

  const prepared = await prepare(runtime, call, lane, deadline);
  if (!prepared.ok) return fail(prepared.error);
  if ("answer" in prepared.value) {
    settle({ kind: "abandoned" });
    return { kind: "committed", response: prepared.value.answer };
  }
  const sent = await sendPrepared(runtime, call, { lane, prepared: prepared.value, deadline });
  if (!sent.ok) return fail(sent.error.failure, sent.error.reply);
  const again = sender(runtime, call, {
    lane,
    prepared: prepared.value,
    // A stream that is open is bound by the silence between its pieces alone.
    deadline: call.stream ? ms(Infinity) : deadline,
  });
  const received = await prepared.value.receive(sent.value, settle, (body) =>
    again(body, call.signal),
  );
  return received.ok ? { kind: "committed", response: received.value } : fail(received.error);
}

/** What the lane is to be sent, or an answer that needs nobody. */
function prepare(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Result<Prepared | Answered, Failure>> | Result<Prepared | Answered, Failure> {
  if (call.protocol === lane.provider.protocol) return ok(passthrough(runtime, call, lane));
  switch (call.operation) {
    case "chat":
      return translate(runtime, call, lane, deadline);
    case "embeddings":
      return translateEmbeddings(runtime, call, lane);
    case "count-tokens":
      return translateCount(runtime, call, lane, deadline);
    case "models":
    case "model":
      return err(noSuchOperation(call, lane));
  }
}

/** Most parts of one call that are under way at once. */
const PARTS_AT_ONCE = 8;

type Way = { readonly lane: Lane; readonly prepared: Prepared; readonly deadline: Milliseconds };

/** Makes what sends a body the way that was prepared. */
function sender(
  runtime: Runtime,
  call: Call,
  { lane, prepared, deadline }: Way,
): (body: Uint8Array, signal: AbortSignal) => Promise<Sent> {
  return (body, signal) => {
    const request = outgoing(runtime, call, lane, { ...prepared, body });
    return sendOnce(lane, request, limits(runtime, call, lane, deadline), signal);
  };
}

function sendPrepared(
  runtime: Runtime,
  call: Call,
  way: Way,
): Promise<Result<readonly [Exchange, ...Exchange[]], NotSent>> {
  const { lane, prepared } = way;
  const send = sender(runtime, call, way);
  const { body, parts, copies = 1 } = prepared;
  if (parts === undefined) return sendCopies(copies, () => send(body, call.signal));
  const { maxConcurrent = PARTS_AT_ONCE } = lane.member.upstream;
  return sendParts([body, ...parts], send, {
    atOnce: Math.min(PARTS_AT_ONCE, maxConcurrent),
    cap: runtime.limits.maxReplyBytes,
    signal: call.signal,
  });
}

function outgoing(runtime: Runtime, call: Call, lane: Lane, made: Prepared): OutgoingRequest {
  const { provider } = lane;
  // Before it is authorized, since a signature covers the body.
  const prepared = { ...made, body: patchBody(made.body, provider.body) };
  const credential =
    call.passToken === undefined
      ? provider.credentials[lane.key]
      : provider.credentialFor(call.passToken);
  if (credential === undefined) throw new Error(`${provider.name} has no key ${lane.key}`);
  const authorized = authorize(runtime, provider, credential, prepared);
  return {
    method: prepared.method,
    origin: provider.origin,
    target: authorized.target,
    headers: authorized.headers,
    body: prepared.body.byteLength === 0 ? undefined : prepared.body,
    // Nothing of a reply was seen, so sending a chat request again on a fresh connection repeats no effect.
    replayable: true,
  };
}

function limits(runtime: Runtime, call: Call, lane: Lane, deadline: Milliseconds): Limits {
  const { failover } = lane.pool;
  const left = Math.max(deadline - runtime.now(), 1);
  return {
    connect: ms(Math.min(failover.connectTimeout, left)),
    firstByte: ms(Math.min(failover.firstByteTimeout, left)),
    idle: failover.idleTimeout,
    ...(call.stream ? {} : { total: ms(left) }),
    maxHeadBytes: MAX_HEAD_BYTES,
  };
}

/** Makes the function that ends the attempt: once, whoever calls it first. */
function settler(runtime: Runtime, lane: Lane): (end: StreamEnd) => void {
  let settled = false;
  return (end) => {
    if (settled) return;
    settled = true;
    runtime.cells.permits.give(lane.member.upstream.name);
    switch (end.kind) {
      case "complete":
        signalBreaker(runtime, lane, { kind: "succeeded" });
        return;
      case "abandoned":
        signalBreaker(runtime, lane, { kind: "abandoned" });
        return;
      case "failed":
        penalise(runtime, lane, end.failure);
    }
  };
}

function penalise(runtime: Runtime, lane: Lane, failure: Failure): void {
  const effect = effectOf(failure.class);
  const retryAfter = failure.retryAfter === undefined ? {} : { retryAfter: ms(failure.retryAfter) };
  if (effect.penalty === "none") {
    signalBreaker(runtime, lane, { kind: "abandoned" });
  } else if (effect.culprit === "key" && benchKey(runtime, lane, failure)) {
    signalBreaker(runtime, lane, { kind: "abandoned" });
  } else {
    signalBreaker(runtime, lane, { kind: "failed", penalty: effect.penalty, ...retryAfter });
  }
}

/** Lets the key rest if the failure says for how long, or if another key can take over; says whether it did. */
function benchKey(runtime: Runtime, lane: Lane, failure: Failure): boolean {
  const { provider, pool } = lane;
  const ring = runtime.cells.keys(provider.name, provider.credentials.length);
  const now = runtime.now();
  const another = pickKey(ring, now, new Set([lane.key])) !== undefined;
  if (!another) return false;
  const rest = failure.retryAfter ?? pool.breaker.cooldown;
  runtime.cells.setKeys(provider.name, restKey(ring, lane.key, ms(now + rest)));
  return true;
}

function signalBreaker(runtime: Runtime, lane: Lane, signal: Signal): void {
  const { cells } = runtime;
  const pool = lane.pool.name;
  const upstream = lane.member.upstream.name;
  const context = {
    attempt: lane.attempt,
    now: runtime.now(),
    random: runtime.random,
    settings: lane.pool.breaker,
  };
  const before = cells.breaker(pool, upstream);
  const after = step(before, signal, context);
  if (after !== before) cells.setBreaker(pool, upstream, after);
}
