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
import { classify, readErrorReply } from "./error-reply.ts";
import type { Failed, Lane, Outcome } from "./outcome.ts";
import { passthrough } from "./passthrough.ts";
import type { Runtime } from "./runtime.ts";
import type { StreamEnd } from "./stream.ts";
import { translate } from "./translate.ts";
import { transportFailure } from "./transport-failure.ts";

/** A request that can be sent on a lane, and what to make of a 2xx reply to it. */
export type Prepared = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** How many times it is sent at once, each for one candidate (`Emulation.calls`); absent: once. */
  readonly copies?: number;
  /** Makes the client's response of the replies to all copies; a failure means that nothing reached the client. */
  readonly receive: (
    exchanges: readonly [Exchange, ...Exchange[]],
    onEnd: (end: StreamEnd) => void,
  ) => Promise<Result<Response, Failure>>;
};

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

  const same = call.protocol === lane.provider.protocol;
  const prepared = same
    ? ok(passthrough(runtime, call, lane))
    : await translate(runtime, call, lane, deadline);
  if (!prepared.ok) return fail(prepared.error);

  const request = outgoing(runtime, call, lane, prepared.value);
  const within = limits(runtime, call, lane, deadline);
  const send = (): Promise<Sent> => sendOnce(lane, request, within, call.signal);
  const sent = await sendAll(prepared.value.copies ?? 1, send);
  if (!sent.ok) return fail(sent.error.failure, sent.error.reply);
  const received = await prepared.value.receive(sent.value, settle);
  return received.ok ? { kind: "committed", response: received.value } : fail(received.error);
}

type NotSent = { readonly failure: Failure; readonly reply?: Failed["reply"] };
type Sent = Result<Exchange, NotSent>;

/** Sends the request; a reply that is no 2xx is a failure. */
async function sendOnce(
  lane: Lane,
  request: OutgoingRequest,
  within: Limits,
  signal: AbortSignal,
): Promise<Sent> {
  const sent = await lane.provider.transport.send(request, within, signal);
  if (!sent.ok) return err({ failure: transportFailure(sent.error) });
  const exchange = sent.value;
  if (exchange.status >= 200 && exchange.status < 300) return ok(exchange);
  const reply = await readErrorReply(exchange);
  if (!reply.ok) return err({ failure: reply.error });
  return err({ failure: classify(lane.provider, reply.value), reply: reply.value });
}

/** Sends it several times at once; where one fails the failure alone is returned, and the others are given up. */
async function sendAll(
  copies: number,
  send: () => Promise<Sent>,
): Promise<Result<readonly [Exchange, ...Exchange[]], NotSent>> {
  // They are under way together, also while the first is awaited.
  const others = Array.from({ length: copies - 1 }, send);
  const first = await send();
  if (others.length === 0) return first.ok ? ok([first.value]) : first;
  const sent = [first, ...(await Promise.all(others))];
  const exchanges = sent.flatMap((one) => (one.ok ? [one.value] : []));
  const failed = sent.find((one): one is Extract<Sent, { ok: false }> => !one.ok);
  const [head, ...rest] = exchanges;
  if (failed === undefined && head !== undefined) return ok([head, ...rest]);
  for (const { body } of exchanges) body.cancel();
  return failed ?? err({ failure: { class: "internal", message: "nothing was sent" } });
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
