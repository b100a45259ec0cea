// A streamed reply to a whole one and back. Used where the client streams and the upstream answered in one piece, or the
// other way round, and by the tests as the link between the two forms: folding what `unfold` gives returns the same reply.
import { err, ok, type Result } from "../lib/result.ts";
import type { Block, BlockBase, Citation, Opaque } from "./block.ts";
import type { Event, Head } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Use } from "./loss.ts";
import type { Candidate, Reply, Stop, TokenLogprob, Usage } from "./reply.ts";
import type { Residue, Tier } from "./request.ts";

/** Collects the events of one reply, as `conform` lets them out. */
export type Fold = {
  readonly push: (event: Event) => void;
  /** The reply, once `end` was seen; else the failure that the stream reported, or that it broke off or grew too large. */
  readonly result: () => Result<Reply, Failure>;
};

/** A block as far as it has arrived. */
export type OpenBlock = {
  readonly head: Head;
  readonly ext: readonly Residue[];
  readonly text: string[];
  readonly opaque: Opaque[];
  readonly citations: Citation[];
};

type OpenCandidate = {
  readonly blocks: Map<number, OpenBlock>;
  readonly ext: Residue[];
  stop: Stop | undefined;
  logprobs: TokenLogprob[] | undefined;
  refusalLogprobs: TokenLogprob[] | undefined;
};

type State = {
  start: Extract<Event, { type: "start" }> | undefined;
  tier: Tier | undefined;
  readonly candidates: Map<number, OpenCandidate>;
  usage: Usage | undefined;
  readonly ext: Residue[];
  readonly uses: Use[];
  size: number;
  failure: Failure | undefined;
  ended: boolean;
};

const MAX_SIZE = 64 * 1024 * 1024;

/** Starts collecting. `maxSize` caps the text held, in characters. */
export function fold(maxSize: number = MAX_SIZE): Fold {
  const state: State = {
    start: undefined,
    tier: undefined,
    candidates: new Map(),
    usage: undefined,
    ext: [],
    uses: [],
    size: 0,
    failure: undefined,
    ended: false,
  };
  return {
    push: (event) => {
      if (state.failure !== undefined || state.ended) return;
      take(state, event);
      if (state.size > maxSize) state.failure = TOO_LARGE;
    },
    result: () => {
      if (state.failure !== undefined) return err(state.failure);
      return state.ended ? ok(finish(state)) : err(ENDED_EARLY);
    },
  };
}

const TOO_LARGE: Failure = { class: "bad-upstream-reply", message: "the reply is too large" };
const ENDED_EARLY: Failure = { class: "bad-upstream-reply", message: "stream ended early" };

function take(state: State, event: Event): void {
  switch (event.type) {
    case "start":
      state.start ??= event;
      state.tier ??= event.tier;
      return;
    case "open":
    case "delta":
    case "opaque":
    case "cite":
      return takeContent(state, event);
    case "close":
    case "ping":
      return;
    case "logprobs":
      return takeLogprobs(candidateOf(state, event.candidate), event);
    case "stop":
      candidateOf(state, event.candidate).stop ??= event.stop;
      return;
    case "usage":
      state.usage = { ...state.usage, ...event.usage };
      return;
    case "meta":
      state.tier = event.tier ?? state.tier;
      extOf(state, event.candidate).push(...(event.ext ?? []));
      return;
    case "use":
      state.uses.push({ id: event.id, path: event.path });
      return;
    case "error":
      state.failure = event.failure;
      return;
    case "end":
      state.ended = true;
  }
}

function takeContent(
  state: State,
  event: Extract<Event, { type: "open" | "delta" | "opaque" | "cite" }>,
): void {
  const { blocks } = candidateOf(state, event.candidate);
  if (event.type === "open") {
    const { head, ext = [] } = event;
    blocks.set(event.index, { head, ext, text: [], opaque: [], citations: [] });
    return;
  }
  const block = blocks.get(event.index);
  if (block === undefined) throw new Error(`${event.type} outside of a block: not conformed`);
  switch (event.type) {
    case "delta":
      block.text.push(event.text);
      state.size += event.text.length;
      return;
    case "opaque":
      block.opaque.push(event.opaque);
      state.size += event.opaque.data.length;
      return;
    case "cite":
      block.citations.push(event.citation);
      state.size += event.citation.native.text.length;
  }
}

function candidateOf(state: State, index: number): OpenCandidate {
  const known = state.candidates.get(index);
  if (known !== undefined) return known;
  const fresh: OpenCandidate = {
    blocks: new Map(),
    ext: [],
    stop: undefined,
    logprobs: undefined,
    refusalLogprobs: undefined,
  };
  state.candidates.set(index, fresh);
  return fresh;
}

function extOf(state: State, candidate: number | undefined): Residue[] {
  return candidate === undefined ? state.ext : candidateOf(state, candidate).ext;
}

function takeLogprobs(candidate: OpenCandidate, event: Extract<Event, { type: "logprobs" }>): void {
  const list = event.refusal ? "refusalLogprobs" : "logprobs";
  (candidate[list] ??= []).push(...event.tokens);
}

