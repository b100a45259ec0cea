// Ends a reply at a stop sequence that its upstream does not match itself (translation.md B.10 R53, E215 and E216): visible
// text is held back only as far as it could be the beginning of a sequence, so that a sequence cut over pieces is found.
import { conform } from "./conform.ts";
import type { Event } from "./event.ts";
import { fold, unfold } from "./fold.ts";
import type { Reply, Stop } from "./reply.ts";

/** What to look for. */
export type StopMatch = {
  /** The sequences, none of them empty. */
  readonly sequences: readonly string[];
  /**
   * How many candidates the reply has: once all of them were cut it ends there and then, and what the upstream still
   * says is not waited for. Absent: the upstream's own end is awaited.
   */
  readonly candidates?: number;
};

/** Looks through the events of one conformed reply. */
export type StopMatcher = {
  readonly push: (event: Event) => readonly Event[];
  /** Whether the reply was ended here: the upstream need not be read any further. */
  readonly isOver: () => boolean;
};

type State = {
  readonly match: StopMatch;
  /** Text held back of each open text block, by candidate and index. */
  readonly held: Map<string, string>;
  /** The sequence that each cut candidate ended at. */
  readonly cut: Map<number, string>;
  over: boolean;
};

/** Starts to look. */
export function stopMatcher(match: StopMatch): StopMatcher {
  const state: State = { match, held: new Map(), cut: new Map(), over: false };
  return {
    push: (event) => (state.over ? [] : take(state, event)),
    isOver: () => state.over,
  };
}

/** The same for a reply that arrived whole. */
export function cutReply(reply: Reply, sequences: readonly string[]): Reply {
  const matcher = stopMatcher({ sequences });
  const grammar = conform({ serial: false });
  const folded = fold(Infinity);
  for (const event of unfold(reply).flatMap(grammar.push)) matcher.push(event).forEach(folded.push);
  const cut = folded.result();
  // Only a reply that holds no candidate at all has no legal order of events.
  return cut.ok ? cut.value : reply;
}

function take(state: State, event: Event): readonly Event[] {
  switch (event.type) {
    case "open":
      if (state.cut.has(event.candidate)) return [];
      if (event.head.kind === "text") state.held.set(keyOf(event), "");
      return [event];
    case "delta":
      return state.cut.has(event.candidate) ? [] : takeText(state, event);
    case "close":
      return state.cut.has(event.candidate) ? [] : [...flush(state, event), event];
    case "opaque":
    case "cite":
    case "logprobs":
      return state.cut.has(event.candidate) ? [] : [event];
    case "stop":
      return [{ ...event, stop: stopOf(state, event.candidate) ?? event.stop }];
    case "start":
    case "usage":
    case "meta":
    case "use":
    case "ping":
    case "error":
    case "end":
      return [event];
  }
}

type Place = { readonly candidate: number; readonly index: number };

function keyOf({ candidate, index }: Place): string {
  return `${candidate} ${index}`;
}

function stopOf(state: State, candidate: number): Stop | undefined {
  const sequence = state.cut.get(candidate);
  return sequence === undefined ? undefined : { class: "stop_sequence", sequence };
}

function takeText(state: State, event: Extract<Event, { type: "delta" }>): readonly Event[] {
  const key = keyOf(event);
  const held = state.held.get(key);
  if (held === undefined) return [event];
  const text = held + event.text;
  const found = firstIn(text, state.match.sequences);
  if (found !== undefined) {
    state.held.delete(key);
    return cutHere(state, event, { text: text.slice(0, found.at), sequence: found.sequence });
  }
  const keep = beginningAtEnd(text, state.match.sequences);
  state.held.set(key, text.slice(text.length - keep));
  return textAt(event, text.slice(0, text.length - keep));
}

function flush(state: State, place: Place): readonly Event[] {
  const key = keyOf(place);
  const held = state.held.get(key) ?? "";
  state.held.delete(key);
  return textAt(place, held);
}

function textAt({ candidate, index }: Place, text: string): readonly Event[] {
  return text === "" ? [] : [{ type: "delta", candidate, index, text }];
}

type Cut = { readonly text: string; readonly sequence: string };

function cutHere(state: State, place: Place, { text, sequence }: Cut): readonly Event[] {
  const { candidate, index } = place;
  state.cut.set(candidate, sequence);
  const last: readonly Event[] = [...textAt(place, text), { type: "close", candidate, index }];
  if (state.cut.size !== state.match.candidates) return last;
  state.over = true;
  const stops = [...state.cut.keys()].sort((a, b) => a - b);
  return [
    ...last,
    ...stops.flatMap((at): readonly Event[] => {
      const stop = stopOf(state, at);
      return stop === undefined ? [] : [{ type: "stop", candidate: at, stop }];
    }),
    { type: "end" },
  ];
}

function firstIn(
  text: string,
  sequences: readonly string[],
): { readonly at: number; readonly sequence: string } | undefined {
  // The one that is complete first, as a model that stops by itself would have it; of those the longest.
  let best: { readonly at: number; readonly sequence: string } | undefined;
  let end = Infinity;
  for (const sequence of sequences) {
    const at = text.indexOf(sequence);
    const over = at + sequence.length;
    if (at < 0 || over > end || (over === end && best !== undefined && at >= best.at)) continue;
    best = { at, sequence };
    end = over;
  }
  return best;
}

/** How many characters at the end could be the beginning of a sequence. */
function beginningAtEnd(text: string, sequences: readonly string[]): number {
  let longest = 0;
  for (const sequence of sequences) {
    const most = Math.min(sequence.length - 1, text.length);
    for (let length = most; length > longest; length -= 1) {
      if (text.endsWith(sequence.slice(0, length))) longest = length;
    }
  }
  return longest;
}
