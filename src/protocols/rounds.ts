// A turn that the upstream pauses in order to be asked to go on (translation.md B.13, pause; E141). A client of another
// protocol knows nothing of that, so the gateway asks, and the client sees the replies to all rounds as one: blocks joined,
// usage summed.
import { parseJson, printJson } from "../lib/json.ts";
import type { Event } from "../ir/event.ts";
import { fold, type Fold } from "../ir/fold.ts";
import type { Report } from "../ir/loss.ts";
import type { Reply, Usage } from "../ir/reply.ts";
import { sumUsage } from "./fan-out.ts";
import type { Codec } from "./protocol.ts";
import {
  conformed,
  sink,
  withCut,
  type Conformed,
  type ReplyJob,
  type StreamTranslator,
} from "./stream-path.ts";

/** Most times that an upstream is asked to go on. */
const MAX_RESUMPTIONS = 5;

/** What the client is told of a turn that was resumed for it. */
export const RESUMED: Report = { losses: [], emulated: [{ id: "S10", path: "/stop_reason" }] };

/** The body of the next round; `undefined`: the reply is the last, whatever it says. */
export type Resume = (reply: Reply) => string | undefined;

/** Starts from the body that was sent first, as text. */
export function resumer(codec: Codec, first: string): Resume {
  let sent = first;
  let count = 0;
  return (reply) => {
    const [candidate] = reply.candidates;
    const isPaused = candidate?.stop.class === "pause";
    // Calls of the client's own tools have to be answered by the client first.
    const isOurs = candidate?.blocks.every(({ kind }) => kind !== "toolCall") === true;
    if (!isPaused || !isOurs || count === MAX_RESUMPTIONS) return undefined;
    const document = parseJson(sent);
    const body = document.ok ? codec.request.resume?.(document.value, reply) : undefined;
    if (body === undefined) return undefined;
    count += 1;
    sent = printJson(body);
    return sent;
  };
}

/** One reply of the replies to all rounds. */
export function joinRounds(replies: readonly [Reply, ...Reply[]]): Reply {
  const [first] = replies;
  const last = replies.at(-1) ?? first;
  if (last === first) return first;
  const usages = replies.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const blocks = replies.flatMap(({ candidates }) => candidates[0]?.blocks ?? []);
  const uses = replies.flatMap((reply) =>
    // Why a round ended that was resumed is nobody's business.
    reply === last ? reply.uses : reply.uses.filter(({ id }) => id !== "S10"),
  );
  return {
    ...first,
    candidates: last.candidates.map((candidate) => ({ ...candidate, blocks })),
    ext: last.ext,
    uses,
    ...(usages.length === 0 ? {} : { usage: sumUsage(usages) }),
  };
}

/** Translates the streams of all rounds into one. */
export type Rounds = StreamTranslator & {
  /** The body to send now, whose reply is pushed from then on; `undefined`: there is nothing to send. */
  readonly next: () => string | undefined;
};

type State = {
  source: Conformed;
  /** The reply to this round. */
  folded: Fold;
  /** Blocks of earlier rounds, and of this one. */
  base: number;
  opened: number;
  /** Usage of earlier rounds, and of this one as far as it was told. */
  readonly spent: Usage[];
  usage: Usage | undefined;
  /** What says how the round ended, until it is known whether another follows. */
  held: Event[];
  /** Body of the round that follows. */
  next: string | undefined;
  started: boolean;
  resumed: boolean;
};

/** Starts to translate the stream of the first round. */
export function rounds(job: ReplyJob, resume: Resume): Rounds {
  const { serial } = job.to.stream;
  const client = sink(job);
  const state: State = {
    source: conformed(job, serial),
    folded: fold(),
    base: 0,
    opened: 0,
    spent: [],
    usage: undefined,
    held: [],
    next: undefined,
    started: false,
    resumed: false,
  };
  // What comes after the end of a round says nothing.
  const take = (events: () => readonly Event[]): ReturnType<typeof client.take> =>
    withCut(
      client.take(
        state.next === undefined ? events().flatMap((event) => join(state, event, resume)) : [],
      ),
      state.source,
    );
  return {
    push: (frame) => take(() => state.source.push(frame)),
    end: (failure) => take(() => state.source.end(failure)),
    ping: () => client.take(state.started ? [{ type: "ping" }] : []).frames,
    usage: client.usage,
    report: () => {
      const { losses, emulated } = client.report();
      return state.resumed
        ? { losses, emulated: [...emulated, ...RESUMED.emulated] }
        : { losses, emulated };
    },
    next: () => {
      const { next } = state;
      if (next !== undefined) {
        state.next = undefined;
        state.source = conformed(job, serial);
        state.folded = fold();
      }
      return next;
    },
  };
}

/** What an event of a round is in the reply as a whole. */
function join(state: State, event: Event, resume: Resume): readonly Event[] {
  state.folded.push(event);
  switch (event.type) {
    case "start": {
      const isFirst = !state.started;
      state.started = true;
      return isFirst ? [event] : [];
    }
    case "open":
      state.opened = Math.max(state.opened, event.index + 1);
      return [shifted(state, event)];
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return [shifted(state, event)];
    case "usage":
      state.usage = event.usage;
      return [state.spent.length === 0 ? event : { ...event, usage: sumOf(state) }];
    case "use":
      if (event.id !== "S10") return [event];
      state.held.push(event);
      return [];
    case "stop":
      state.held.push(event);
      return [];
    case "logprobs":
    case "meta":
    case "ping":
    case "error":
      return [event];
    case "end":
      return finish(state, event, resume);
  }
}

function shifted<E extends { readonly index: number }>(state: State, event: E): E {
  return { ...event, index: event.index + state.base };
}

function sumOf({ spent, usage }: State): Usage {
  return sumUsage(usage === undefined ? spent : [...spent, usage]);
}

/** The end of a round: that of the reply, unless the upstream is asked to go on. */
function finish(state: State, event: Event, resume: Resume): readonly Event[] {
  const reply = state.folded.result();
  const { held } = state;
  state.held = [];
  state.next = reply.ok ? resume(reply.value) : undefined;
  if (state.next === undefined) return [...held, event];
  state.resumed = true;
  state.base += state.opened;
  state.opened = 0;
  if (state.usage !== undefined) state.spent.push(state.usage);
  state.usage = undefined;
  return [];
}