function finish(state: State): Reply {
  const { start, tier, usage } = state;
  const candidates = [...state.candidates].sort(([a], [b]) => a - b);
  return {
    ...(start?.id === undefined ? {} : { id: start.id }),
    ...(start?.model === undefined ? {} : { model: start.model }),
    ...(start?.created === undefined ? {} : { created: start.created }),
    candidates: candidates.map(([, candidate]) => finishCandidate(candidate)),
    ...(usage === undefined ? {} : { usage }),
    ...(tier === undefined ? {} : { tier }),
    ext: state.ext,
    uses: state.uses,
  };
}

function finishCandidate(candidate: OpenCandidate): Candidate {
  const { blocks, stop, logprobs, refusalLogprobs, ext } = candidate;
  return {
    blocks: [...blocks.values()].map(blockOf),
    stop: stop ?? { class: "unknown" },
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(refusalLogprobs === undefined ? {} : { refusalLogprobs }),
    ...(ext.length === 0 ? {} : { ext }),
  };
}

/** The block that has arrived. */
export function blockOf(open: OpenBlock): Block {
  const { head, opaque, citations } = open;
  const text = open.text.join("");
  const base: BlockBase = {
    ...(opaque.length === 0 ? {} : { opaque }),
    ...(open.ext.length === 0 ? {} : { ext: open.ext }),
  };
  switch (head.kind) {
    case "text":
      return { ...head, ...base, text, ...(citations.length === 0 ? {} : { citations }) };
    case "refusal":
    case "thinking":
      return { ...head, ...base, text };
    case "toolCall":
      return { ...head, ...base, argsText: text };
    case "whole":
      return head.block;
  }
}

/** The events of a reply that arrived in one piece; every block comes in a single delta. */
export function unfold(reply: Reply): readonly Event[] {
  const { id, model, created, tier, usage } = reply;
  const start: Event = {
    type: "start",
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(created === undefined ? {} : { created }),
    ...(tier === undefined ? {} : { tier }),
  };
  const stops = reply.candidates.map(({ stop }, candidate): Event => ({
    type: "stop",
    candidate,
    stop,
  }));
  return [
    start,
    ...reply.uses.map((use): Event => ({ type: "use", ...use })),
    ...reply.candidates.flatMap(unfoldCandidate),
    ...(reply.ext.length === 0 ? [] : [{ type: "meta", ext: reply.ext } as const]),
    ...(usage === undefined ? [] : [{ type: "usage", usage } as const]),
    ...stops,
    { type: "end" },
  ];
}

function unfoldCandidate(from: Candidate, candidate: number): readonly Event[] {
  const { logprobs, refusalLogprobs, ext } = from;
  const tokens = (list: readonly TokenLogprob[] | undefined, refusal: boolean): readonly Event[] =>
    list === undefined ? [] : [{ type: "logprobs", candidate, tokens: list, refusal }];
  return [
    ...from.blocks.flatMap((block, index) => unfoldBlock(block, candidate, index)),
    ...tokens(logprobs, false),
    ...tokens(refusalLogprobs, true),
    ...(ext === undefined ? [] : [{ type: "meta", candidate, ext } as const]),
  ];
}

function unfoldBlock(block: Block, candidate: number, index: number): readonly Event[] {
  const place = { candidate, index };
  const split = splitBlock(block);
  const ext = split.head.kind === "whole" || block.ext === undefined ? {} : { ext: block.ext };
  const text: readonly Event[] =
    split.text === "" ? [] : [{ type: "delta", ...place, text: split.text }];
  const opaque = split.head.kind === "whole" ? [] : (block.opaque ?? []);
  return [
    { type: "open", ...place, head: split.head, ...ext },
    ...text,
    ...opaque.map((token): Event => ({ type: "opaque", ...place, opaque: token })),
    ...split.citations.map((citation): Event => ({ type: "cite", ...place, citation })),
    { type: "close", ...place },
  ];
}

/** A block in the pieces in which streams bring it. */
export type Split = {
  readonly head: Head;
  readonly text: string;
  readonly citations: readonly Citation[];
};

/** Takes a block apart; `blockOf` puts it together again. */
export function splitBlock(block: Block): Split {
  const citations: readonly Citation[] = [];
  switch (block.kind) {
    case "text": {
      const { kind, tag, text } = block;
      const head = { kind, ...(tag === undefined ? {} : { tag }) };
      return { head, text, citations: block.citations ?? [] };
    }
    case "refusal":
      return { head: { kind: "refusal" }, text: block.text, citations };
    case "thinking": {
      const { kind, form, redacted, text } = block;
      return { head: { kind, form, redacted }, text, citations };
    }
    case "toolCall": {
      const { kind, id, name, call, idMinted, argsText } = block;
      const head = { kind, id, name, call, ...(idMinted === undefined ? {} : { idMinted }) };
      return { head, text: argsText, citations };
    }
    case "toolResult":
    case "image":
    case "audio":
    case "video":
    case "document":
    case "searchResult":
    case "json":
    case "vendor":
      return { head: { kind: "whole", block }, text: "", citations };
  }
}
