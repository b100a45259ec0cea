// Neutral events to a generateContent stream (translation.md D.6). The events have passed `conform` in serial mode: one block
// after another, usage before the stop. Every chunk is a whole response object.
import { printJson, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Citation, Opaque } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Stop, TokenLogprob, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { codePoints } from "../kit/code-points.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeLogprobs } from "./logprobs.ts";
import {
  BODY_GRAFT,
  blocksPrompt,
  CANDIDATE_GRAFT,
  encodeTier,
  groundingDraft,
  headOf,
} from "./reply-encode.ts";
import {
  encodeBlock,
  groundingOf,
  isHidden,
  kindOf,
  nextSpot,
  PART_GRAFT,
  signatureOf,
  type Cited,
  type Spot,
} from "./reply-encode-parts.ts";
import { encodeStop } from "./stop.ts";
import { tap } from "./tap.ts";
import { encodeUsage } from "./usage.ts";

type Open = {
  readonly head: Exclude<Head, { kind: "whole" }>;
  readonly opaque: Opaque[];
  readonly citations: Citation[];
  ext: readonly Residue[] | undefined;
  /** Arguments of a call, which goes out whole. */
  args: string;
  /** Code points of the part before this block, once it has begun, and of the block. */
  offset: number;
  length: number;
};

type Answer = {
  open: Open | undefined;
  /**
   * The end of what was said so far, to go out with what follows or with the finish reason: SDKs that keep the conversation
   * (google-genai's chats, the first SDK for JavaScript) forget a turn with a chunk that says nothing.
   */
  held: Draft | undefined;
  spot: Spot | undefined;
  readonly cited: Cited[];
  tokens: readonly TokenLogprob[] | undefined;
  ext: readonly Residue[];
};

type State = {
  readonly client: Client;
  readonly answers: Map<number, Answer>;
  head: Draft;
  usage: Usage | undefined;
  tier: Tier | undefined;
  ext: readonly Residue[];
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    answers: new Map(),
    head: {},
    usage: undefined,
    tier: undefined,
    ext: [],
  };
  return { push: (event) => encodeEvent(event, state) };
}

function answerAt(candidate: number, { answers }: State): Answer {
  const known = answers.get(candidate);
  if (known !== undefined) return known;
  const fresh: Answer = {
    open: undefined,
    held: undefined,
    spot: undefined,
    cited: [],
    tokens: undefined,
    ext: [],
  };
  answers.set(candidate, fresh);
  return fresh;
}

function encodeEvent(event: Event, state: State): readonly Frame[] {
  switch (event.type) {
    case "start":
      state.head = headOf(event, state.client);
      state.tier = event.tier;
      return [];
    case "open":
      return openBlock(event, state);
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return encodeContent(event, state);
    case "logprobs":
      addTokens(event, state);
      return [];
    case "usage":
      state.usage = event.usage;
      return [];
    case "meta":
      addMeta(event, state);
      return [];
    case "stop":
      return [lastChunk(event.candidate, event.stop, state)];
    case "error":
      return [
        ...[...state.answers.keys()].flatMap((candidate) => release(candidate, state)),
        ...tap.errorFrames(event.failure, state.client.framing),
      ];
    case "ping":
    // The vendor's first SDK for JavaScript fails at a comment, wherever it stands (E312).
    case "use":
    case "end":
      return [];
  }
  return unreachable(event);
}

function addTokens(event: Extract<Event, { type: "logprobs" }>, state: State): void {
  const answer = answerAt(event.candidate, state);
  if (!event.refusal) answer.tokens = [...(answer.tokens ?? []), ...event.tokens];
}

function addMeta(event: Extract<Event, { type: "meta" }>, state: State): void {
  const own = ownResidues(event.ext, DIALECT);
  state.tier = event.tier ?? state.tier;
  if (event.candidate === undefined) state.ext = [...state.ext, ...own];
  else {
    const answer = answerAt(event.candidate, state);
    answer.ext = [...answer.ext, ...own];
  }
}

function frame(body: Printable, { client }: State): Frame {
  const text = printJson(body);
  if (client.framing === "json-array") return { kind: "element", text };
  // The SDK reads one line of data. Between JSON's tokens a line break, which arguments may hold, is but white space.
  return { kind: "sse", event: undefined, data: text.replaceAll(/[\r\n]/g, " ") };
}

function chunk(index: number, part: Draft, state: State): Frame {
  const content = { role: "model", parts: [part] };
  return frame({ candidates: [{ content, index }], ...state.head }, state);
}

/** Holds a part back, and sends what was held before. */
function hold(candidate: number, part: Draft, state: State): readonly Frame[] {
  const frames = release(candidate, state);
  answerAt(candidate, state).held = part;
  return frames;
}

function release(candidate: number, state: State): readonly Frame[] {
  const answer = answerAt(candidate, state);
  const { held } = answer;
  answer.held = undefined;
  return held === undefined ? [] : [chunk(candidate, held, state)];
}

