// Owns the grammar of a streamed reply (translation.md D.1): whatever order a decoder's events come in, what leaves here
// obeys these rules, so that encoders can be strict.
//
//   reply     = start body* (usage* stop+ end | error)     or only: error
//   body      = open | delta | opaque | cite | close | logprobs | usage | meta | use | ping
//
// Indexes are dense from 0 per candidate in order of opening. Whatever is open is closed when its candidate stops. Stops are
// held back until the upstream's own end, so that usage which arrives late still stands before them: after the first
// `stop` only further stops and `end` follow. A reply that lacks its end or a stop becomes an `error`.
import type { Event } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Stop, Usage } from "./reply.ts";

/** How strict the order of blocks must be. */
export type ConformOptions = {
  /** Whether blocks of a candidate must come one after another: later ones then wait until the earliest open one closes. */
  readonly serial: boolean;
  /** Most characters that may wait; more make the reply an error. Default: 16 MiB (translation.md D.1, size). */
  readonly maxQueued?: number;
};

/** The automaton for one reply. */
export type Conformer = {
  /** Takes an event of the decoder; returns those that are ready, in order. Nothing follows `error` or `end`. */
  readonly push: (event: Event) => readonly Event[];
  /**
   * To be called when the upstream's body is over. Without the upstream's own `end` before it, the reply becomes the
   * failure given, or else `bad-upstream-reply`; a normal end is never made up.
   */
  readonly end: (failure?: Failure) => readonly Event[];
};

type BlockEvent = Extract<Event, { type: "delta" | "opaque" | "cite" }>;
type Open = Extract<Event, { type: "open" }>;

/** An open block, or in serial mode one that is still waiting for its turn. */
type Lane = {
  /** The index that the decoder gave it. */
  readonly source: number;
  /** The dense index under which it leaves. */
  readonly index: number;
  readonly waiting: Event[];
  live: boolean;
  closed: boolean;
  /** A high surrogate whose other half has not come yet. */
  carry: string;
};

type CandidateState = { lanes: Lane[]; opened: number; calls: boolean; stop: Stop | undefined };

type State = {
  readonly serial: boolean;
  readonly maxQueued: number;
  readonly candidates: Map<number, CandidateState>;
  /** What came before the start. */
  readonly early: Early[];
  started: boolean;
  done: boolean;
  queued: number;
  usage: Usage;
  /** Whether `usage` holds something that was not passed on yet. */
  usageDue: boolean;
};

const MAX_QUEUED = 16 * 1024 * 1024;
/** Most blocks that may be open at once; no real reply comes near. */
const MAX_OPEN = 4096;
/** Most events that wait for a start. */
const MAX_EARLY = 256;
/** Most answers of one reply; the largest `n` that a vendor takes is 128. */
const MAX_CANDIDATES = 1024;
/** What a waiting event costs besides its text. */
const EVENT_COST = 64;

/** Starts the automaton. */
export function conform(options: ConformOptions): Conformer {
  const state: State = {
    serial: options.serial,
    maxQueued: options.maxQueued ?? MAX_QUEUED,
    candidates: new Map(),
    early: [],
    started: false,
    done: false,
    queued: 0,
    usage: {},
    usageDue: false,
  };
  const run = (step: (out: Event[]) => void): readonly Event[] => {
    const out: Event[] = [];
    if (!state.done) step(out);
    return out;
  };
  return {
    push: (event) => run((out) => take(state, event, out)),
    end: (failure) => run((out) => fail(state, failure ?? ENDED_EARLY, out)),
  };
}

/**
 * The calls-win rule (translation.md B.13): a turn that ends normally, or for a reason that nobody knows, and holds tool
 * calls ended because of them. One that
 * claims calls and holds none just ended, since agents look at the reason alone and then for calls that are not there.
 */
export function stopWithCalls(stop: Stop, hasCalls: boolean): Stop {
  const isPlain = stop.class === "end" || stop.class === "unknown";
  if (hasCalls && isPlain) return { ...stop, class: "tool_calls" };
  return !hasCalls && stop.class === "tool_calls" ? { ...stop, class: "end" } : stop;
}

const ENDED_EARLY: Failure = { class: "bad-upstream-reply", message: "stream ended early" };

