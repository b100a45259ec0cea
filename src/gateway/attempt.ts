// One try on one member: sends, and makes a reply or a failure of what comes back.
import { err, ok, type Result } from "../lib/result.ts";
import { ms, type Milliseconds } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import type { ReplyJob } from "../protocols/stream-path.ts";
import type { Exchange, Limits, OutgoingRequest } from "../transport/transport.ts";
import { quotaLeft } from "../protocols/kit/quota-left.ts";
import { measure } from "../routing/gauge.ts";
import { authorize } from "./authorize.ts";
import { patchBody } from "./body-patch.ts";
import type { Call } from "./call.ts";
import { headerReader } from "./headers.ts";
import type { Failed, Lane, Outcome } from "./outcome.ts";
import { passthrough } from "./passthrough.ts";
import type { Runtime } from "./runtime.ts";
import { sendCopies, sendOnce, sendParts, type NotSent, type Sent } from "./send.ts";
import { EVERYTHING, poolPermit } from "./permits.ts";
import type { StreamEnd } from "./stream.ts";
import { translateCount } from "./translate-count.ts";
import { translateEmbeddings } from "./translate-embeddings.ts";
import { noSuchOperation, translate } from "./translate.ts";
import { judge } from "./verdict.ts";

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
  /** The way back of a translated chat. */
  readonly job?: ReplyJob;
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
  const begun = await begin(runtime, call, lane, deadline);
  if (begun.kind !== "begun") return begun;
  const { prepared, exchanges, settle, fail } = begun;
  const again = sender(runtime, call, {
    lane,
    prepared,
    // A stream that is open is bound by the silence between its pieces alone.
    deadline: call.stream ? ms(Infinity) : deadline,
  });
  const received = await prepared.receive(exchanges, settle, (body) => again(body, call.signal));
  return received.ok ? { kind: "committed", response: received.value } : fail(received.error);
}

/** An attempt whose upstream has begun to answer: what it answered, and how to end the attempt. */
export type Begun = {
  readonly kind: "begun";
  readonly prepared: Prepared;
  readonly exchanges: readonly [Exchange, ...Exchange[]];
  readonly settle: (end: StreamEnd) => void;
  /** Ends it as failed. */
  readonly fail: (failure: Failure) => Failed;
};

/** Sends the call, up to the head of the reply; a call that needs nobody is answered at once. The lane was admitted (`moves.ts`). */
export async function begin(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Begun | Outcome> {
  const settle = settler(runtime, call, lane);
  const fail = (failure: Failure, reply?: Failed["reply"]): Failed => {
    // Whatever the wire says after the client left is not the upstream's fault.
    const seen: Failure = call.signal.aborted
      ? { class: "cancelled", message: "the client closed the connection" }
      : failure;
    settle({ kind: "failed", failure: seen });
    return { kind: "failed", failure: seen, lane, ...(reply === undefined ? {} : { reply }) };
  };

  const made = await prepare(runtime, call, lane, deadline);
  if (!made.ok) return fail(made.error);
  const prepared = made.value;
  if ("answer" in prepared) {
    settle({ kind: "abandoned" });
    return { kind: "committed", response: prepared.answer };
  }
  const sent = await sendPrepared(runtime, call, { lane, prepared, deadline });
  if (!sent.ok) {
    countUnclassified(runtime, lane, sent.error.failure);
    return fail(sent.error.failure, sent.error.reply);
  }
  noteReply(runtime, call, lane, sent.value[0]);
  return { kind: "begun", prepared, exchanges: sent.value, settle, fail };
}

/** Says where the table of errors has a gap. */
function countUnclassified({ counters }: Runtime, { provider }: Lane, failure: Failure): void {
  if (failure.unclassified !== true) return;
  const { name: protocol } = provider.protocol;
  counters.add("unclassified_failures", { protocol, status: String(failure.status ?? "") });
}

/** What a reply says of the upstream before its body is read: how fast it began, and what is left of the key's limits. */
function noteReply(runtime: Runtime, call: Call, lane: Lane, { headers }: Exchange): void {
  const { cells, key, trace } = lane;
  const now = runtime.now();
  const took = now - call.arrivedAt - trace.at;
  trace.firstByte = Math.round(took);
  const { gauges } = cells;
  if (call.stream) gauges.streamed = measure(gauges.streamed, took, now);
  else gauges.whole = measure(gauges.whole, took, now);
  const used = cells.keys[key];
  const left = used === undefined ? undefined : quotaLeft(headerReader(headers));
  if (used !== undefined && left !== undefined) used.quota = { left, at: now };
}

/** What the lane is to be sent, or an answer that needs nobody. */
function prepare(
  runtime: Runtime,
  call: Call,
  lane: Lane,
  deadline: Milliseconds,
): Promise<Result<Prepared | Answered, Failure>> | Result<Prepared | Answered, Failure> {
  if (call.protocol === lane.provider.protocol && !mayGoOn(call, lane))
    return ok(passthrough(runtime, call, lane));
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

/** Whether another member may go on with the stream when it dies: then its words must be known, and not only its bytes. */
function mayGoOn({ stream, operation }: Call, { elsewhere }: Lane): boolean {
  return elsewhere !== undefined && stream && operation === "chat";
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
function settler(runtime: Runtime, call: Call, lane: Lane): (end: StreamEnd) => void {
  let settled = false;
  return (end) => {
    if (settled) return;
    settled = true;
    runtime.cells.permits.give(lane.member.upstream.name);
    runtime.cells.permits.give(poolPermit(lane.pool.name));
    runtime.cells.permits.give(EVERYTHING);
    judge(runtime, call, lane, end);
  };
}
