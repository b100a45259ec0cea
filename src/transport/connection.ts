// One connection to an upstream: connects, writes one request at a time, reads its reply, and pauses the upstream while
// nobody reads. Speaks to the runtime's sockets; knows nothing of pools.
import { byteQueue, concat, indexOf, utf8, type ByteQueue } from "../lib/bytes.ts";
import { bodyReader, type BodyReader } from "./body-reader.ts";
import { openSocket, type Wire } from "./dial.ts";
import { parseHead, type ReplyHead } from "./http1.ts";
import { createBodyQueue, type BodyQueue } from "./reply-body.ts";
import type { Ticker, Waiting } from "./ticker.ts";
import type { Exchange, Limits, Origin, OutgoingRequest, TransportFailure } from "./transport.ts";

/** What a connection needs from outside. */
export type ConnectionContext = {
  readonly ticker: Ticker;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
};

/** How an exchange begins: with a reply's head, or not at all. */
export type Start =
  | { readonly ok: true; readonly exchange: Exchange }
  /** `replied`: bytes of a reply had come, so the request must not be sent again. */
  | { readonly ok: false; readonly failure: TransportFailure; readonly replied: boolean };

/** A request with its head already printed, so that a malformed one never costs a connection. */
export type Order = {
  readonly request: OutgoingRequest;
  readonly head: Uint8Array;
  readonly limits: Limits;
};

/** A connection that can carry requests one after another. */
export type Connection = {
  /** Sends a request; `started` is called exactly once. Only while idle or new. */
  readonly exchange: (order: Order, started: (start: Start) => void) => void;
  /** Breaks off whatever goes on and closes. */
  readonly destroy: (failure: TransportFailure) => void;
  /** Time at which it became idle. */
  readonly idleSince: () => number;
};

/** What the owner of a connection is told. */
export type ConnectionEvents = {
  /** The exchange is over and the connection can carry another. */
  readonly onIdle: (connection: Connection) => void;
  /** It is closed; called once. */
  readonly onClose: (connection: Connection) => void;
};

/** One exchange under way. */
type Job = Order & {
  readonly started: (start: Start) => void;
  /** Time by which all must be over. */
  readonly totalDeadline: number;
  readonly replyHead: ByteQueue;
  replied: boolean;
  reply:
    | { readonly head: ReplyHead; readonly reader: BodyReader; readonly queue: BodyQueue }
    | undefined;
};

type Phase = "connecting" | "idle" | "head" | "body" | "closed";

/** The state of a connection; the functions below move it on. */
type State = {
  readonly context: ConnectionContext;
  readonly events: ConnectionEvents;
  readonly self: () => Connection;
  readonly waiting: Waiting;
  phase: Phase;
  wire: Wire | undefined;
  job: Job | undefined;
  idleSince: number;
  sent: boolean;
};

const HEAD_END = utf8("\r\n\r\n");
/** Bodies up to this size are copied behind their head, to go out in one system call. */
const ONE_WRITE = 64 * 1024;

/** Starts connecting; the first request may be given at once. */
export function connect(
  origin: Origin,
  context: ConnectionContext,
  events: ConnectionEvents,
): Connection {
  const connection: Connection = {
    exchange: (order, started) => begin(state, order, started),
    destroy: (failure) => close(state, failure),
    idleSince: () => state.idleSince,
  };
  const state: State = {
    context,
    events,
    self: () => connection,
    waiting: { deadline: Infinity, expire: () => expire(state) },
    phase: "connecting",
    wire: undefined,
    job: undefined,
    idleSince: context.now(),
    sent: false,
  };
  openSocket(origin, context.ca, {
    onOpen: (wire) => opened(state, wire),
    onData: (bytes) => received(state, bytes),
    onClose: (failure) => closed(state, failure),
  });
  return connection;
}

function begin(state: State, order: Order, started: (start: Start) => void): void {
  const now = state.context.now();
  const totalDeadline = now + (order.limits.total ?? Infinity);
  const replyHead = byteQueue();
  state.job = { ...order, started, totalDeadline, replyHead, replied: false, reply: undefined };
  if (state.phase === "connecting") arm(state, now + order.limits.connect);
  else send(state, state.job);
}

function opened(state: State, wire: Wire): void {
  if (state.phase === "closed") {
    wire.destroy();
    return;
  }
  state.wire = wire;
  state.phase = "idle";
  if (state.job !== undefined) send(state, state.job);
}

function send(state: State, job: Job): void {
  const { head } = job;
  const { body } = job.request;
  state.phase = "head";
  state.sent = true;
  arm(state, state.context.now() + job.limits.firstByte);
  if (body === undefined) state.wire?.write(head);
  else if (body.byteLength <= ONE_WRITE) state.wire?.write(concat([head, body]));
  else {
    state.wire?.write(head);
    state.wire?.write(body);
  }
}

function received(state: State, bytes: Uint8Array): void {
  const { job } = state;
  if (job === undefined) {
    // Nobody asked for anything: whatever this is, it is not the reply to the next request.
    close(state, broken(state, "malformed", "bytes arrived on an idle connection"));
    return;
  }
  job.replied = true;
  if (state.phase === "body") deliver(state, job, bytes);
  else readHead(state, job, bytes);
}