type Body = Exclude<Event, { type: "error" | "ping" | "start" }>;

function take(state: State, event: Event, out: Event[]): void {
  if (event.type === "error") return fail(state, event.failure, out);
  // Before the start there is nothing to keep alive yet.
  if (event.type === "ping") return state.started ? put(state, event, out) : undefined;
  if (!state.started && mayPrecede(event) && state.early.length < MAX_EARLY) {
    state.early.push(event);
    return;
  }
  if (!state.started) begin(state, event.type === "start" ? event : { type: "start" }, out);
  if (event.type !== "start") takeBody(state, event, out);
}

type Early = Extract<Event, { type: "use" | "meta" | "usage" }>;

/** What says something about the reply as a whole, and so may come before the `start` that it waits for. */
function mayPrecede(event: Event): event is Early {
  return event.type === "use" || event.type === "meta" || event.type === "usage";
}

function begin(state: State, start: Event, out: Event[]): void {
  put(state, start, out);
  state.started = true;
  for (const held of state.early.splice(0)) takeBody(state, held, out);
}

function takeBody(state: State, event: Body, out: Event[]): void {
  const candidate = "candidate" in event ? (event.candidate ?? 0) : 0;
  if (candidate < 0 || candidate >= MAX_CANDIDATES) return fail(state, TOO_MANY_CANDIDATES, out);
  switch (event.type) {
    case "open":
      return open(state, event, out);
    case "delta":
      // Empty pieces carry nothing; some servers send them as openers or to keep the connection alive.
      return event.text === "" ? undefined : within(state, event, out);
    case "opaque":
    case "cite":
      return within(state, event, out);
    case "close":
      return closeSource(state, event.candidate, event.index, out);
    case "stop":
      return stop(state, event.candidate, event.stop, out);
    case "usage":
      return mergeUsage(state, event.usage, out);
    case "end":
      return finish(state, out);
    case "logprobs":
    case "meta":
    case "use":
      return put(state, event, out);
  }
}

const TOO_MANY_CANDIDATES: Failure = {
  class: "bad-upstream-reply",
  message: "too many candidates",
};

/** The only way out: nothing follows the end of a reply, not even within the step that ended it. */
function put(state: State, event: Event, out: Event[]): void {
  if (!state.done) out.push(event);
}

function candidateOf(state: State, candidate: number): CandidateState {
  const known = state.candidates.get(candidate);
  if (known !== undefined) return known;
  const fresh: CandidateState = { lanes: [], opened: 0, calls: false, stop: undefined };
  state.candidates.set(candidate, fresh);
  return fresh;
}

function open(state: State, event: Open, out: Event[]): void {
  // A decoder that opens an index again means a new block.
  closeSource(state, event.candidate, event.index, out);
  const candidate = candidateOf(state, event.candidate);
  if (candidate.lanes.length >= MAX_OPEN) return fail(state, TOO_MANY, out);
  const { head } = event;
  const kind = head.kind === "whole" ? head.block.kind : head.kind;
  candidate.calls ||= kind === "toolCall";
  const lane: Lane = {
    source: event.index,
    index: candidate.opened,
    waiting: [],
    live: !state.serial || candidate.lanes.length === 0,
    closed: false,
    carry: "",
  };
  candidate.opened += 1;
  candidate.lanes.push(lane);
  emit(state, lane, { ...event, index: lane.index }, out);
}

const TOO_MANY: Failure = { class: "bad-upstream-reply", message: "too many blocks are open" };

