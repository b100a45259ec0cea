// Neutral events to a v2 chat stream (translation.md D.6). The events have passed `conform` in serial mode: one block after
// another, usage before the stop, the stop before the end.
import { printJson, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Citation } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Stop, TokenLogprob, Usage } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import type { Frame } from "../../wire/frame.ts";
import { uniqueIds } from "../kit/call-ids.ts";
import { objectPieces, type ObjectPieces } from "../kit/object-pieces.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import type { Client, StreamEncoder } from "../protocol.ts";
import { encodeCitations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { encodeLogprob } from "./logprobs.ts";
import { CALL_ID, encodeContent, encodeId } from "./reply-encode.ts";
import { encodeStop } from "./stop.ts";
import { tap, withoutMark } from "./tap.ts";
import { encodeUsage } from "./usage.ts";

/** A block that is open, or about to be: what holds nothing is never begun. */
type Open = {
  readonly head: Exclude<Head, { kind: "whole" }>;
  /** What a text said so far, for what it cites. */
  said: string;
  readonly citations: Citation[];
  readonly free: ObjectPieces | undefined;
  wrote: boolean;
};

type State = {
  readonly client: Client;
  readonly ids: (id: string) => string;
  /** Numbers of the series. */
  content: number;
  calls: number;
  cited: number;
  open: Open | undefined;
  usage: Usage | undefined;
  stop: Stop | undefined;
  hasText: boolean;
  /** Probabilities that wait for a piece of content to stand beside. */
  tokens: TokenLogprob[];
  ext: readonly Residue[];
};

/** Starts to encode one reply. */
export function encoder(client: Client): StreamEncoder {
  const state: State = {
    client,
    ids: uniqueIds(CALL_ID),
    content: 0,
    calls: 0,
    cited: 0,
    open: undefined,
    usage: undefined,
    stop: undefined,
    hasText: false,
    tokens: [],
    ext: [],
  };
  return { push: (event) => encodeEvent(event, state) };
}

function told(type: string, members: Draft = {}): Frame {
  return { kind: "sse", event: type, data: withoutMark(printJson({ type, ...members })) };
}

function inMessage(type: string, index: number, message: Draft, extra: Draft = {}): Frame {
  return told(type, { index, delta: { message }, ...extra });
}

const EMPTY = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };

function encodeEvent(event: Event, state: State): readonly Frame[] {
  switch (event.type) {
    case "start": {
      const id = encodeId(event.id, state.client);
      return [told("message-start", { id, delta: { message: EMPTY } })];
    }
    case "open":
      return event.candidate === 0 ? open(event.head, state) : [];
    case "delta":
    case "opaque":
    case "cite":
    case "close":
      return event.candidate === 0 ? encodeBlock(event, state) : [];
    case "usage":
      state.usage = event.usage;
      return [];
    case "logprobs":
      if (event.candidate === 0 && !event.refusal) state.tokens.push(...event.tokens);
      return state.open?.wrote === true && isContent(state.open) ? spareTokens(state) : [];
    case "meta":
      state.ext = [...state.ext, ...ownResidues(event.ext, DIALECT)];
      return [];
    case "stop":
      if (event.candidate === 0) state.stop = event.stop;
      return [];
    case "end":
      return [
        ...lateTokens(state),
        ...explanation(state),
        told("message-end", { delta: endOf(state) }),
      ];
    case "error":
      return tap.errorFrames(event.failure, "sse");
    case "use":
      return [];
    case "ping":
      return [{ kind: "comment", text: "ping" }];
  }
  return unreachable(event);
}

/** Clients discard an error, so what the vendor says about declining is the answer (S02b). */
function explanation(state: State): readonly Frame[] {
  const text = state.stop?.refusal?.explanation ?? "";
  if (text === "" || state.hasText) return [];
  return wholeBlock({ kind: "whole", block: { kind: "text", text } }, state);
}

function endOf({ stop, usage, ext, hasText, calls }: State): Draft {
  const draft = {
    finish_reason: encodeStop(stop ?? { class: "unknown" }, { hasText, hasCalls: calls > 0 }),
    usage: usage === undefined ? undefined : encodeUsage(usage),
  };
  return graft(draft, ext, { dialect: DIALECT, depth: 0 });
}

function isContent({ head }: Open): boolean {
  return head.kind !== "toolCall" && !(head.kind === "text" && head.tag === "plan");
}

function open(head: Head, state: State): readonly Frame[] {
  if (head.kind === "whole") return wholeBlock(head, state);
  const free = head.kind === "toolCall" && head.call === "custom" ? objectPieces(true) : undefined;
  state.open = { head, said: "", citations: [], free, wrote: false };
  if (head.kind !== "toolCall") return [];
  const called = { name: head.name, arguments: "" };
  const call = { id: state.ids(head.id), type: "function", function: called };
  state.calls += 1;
  return [inMessage("tool-call-start", state.calls - 1, { tool_calls: call })];
}