function readHead(state: State, job: Job, bytes: Uint8Array): void {
  job.replyHead.append(bytes);
  const all = job.replyHead.peek();
  const end = indexOf(all, HEAD_END);
  const size = end < 0 ? all.byteLength : end;
  if (size > job.limits.maxHeadBytes) {
    close(state, broken(state, "malformed", "the reply's head is too large"));
    return;
  }
  if (end < 0) return;
  const head = parseHead(latin1(all.subarray(0, end)), job.request.method);
  const rest = all.subarray(end + HEAD_END.byteLength);
  job.replyHead.take(all.byteLength);
  if (!head.ok) {
    close(state, broken(state, "malformed", `the reply is not valid HTTP: ${head.error}`));
  } else if (head.value.status < 200) {
    // An interim reply (RFC 9110, section 15.2); 101 would switch to a protocol that nobody asked for.
    if (head.value.status === 101)
      close(state, broken(state, "malformed", "the upstream switched protocols"));
    else if (rest.byteLength > 0) readHead(state, job, rest);
  } else startBody(state, job, head.value, rest);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function startBody(state: State, job: Job, head: ReplyHead, rest: Uint8Array): void {
  const reader = bodyReader(head.body);
  const queue = createBodyQueue({
    pause: () => state.wire?.pause(),
    resume: () => state.wire?.resume(),
    waiting: (waits) => arm(state, waits ? state.context.now() + job.limits.idle : Infinity),
    cancel: () => {
      if (state.job === job) close(state, broken(state, "aborted", "the exchange was cancelled"));
    },
  });
  job.reply = { head, reader, queue };
  state.phase = "body";
  arm(state, Infinity);
  const exchange: Exchange = { status: head.status, headers: head.headers, body: queue.body };
  // The head's bytes are delivered before anybody can read, so that a small reply is complete at once.
  if (reader.empty) complete(state, job, rest.byteLength);
  else if (rest.byteLength > 0) deliver(state, job, rest);
  job.started({ ok: true, exchange });
}

function deliver(state: State, job: Job, bytes: Uint8Array): void {
  const { reply } = job;
  if (reply === undefined) return;
  const part = reply.reader.push(bytes);
  for (const piece of part.content) reply.queue.push(piece);
  if (part.state === "malformed") close(state, broken(state, "malformed", "a chunk is malformed"));
  else if (part.state === "done") complete(state, job, part.surplus);
}

/** The reply is whole: the connection is free, unless something speaks against it. */
function complete(state: State, job: Job, surplus: number): void {
  job.reply?.queue.end();
  disarm(state);
  state.job = undefined;
  const unwritten = state.wire?.unwritten() === true;
  const reusable = job.reply?.head.keepAlive === true && surplus === 0 && !unwritten;
  if (!reusable) {
    close(state, broken(state, "reset", "the connection cannot be used again"));
    return;
  }
  state.phase = "idle";
  state.sent = false;
  state.idleSince = state.context.now();
  state.wire?.resume();
  state.events.onIdle(state.self());
}

function closed(state: State, failure: TransportFailure | undefined): void {
  const { job } = state;
  if (job?.reply?.reader.mayClose() === true && failure === undefined) {
    job.reply.queue.end();
    state.job = undefined;
  }
  const cut = job?.reply === undefined ? "reset" : "truncated";
  const message =
    job?.reply === undefined ? "closed without a reply" : "closed in the middle of the reply";
  close(state, failure ?? broken(state, cut, `the connection was ${message}`));
}

function close(state: State, failure: TransportFailure): void {
  if (state.phase === "closed") return;
  const { job } = state;
  state.phase = "closed";
  state.job = undefined;
  disarm(state);
  state.wire?.destroy();
  state.events.onClose(state.self());
  if (job === undefined) return;
  if (job.reply !== undefined) job.reply.queue.fail(failure);
  else job.started({ ok: false, failure: { ...failure, sent: state.sent }, replied: job.replied });
}

function expire(state: State): void {
  const { job, phase } = state;
  const total = job !== undefined && state.context.now() >= job.totalDeadline;
  if (total) close(state, broken(state, "total-timeout", "the exchange took too long"));
  else if (phase === "connecting") {
    close(state, broken(state, "connect-timeout", "connecting took too long"));
  } else if (phase === "head") {
    close(state, broken(state, "first-byte-timeout", "the reply did not begin in time"));
  } else close(state, broken(state, "idle-timeout", "the reply stalled"));
}

/** Sets the next deadline; that of the whole exchange holds on top of it. */
function arm(state: State, deadline: number): void {
  const limit = Math.min(deadline, state.job?.totalDeadline ?? Infinity);
  state.waiting.deadline = limit;
  if (limit === Infinity) state.context.ticker.remove(state.waiting);
  else state.context.ticker.add(state.waiting);
}

function disarm(state: State): void {
  state.waiting.deadline = Infinity;
  state.context.ticker.remove(state.waiting);
}

function broken(state: State, kind: TransportFailure["kind"], message: string): TransportFailure {
  return { kind, message, sent: state.sent };
}