/** Passes on what belongs to an open block. Content outside of one would vanish silently, so it ends the reply instead. */
function within(state: State, event: BlockEvent, out: Event[]): void {
  const lane = laneOf(state, event.candidate, event.index);
  if (lane === undefined) {
    const message = `the stream holds a ${event.type} outside of a block`;
    return fail(state, { class: "bad-upstream-reply", message }, out);
  }
  if (event.type !== "delta") return emit(state, lane, { ...event, index: lane.index }, out);
  const text = lane.carry + event.text;
  // Clients join the pieces as text, and some refuse half a character.
  const split = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
  lane.carry = text.slice(split);
  if (split > 0)
    emit(state, lane, { ...event, index: lane.index, text: text.slice(0, split) }, out);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function laneOf(state: State, candidate: number, source: number): Lane | undefined {
  const lanes = state.candidates.get(candidate)?.lanes;
  return lanes?.find((lane) => lane.source === source && !lane.closed);
}

/** Lets an event of a live block out; one of a waiting block waits with it. */
function emit(state: State, lane: Lane, event: Event, out: Event[]): void {
  if (lane.live) return put(state, event, out);
  lane.waiting.push(event);
  state.queued += sizeOf(event);
  if (state.queued <= state.maxQueued) return;
  fail(state, { class: "bad-upstream-reply", message: "interleaved blocks are too large" }, out);
}

function sizeOf(event: Event): number {
  if (event.type === "delta") return event.text.length + EVENT_COST;
  return JSON.stringify(event).length + EVENT_COST;
}

function closeSource(state: State, candidate: number, source: number, out: Event[]): void {
  const lane = laneOf(state, candidate, source);
  if (lane !== undefined) close(state, candidate, lane, out);
}

function close(state: State, candidate: number, lane: Lane, out: Event[]): void {
  const { index, carry } = lane;
  if (carry !== "") emit(state, lane, { type: "delta", candidate, index, text: carry }, out);
  emit(state, lane, { type: "close", candidate, index }, out);
  lane.carry = "";
  lane.closed = true;
  if (lane.live) promote(state, candidateOf(state, candidate), out);
}

/** Drops closed blocks from the front and makes the next one live, which may be closed already. */
function promote(state: State, candidate: CandidateState, out: Event[]): void {
  if (!state.serial) {
    candidate.lanes = candidate.lanes.filter((lane) => !lane.closed);
    return;
  }
  for (;;) {
    const [first] = candidate.lanes;
    if (first === undefined) return;
    if (!first.live) {
      first.live = true;
      for (const event of first.waiting.splice(0)) {
        state.queued -= sizeOf(event);
        put(state, event, out);
      }
    }
    if (!first.closed) return;
    candidate.lanes.shift();
  }
}

function stop(state: State, index: number, reason: Stop, out: Event[]): void {
  const candidate = candidateOf(state, index);
  closeAll(state, index, candidate, out);
  // The first reason counts: a second finish is noise of the server.
  candidate.stop ??= reason;
}

function closeAll(state: State, index: number, candidate: CandidateState, out: Event[]): void {
  const open = candidate.lanes.filter((lane) => !lane.closed);
  for (const lane of open) close(state, index, lane, out);
}

function mergeUsage(state: State, usage: Usage, out: Event[]): void {
  state.usage = { ...state.usage, ...usage };
  state.usageDue = true;
  // Usage after a stop is the final one, and waits for the end with it.
  const stopped = [...state.candidates.values()].some((candidate) => candidate.stop !== undefined);
  if (!stopped) flushUsage(state, out);
}

function flushUsage(state: State, out: Event[]): void {
  if (state.usageDue) put(state, { type: "usage", usage: state.usage }, out);
  state.usageDue = false;
}

/** The upstream's own end: usage, stops, end. */
function finish(state: State, out: Event[]): void {
  const candidates = [...state.candidates].sort(([a], [b]) => a - b);
  const unfinished = candidates.some(([, candidate]) => candidate.stop === undefined);
  if (candidates.length === 0 || unfinished) return fail(state, NO_STOP, out);
  for (const [index, candidate] of candidates) closeAll(state, index, candidate, out);
  flushUsage(state, out);
  for (const [index, { stop: reason, calls }] of candidates) {
    if (reason === undefined) continue;
    put(state, { type: "stop", candidate: index, stop: stopWithCalls(reason, calls) }, out);
  }
  put(state, { type: "end" }, out);
  state.done = true;
}

const NO_STOP: Failure = {
  class: "bad-upstream-reply",
  message: "the stream ended without saying why the model stopped",
};

/** Ends the reply with an error; what is known of the usage still goes out, since those tokens were billed. */
function fail(state: State, failure: Failure, out: Event[]): void {
  if (state.done) return;
  if (state.early.length > 0) begin(state, { type: "start" }, out);
  flushUsage(state, out);
  put(state, { type: "error", failure }, out);
  state.done = true;
  state.candidates.clear();
}