/** Of blocks that arrive whole only words have a place. */
function wholeBlock({ block }: Extract<Head, { kind: "whole" }>, state: State): readonly Frame[] {
  if (block.kind === "vendor") return [];
  return encodeContent(block).flatMap((content): readonly Frame[] => {
    const { text }: Draft = content as Draft;
    if (typeof text !== "string") return [];
    const opening = open({ kind: "text" }, state);
    const frames = state.open === undefined ? [] : write(state.open, text, state);
    return [...opening, ...frames, ...close(state)];
  });
}

function encodeBlock(
  event: Extract<Event, { type: "delta" | "opaque" | "cite" | "close" }>,
  state: State,
): readonly Frame[] {
  const current = state.open;
  if (current === undefined) return [];
  switch (event.type) {
    case "delta":
      return write(current, event.text, state);
    case "cite":
      if (current.head.kind === "text") current.citations.push(event.citation);
      return [];
    case "opaque":
      // There is no carrier for a proof (0.4).
      return [];
    case "close":
      return close(state);
  }
}

function write(current: Open, text: string, state: State): readonly Frame[] {
  const { head } = current;
  if (text === "") return [];
  if (head.kind === "toolCall") return writeArguments(current, text, state);
  if (head.kind === "text") current.said += text;
  if (head.kind === "text" && head.tag === "plan") {
    return [told("tool-plan-delta", { delta: { message: { tool_plan: text } } })];
  }
  const opening = current.wrote ? [] : [startContent(head, state)];
  current.wrote = true;
  state.hasText = true;
  const key = head.kind === "thinking" ? "thinking" : "text";
  return [...opening, contentDelta({ [key]: text }, state), ...moreTokens(state)];
}

function startContent(head: Head, state: State): Frame {
  const content =
    head.kind === "thinking" ? { type: "thinking", thinking: "" } : { type: "text", text: "" };
  state.content += 1;
  return inMessage("content-start", state.content - 1, { content });
}

/** A piece of content, with the probability of a token that waits for one. */
function contentDelta(content: Draft, state: State): Frame {
  const token = state.tokens.shift();
  const logprobs = token === undefined ? undefined : encodeLogprob(token);
  return inMessage("content-delta", state.content - 1, { content }, { logprobs });
}

/** Pieces without text for the tokens beyond the first: an event has room for one. */
function moreTokens(state: State): readonly Frame[] {
  return state.tokens.length === 0 ? [] : spareTokens(state);
}

function spareTokens(state: State): readonly Frame[] {
  const key = state.open?.head.kind === "thinking" ? "thinking" : "text";
  const frames: Frame[] = [];
  while (state.tokens.length > 0) frames.push(contentDelta({ [key]: "" }, state));
  return frames;
}

/** Probabilities that came after all content stand beside a text of nothing. */
function lateTokens(state: State): readonly Frame[] {
  if (state.tokens.length === 0) return [];
  const opening = startContent({ kind: "text" }, state);
  return [opening, ...spareTokens(state), told("content-end", { index: state.content - 1 })];
}

function writeArguments(current: Open, text: string, state: State): readonly Frame[] {
  const piece = current.free === undefined ? text : current.free.push(text);
  return argumentPiece(current, piece, state);
}

function argumentPiece(current: Open, piece: string, state: State): readonly Frame[] {
  if (piece.trim() !== "") current.wrote = true;
  if (piece === "") return [];
  const call = { function: { arguments: piece } };
  return [inMessage("tool-call-delta", state.calls - 1, { tool_calls: call })];
}

function close(state: State): readonly Frame[] {
  const current = state.open;
  state.open = undefined;
  if (current === undefined) return [];
  if (current.head.kind === "toolCall") return closeCall(current, state);
  const isPlan = !isContent(current);
  const end = current.wrote ? [told("content-end", { index: state.content - 1 })] : [];
  return [...end, ...citations(current, isPlan, state)];
}

function closeCall(current: Open, state: State): readonly Frame[] {
  const rest = current.free?.end() ?? "";
  const last = argumentPiece(current, rest, state);
  const none = current.wrote ? [] : argumentPiece(current, "{}", state);
  return [...last, ...none, told("tool-call-end", { index: state.calls - 1 })];
}

/** What a text cites is told after its end, each with a number of its own. */
function citations(current: Open, isPlan: boolean, state: State): readonly Frame[] {
  const { said: text, citations: list } = current;
  if (text === "" || list.length === 0) return [];
  const contentIndex = isPlan ? undefined : state.content - 1;
  return encodeCitations([{ text, citations: list, contentIndex }]).flatMap(
    (citation: Printable) => {
      const index = state.cited;
      state.cited += 1;
      return [
        inMessage("citation-start", index, { citations: citation }),
        told("citation-end", { index }),
      ];
    },
  );
}
