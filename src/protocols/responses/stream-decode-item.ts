// One item of a streamed response: the blocks that were opened for its pieces, and what the whole item adds to them.
import { compact, filled } from "../../lib/compact.ts";
import { asNumber, asString } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import { splitBlock } from "../../ir/fold.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { decodeTokens } from "../kit/openai-logprobs.ts";
import type { Origin } from "../protocol.ts";
import { callResidues, decodeItem, messageResidues, type Part } from "./reply-decode-items.ts";
import { PARAGRAPHS } from "./request-decode-reasoning.ts";

/** Follows one item. */
export type ItemDecoder = {
  /** The item as it begins. */
  readonly announce: (item: Fields | undefined, notes: Notes) => readonly Event[];
  /** An inner event, by its name without `response.`. */
  readonly push: (name: string, event: Fields, notes: Notes) => readonly Event[];
  /** The whole item; a second time it says nothing. */
  readonly complete: (item: Fields | undefined, notes: Notes) => readonly Event[];
};

/** The blocks of a reply: the next index, and the kinds so far. */
export type Blocks = { next: number; readonly kinds: Block["kind"][] };

/** A block that was opened before its item was whole. */
type Live = {
  readonly index: number;
  text: string;
  /** Number of the summary or chain that the text is at. */
  paragraph: number;
  hasTokens: boolean;
};

type State = {
  readonly blocks: Blocks;
  readonly origin: Origin;
  readonly live: Map<number, Live>;
  /** Head of the call, once the item is announced. */
  call: Head | undefined;
  ext: readonly Residue[];
  done: boolean;
};

/** Starts to follow an item. */
export function itemDecoder(blocks: Blocks, origin: Origin): ItemDecoder {
  const state: State = {
    blocks,
    origin,
    live: new Map(),
    call: undefined,
    ext: [],
    done: false,
  };
  return {
    announce: (item) => (item === undefined || state.done ? [] : announce(item, state)),
    push: (name, event) => (state.done ? [] : pushPiece(name, event, state)),
    complete: (item, notes) => {
      if (state.done || item === undefined) return [];
      state.done = true;
      const parts = decodeItem(item, notes, state.origin);
      const last = [...state.live].filter(([key]) => !parts.some((part) => part.key === key));
      return [
        ...parts.flatMap((part) => completePart(part, state)),
        ...last.map(([, { index }]): Event => ({ type: "close", ...at(index) })),
      ];
    },
  };
}

function at(index: number) {
  return { candidate: 0, index } as const;
}

function announce(item: Fields, state: State): readonly Event[] {
  const type = asString(item.record["type"]) ?? "";
  if (type === "message") state.ext = messageResidues(item);
  if (type !== "function_call" && type !== "custom_tool_call") return [];
  const id = asString(item.record["call_id"]) ?? "";
  const name = asString(item.record["name"]) ?? "";
  // Some servers announce a call before they know which.
  if (id === "" || name === "") return [];
  const call = type === "custom_tool_call" ? "custom" : "function";
  state.ext = callResidues(item);
  return open(0, { kind: "toolCall", id, name, call }, state).events;
}

function open(
  key: number,
  head: Head,
  state: State,
): { readonly live: Live; readonly events: readonly Event[] } {
  const known = state.live.get(key);
  if (known !== undefined) return { live: known, events: [] };
  const { blocks } = state;
  const live: Live = { index: blocks.next, text: "", paragraph: 0, hasTokens: false };
  blocks.next += 1;
  blocks.kinds.push(head.kind === "whole" ? head.block.kind : head.kind);
  state.live.set(key, live);
  const ext = filled(state.ext);
  state.ext = [];
  return { live, events: [compact({ type: "open", ...at(live.index), head, ext })] };
}

function pushPiece(name: string, event: Fields, state: State): readonly Event[] {
  const piece = asString(event.record["delta"]) ?? "";
  const part = asNumber(event.record["content_index"]) ?? 0;
  switch (name) {
    case "output_text.delta":
      return [...write(part, { kind: "text" }, piece, state), ...logprobs(part, event, state)];
    case "refusal.delta":
      return write(part, { kind: "refusal" }, piece, state);
    case "reasoning_summary_text.delta":
      return think("summary", asNumber(event.record["summary_index"]) ?? 0, piece, state);
    case "reasoning_text.delta":
      return think("raw", part, piece, state);
    case "function_call_arguments.delta":
    case "custom_tool_call_input.delta":
      // Without an announcement nobody knows whose arguments they are; the whole item has them too.
      return state.live.has(0) ? continued(0, piece, state) : [];
    default:
      return [];
  }
}

function write(key: number, head: Head, piece: string, state: State): readonly Event[] {
  if (piece === "") return [];
  const { events } = open(key, head, state);
  return [...events, ...continued(key, piece, state)];
}

function continued(key: number, piece: string, state: State): readonly Event[] {
  const live = state.live.get(key);
  if (live === undefined || piece === "") return [];
  live.text += piece;
  return [{ type: "delta", ...at(live.index), text: piece }];
}

/** Several summaries are paragraphs of one text. */
function think(
  form: "summary" | "raw",
  paragraph: number,
  piece: string,
  state: State,
): readonly Event[] {
  if (piece === "") return [];
  const { live, events } = open(0, { kind: "thinking", form, redacted: false }, state);
  const isNext = paragraph > live.paragraph && live.text !== "";
  live.paragraph = paragraph;
  return [...events, ...continued(0, isNext ? PARAGRAPHS + piece : piece, state)];
}

function logprobs(key: number, event: Fields, state: State): readonly Event[] {
  const tokens = decodeTokens(event.record["logprobs"]) ?? [];
  const live = state.live.get(key);
  if (tokens.length === 0 || live === undefined) return [];
  live.hasTokens = true;
  return [{ type: "logprobs", candidate: 0, tokens, refusal: false }];
}

/** Sends what of a block has not gone out. */
function completePart({ key, block, logprobs: tokens }: Part, state: State): readonly Event[] {
  state.ext = block.ext ?? [];
  const { head, text, citations } = splitBlock(block);
  const { live, events } = open(key, head, state);
  const rest = text.startsWith(live.text) ? text.slice(live.text.length) : "";
  const opaque = head.kind === "whole" ? [] : (block.opaque ?? []);
  const place = at(live.index);
  return [
    ...events,
    ...continued(key, rest, state),
    ...(tokens === undefined || live.hasTokens
      ? []
      : [{ type: "logprobs", candidate: 0, tokens, refusal: false } as const]),
    ...opaque.map((token): Event => ({ type: "opaque", ...place, opaque: token })),
    ...citations.map((citation): Event => ({ type: "cite", ...place, citation })),
    { type: "close", ...place },
  ];
}
