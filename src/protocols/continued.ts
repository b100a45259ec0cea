// A streamed reply that breaks off after content and is gone on with by another upstream, which is shown what was said so far
// (`failover.continue`): the client sees one stream. Blocks go on where they stood, usage is summed.
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import type { Usage } from "../ir/reply.ts";
import { sumUsage } from "./fan-out.ts";
import {
  conformed,
  sink,
  withCut,
  type Conformed,
  type ReplyJob,
  type StreamTranslator,
} from "./stream-path.ts";

/** Where a reply broke off. */
export type Broken = {
  readonly failure: Failure;
  /** Everything that was said: the beginning of the next upstream's answer. */
  readonly text: string;
};

/** Translates the streams of several upstreams into one. */
export type Continued = StreamTranslator & {
  /** Set when the reply broke off where it can be gone on with: nothing more is translated until `goOn` or `giveUp`. */
  readonly broken: () => Broken | undefined;
  /** The reply to the next upstream is pushed from here on. */
  readonly goOn: (job: ReplyJob) => void;
  /** Nobody goes on: the client is told of the failure. */
  readonly giveUp: () => ReturnType<StreamTranslator["end"]>;
};

type State = {
  source: Conformed;
  /** All visible text; `undefined`: something was said that no prefill can show, such as a tool call. */
  text: string | undefined;
  /** Block of the client's stream in which text is open. */
  openText: number | undefined;
  /** Blocks opened so far, and how far this source's indexes are from the client's. */
  opened: number;
  shift: number;
  /** White space at the end of what was said: it is not shown to the next upstream, which may say it again. */
  echo: string;
  started: boolean;
  /** Whether the source has opened a block yet. */
  fresh: boolean;
  readonly spent: Usage[];
  usage: Usage | undefined;
  broken: Broken | undefined;
};

/** Starts to translate the stream of the first upstream. */
export function continued(job: ReplyJob): Continued {
  const { serial } = job.to.stream;
  const client = sink(job);
  const state: State = {
    source: conformed(job, serial),
    text: "",
    openText: undefined,
    opened: 0,
    shift: 0,
    echo: "",
    started: false,
    fresh: true,
    spent: [],
    usage: undefined,
    broken: undefined,
  };
  const take = (events: () => readonly Event[]): ReturnType<typeof client.take> =>
    withCut(
      client.take(
        state.broken === undefined ? events().flatMap((event) => join(state, event)) : [],
      ),
      state.source,
    );
  return {
    push: (frame) => take(() => state.source.push(frame)),
    end: (failure) => take(() => state.source.end(failure)),
    ping: () => client.take(state.started ? [{ type: "ping" }] : []).frames,
    usage: client.usage,
    report: client.report,
    broken: () => state.broken,
    goOn: (next) => {
      const { text = "" } = state;
      state.echo = text.slice(text.trimEnd().length);
      state.source = conformed(next, serial);
      state.broken = undefined;
      state.fresh = true;
      if (state.usage !== undefined) state.spent.push(state.usage);
      state.usage = undefined;
    },
    giveUp: () => {
      const { broken } = state;
      return client.take(broken === undefined ? [] : [{ type: "error", failure: broken.failure }]);
    },
  };
}

/** What an event of one upstream is in the reply as a whole. */
function join(state: State, event: Event): readonly Event[] {
  switch (event.type) {
    case "start": {
      const isFirst = !state.started;
      state.started = true;
      return isFirst ? [event] : [];
    }
    case "open":
      return open(state, event);
    case "delta":
      return delta(state, event);
    case "close":
      if (event.index + state.shift === state.openText) state.openText = undefined;
      return [{ ...event, index: event.index + state.shift }];
    case "opaque":
    case "cite":
      return [{ ...event, index: event.index + state.shift }];
    case "usage":
      state.usage = event.usage;
      return [state.spent.length === 0 ? event : { ...event, usage: sumOf(state) }];
    case "error":
      return broke(state, event.failure) ? [] : [event];
    case "stop":
      return [...closed(state), event];
    case "use":
    case "logprobs":
    case "meta":
    case "ping":
    case "end":
      return [event];
  }
}

function sumOf({ spent, usage }: State): Usage {
  return sumUsage(usage === undefined ? spent : [...spent, usage]);
}

/** The first text of the next upstream goes on in the block that is open. */
function open(state: State, event: Extract<Event, { type: "open" }>): readonly Event[] {
  const { head } = event;
  const isFirst = state.fresh;
  state.fresh = false;
  const { openText } = state;
  if (isFirst && openText !== undefined && head.kind === "text") {
    state.shift = openText - event.index;
    return [];
  }
  const before = isFirst ? closed(state) : [];
  if (isFirst) state.shift = state.opened - event.index;
  const index = event.index + state.shift;
  state.opened = Math.max(state.opened, index + 1);
  if (head.kind === "text") state.openText = index;
  // Reasoning may be left out of a prefill; whatever else was said may not.
  else if (head.kind !== "thinking") state.text = undefined;
  return [...before, { ...event, index }];
}

/** The block that an earlier upstream left open, where nothing goes on in it. */
function closed(state: State): readonly Event[] {
  const { openText, fresh, spent } = state;
  if (openText === undefined || (spent.length === 0 && !fresh)) return [];
  state.openText = undefined;
  return [{ type: "close", candidate: 0, index: openText }];
}

function delta(state: State, event: Extract<Event, { type: "delta" }>): readonly Event[] {
  const index = event.index + state.shift;
  if (index !== state.openText || state.text === undefined) return [{ ...event, index }];
  const text = unechoed(state, event.text);
  state.text += text;
  return text === "" ? [] : [{ ...event, index, text }];
}

/** The next upstream did not see the white space at the end: what it says of it again is left out. */
function unechoed(state: State, text: string): string {
  let at = 0;
  while (at < text.length && at < state.echo.length && text[at] === state.echo[at]) at += 1;
  state.echo = at === text.length ? state.echo.slice(at) : "";
  return text.slice(at);
}

/** Whether the reply can be gone on with: text was begun, and nothing but text. */
function broke(state: State, failure: Failure): boolean {
  const { text, openText } = state;
  if (text === undefined || text.trim() === "" || openText === undefined) return false;
  state.broken = { failure, text };
  return true;
}