function openBlock(event: Extract<Event, { type: "open" }>, state: State): readonly Frame[] {
  const answer = answerAt(event.candidate, state);
  const { head, ext } = event;
  if (head.kind === "whole") {
    const part = encodeBlock(head.block, state.client);
    if (part === undefined) return [];
    const spot = nextSpot(answer.spot, kindOf(head.block));
    spot.text += typeof part["text"] === "string" ? part["text"] : "";
    spot.signed = part["thoughtSignature"] !== undefined;
    answer.spot = spot;
    return hold(event.candidate, part, state);
  }
  answer.open = { head, opaque: [], citations: [], ext, args: "", offset: 0, length: 0 };
  return [];
}

function encodeContent(
  event: Extract<Event, { type: "delta" | "opaque" | "cite" | "close" }>,
  state: State,
): readonly Frame[] {
  const answer = answerAt(event.candidate, state);
  const { open } = answer;
  if (open === undefined) return [];
  switch (event.type) {
    case "delta":
      if (isHidden(open.head)) return [];
      if (open.head.kind !== "toolCall") return writeText(event, answer, open, state);
      open.args += event.text;
      return [];
    case "opaque":
      open.opaque.push(event.opaque);
      return [];
    case "cite":
      open.citations.push(event.citation);
      return [];
    case "close":
      answer.open = undefined;
      return closeBlock(event.candidate, answer, open, state);
  }
}

function writeText(
  { candidate, text }: Extract<Event, { type: "delta" }>,
  answer: Answer,
  open: Open,
  state: State,
): readonly Frame[] {
  const spot = nextSpot(answer.spot, kindOf(open.head));
  const before = open.length === 0 ? release(candidate, state) : [];
  if (open.length === 0) open.offset = codePoints(spot.text);
  spot.text += text;
  open.length += codePoints(text);
  answer.spot = spot;
  const held = answer.held?.["text"];
  const whole = `${typeof held === "string" ? held : ""}${text}`;
  const last = whole.slice(lastCharacter(whole));
  answer.held = textPart(open, last);
  const said = whole.slice(0, whole.length - last.length);
  if (said === "") return before;
  const { ext } = open;
  open.ext = undefined;
  return [...before, chunk(candidate, graft(textPart(open, said), ext, PART_GRAFT), state)];
}

/** Where the last character of a text begins: both halves of a surrogate pair are one. */
function lastCharacter(text: string): number {
  const isPair = (text.codePointAt(text.length - 2) ?? 0) > 0xffff;
  return Math.max(text.length - (isPair ? 2 : 1), 0);
}

function textPart({ head }: Open, text: string): Draft {
  return { text, thought: head.kind === "thinking" ? true : undefined };
}

function closeBlock(candidate: number, answer: Answer, open: Open, state: State): readonly Frame[] {
  const { head } = open;
  return head.kind === "toolCall"
    ? closeCall(candidate, { ...open, head }, answer, state)
    : closeText(candidate, open, answer, state);
}

type Call = Open & { readonly head: Extract<Head, { kind: "toolCall" }> };

/** A call goes out whole. */
function closeCall(candidate: number, call: Call, answer: Answer, state: State): readonly Frame[] {
  const { head, args: argsText, opaque, ext = [] } = call;
  const block = { ...head, argsText, ...(opaque.length === 0 ? {} : { opaque }), ext };
  const part = encodeBlock(block, state.client);
  answer.spot = nextSpot(answer.spot, kindOf(head));
  return part === undefined ? [] : hold(candidate, part, state);
}

/** The signature of a text goes out with its end. */
function closeText(candidate: number, open: Open, answer: Answer, state: State): readonly Frame[] {
  const { head, offset, length } = open;
  const thoughtSignature = signatureOf(open.opaque, state.client);
  if (length === 0 && thoughtSignature === undefined) return [];
  const spot = nextSpot(answer.spot, isHidden(head) ? "other" : kindOf(head));
  answer.spot = spot;
  spot.signed ||= thoughtSignature !== undefined;
  if (length === 0) {
    // Without words there is nothing that a source could support.
    const part = isHidden(head) ? { thought: true } : textPart(open, "");
    return hold(candidate, { ...part, thoughtSignature }, state);
  }
  for (const citation of open.citations)
    answer.cited.push({ part: spot, offset, length, citation });
  // A text so short that all of it is held has its residues still to come.
  const end = graft(answer.held ?? {}, open.ext, PART_GRAFT);
  answer.held = thoughtSignature === undefined ? end : { ...end, thoughtSignature };
  return [];
}

/** An answer of nothing is an empty text. */
const SILENCE: Draft = { text: "" };

/** The last chunk of an answer has what was known only at its end. */
function lastChunk(index: number, stop: Stop, state: State): Frame {
  const answer = answerAt(index, state);
  const { head, usage, tier, ext } = state;
  state.ext = [];
  const candidate: Draft = {
    content: { role: "model", parts: [answer.held ?? SILENCE] },
    finishReason: encodeStop(stop),
    index,
    groundingMetadata: groundingDraft(groundingOf(answer.cited), answer.ext),
    logprobsResult: encodeLogprobs(answer.tokens),
  };
  const isBlocked = answer.spot === undefined && blocksPrompt(ext);
  const body: Draft = {
    candidates: isBlocked ? undefined : [graft(candidate, answer.ext, CANDIDATE_GRAFT)],
    usageMetadata: encodeUsage(usage, encodeTier(tier)),
    ...head,
  };
  return frame(graft(body, ext, BODY_GRAFT), state);
}
