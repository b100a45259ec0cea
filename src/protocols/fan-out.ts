// Several upstream calls for one candidate each, which the client sees as one reply with several (translation.md B.10 R55
// and B.12, "Fan-out"): candidates by number of the call, usage summed.
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import type { Reply, Stop, Usage } from "../ir/reply.ts";
import type { Frame } from "../wire/frame.ts";
import {
  conformed,
  sink,
  type ReplyJob,
  type StreamTranslator,
  type Translated,
} from "./stream-path.ts";

/** One reply of the replies to all calls. */
export function joinReplies(replies: readonly Reply[]): Reply {
  const [first] = replies;
  if (first === undefined) throw new Error("a fan-out without calls");
  if (replies.length === 1) return first;
  const usages = replies.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  return {
    ...first,
    candidates: replies.flatMap(({ candidates }) => candidates.slice(0, 1)),
    uses: replies.flatMap(({ uses }) => uses),
    ...(usages.length === 0 ? {} : { usage: sumUsage(usages) }),
  };
}

const COUNTS = [
  "inFresh",
  "cacheRead",
  "cacheWrite",
  "cacheWrite5m",
  "cacheWrite1h",
  "toolUseIn",
  "output",
  "reasoning",
  "audioIn",
  "audioOut",
  "acceptedPrediction",
  "rejectedPrediction",
] as const satisfies readonly (keyof Usage)[];

/** The sum of each count over the calls that told it; what none told stays unknown. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum: { -readonly [K in (typeof COUNTS)[number]]?: number } = {};
  for (const count of COUNTS) {
    const told = usages.flatMap((usage) => usage[count] ?? []);
    if (told.length > 0) sum[count] = told.reduce((total, value) => total + value, 0);
  }
  return sum;
}

/** Translates the streams of all calls into one. */
export type FanOut = Pick<StreamTranslator, "ping" | "usage" | "report"> & {
  /** Takes a frame of a call, by its number from 0. */
  readonly push: (call: number, frame: Frame) => Translated;
  /** The body of a call is over; see `StreamTranslator.end`. */
  readonly end: (call: number, failure?: Failure) => Translated;
  /** Whether the reply of a call was ended at a stop sequence. */
  readonly isCut: (call: number) => boolean;
};

type State = {
  readonly calls: number;
  readonly usages: Map<number, Usage>;
  readonly stops: Map<number, Stop>;
  readonly ended: Set<number>;
  started: boolean;
};

/** Starts to translate the streams of `calls` calls. */
export function fanOut(job: ReplyJob, calls: number): FanOut {
  const sources = Array.from({ length: calls }, () => conformed(job, job.to.stream.serial));
  const client = sink(job);
  const state: State = {
    calls,
    usages: new Map(),
    stops: new Map(),
    ended: new Set(),
    started: false,
  };
  const take = (call: number, events: readonly Event[] | undefined): Translated =>
    client.take((events ?? []).flatMap((event) => join(state, call, event)));
  return {
    push: (call, frame) => take(call, sources[call]?.push(frame)),
    end: (call, failure) => take(call, sources[call]?.end(failure)),
    isCut: (call) => sources[call]?.isCut() ?? false,
    ping: () => client.take(state.started ? [{ type: "ping" }] : []).frames,
    usage: client.usage,
    report: client.report,
  };
}

/** What an event of one call is in the reply as a whole. */
function join(state: State, call: number, event: Event): readonly Event[] {
  switch (event.type) {
    case "start": {
      const isFirst = !state.started;
      state.started = true;
      return isFirst ? [event] : [];
    }
    case "open":
    case "delta":
    case "opaque":
    case "cite":
    case "close":
    case "logprobs":
      // A call was asked for one candidate; what a server gives beyond that was not asked for.
      return event.candidate === 0 ? [{ ...event, candidate: call }] : [];
    case "stop":
      if (event.candidate === 0) state.stops.set(call, event.stop);
      return [];
    case "usage":
      state.usages.set(call, event.usage);
      return [];
    case "meta":
      if (event.candidate !== undefined) return [{ ...event, candidate: call }];
      return call === 0 ? [event] : [];
    case "use":
    case "ping":
      return [event];
    case "error":
      return [...usageEvents(state), event];
    case "end":
      state.ended.add(call);
      return state.ended.size === state.calls ? finish(state) : [];
  }
}

function usageEvents(state: State): readonly Event[] {
  const usages = [...state.usages.values()];
  return usages.length === 0 ? [] : [{ type: "usage", usage: sumUsage(usages) }];
}

function finish(state: State): readonly Event[] {
  const stops = [...state.stops].sort(([a], [b]) => a - b);
  return [
    ...usageEvents(state),
    ...stops.map(([candidate, stop]): Event => ({ type: "stop", candidate, stop })),
    { type: "end" },
  ];
}
