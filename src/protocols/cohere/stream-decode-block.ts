// The blocks of a streamed reply. A text stays open until the next block begins, because what it cites comes after its end.
import { compact } from "../../lib/compact.ts";
import {
  asNumber,
  asRecord,
  asString,
  type Json,
  type JsonDocument,
  type JsonRecord,
} from "../../lib/json.ts";
import type { Block, Citation } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Residue } from "../../ir/request.ts";
import type { Notes } from "../kit/notes.ts";
import { decodeCitation, featureOf, withoutRange, type Cited } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { decodeLogprob } from "./logprobs.ts";

/** One event with what belongs to it. */
export type Told = {
  readonly root: JsonRecord;
  readonly document: JsonDocument;
  readonly notes: Notes;
};

/** What a block is, for what depends on all of them. */
export type Kind = { readonly kind: Block["kind"]; readonly tag?: "plan" };

/** The blocks so far. */
export type StreamBlocks = {
  /** Kinds of those that hold something, in their order. */
  readonly kinds: readonly Kind[];
  readonly plan: (told: Told) => readonly Event[];
  readonly openContent: (told: Told) => readonly Event[];
  readonly content: (told: Told) => readonly Event[];
  readonly endContent: (told: Told) => readonly Event[];
  readonly openCall: (told: Told) => readonly Event[];
  readonly call: (told: Told) => readonly Event[];
  readonly endCall: (told: Told) => readonly Event[];
  readonly cite: (told: Told) => readonly Event[];
  /** Citations for which no text ever came. */
  readonly uncited: () => readonly Residue[];
  readonly closeAll: () => readonly Event[];
};

type Open = {
  readonly index: number;
  readonly kind: Kind;
  /** Number in its own series; the plan has none. */
  readonly source: number | undefined;
  /** Arguments that may yet turn out to say nothing. */
  held: string;
  wrote: boolean;
};

type State = {
  readonly kinds: Kind[];
  readonly open: Open[];
  opened: number;
  cited: number;
  /** Citations that came before any text that they could belong to. */
  early: readonly Early[];
};

type Early = { readonly citations: readonly Citation[]; readonly residue: Residue };

/** Starts without any. */
export function streamBlocks(): StreamBlocks {
  const state: State = { kinds: [], open: [], opened: 0, cited: 0, early: [] };
  return {
    kinds: state.kinds,
    plan: (told) => takePlan(told, state),
    openContent: (told) => openContent(told, state),
    content: (told) => takeContent(told, state),
    endContent: (told) => endContent(told, state),
    openCall: (told) => openCall(told, state),
    call: (told) => takeArguments(told, state),
    endCall: (told) => closeWhere(state, (open) => isCall(open) && open.source === indexIn(told)),
    cite: (told) => cite(told, state),
    uncited: () => state.early.map(({ residue }) => residue),
    closeAll: () => closeWhere(state, () => true),
  };
}

function indexIn({ root }: Told): number {
  return asNumber(root["index"]) ?? 0;
}

function messageIn({ root }: Told): JsonRecord {
  return asRecord(asRecord(root["delta"])?.["message"]) ?? {};
}

function isCall({ kind }: Open): boolean {
  return kind.kind === "toolCall";
}

/** Opens a block, which ends every text before it; calls go on side by side. */
function begin(
  head: Exclude<Head, { kind: "whole" }>,
  source: number | undefined,
  state: State,
): { readonly block: Open; readonly events: readonly Event[] } {
  const closing = closeWhere(state, (open) => !isCall(open));
  const kind: Kind = head.kind === "text" ? compact({ kind: "text", tag: head.tag }) : head;
  const block: Open = { index: state.opened, kind, source, held: "", wrote: false };
  state.opened += 1;
  state.open.push(block);
  const opening: readonly Event[] = [...closing, { type: "open", ...at(block), head }];
  return { block, events: [...opening, ...citeEarly(block, state)] };
}

/** What was cited too early is about the text that follows, as a whole. */
function citeEarly(block: Open, state: State): readonly Event[] {
  if (block.kind.kind !== "text") return [];
  const citations = state.early.flatMap((early) => early.citations.map(withoutRange));
  state.early = [];
  return citations.map((citation): Event => ({ type: "cite", ...at(block), citation }));
}

function at({ index }: Open): { readonly candidate: 0; readonly index: number } {
  return { candidate: 0, index };
}

function piece(block: Open, text: string, state: State): readonly Event[] {
  if (text === "") return [];
  if (!block.wrote) state.kinds.push(block.kind);
  block.wrote = true;
  return [{ type: "delta", ...at(block), text }];
}

function takePlan(told: Told, state: State): readonly Event[] {
  const text = asString(messageIn(told)["tool_plan"]) ?? "";
  if (text === "") return [];
  told.notes.use("S20", "/message/tool_plan");
  const known = state.open.find(({ kind }) => kind.tag === "plan");
  if (known !== undefined) return piece(known, text, state);
  const { block, events } = begin({ kind: "text", tag: "plan" }, undefined, state);
  return [...events, ...piece(block, text, state)];
}

const THINKING = { kind: "thinking", form: "raw", redacted: false } as const;

function openContent(told: Told, state: State): readonly Event[] {
  const content = asRecord(messageIn(told)["content"]) ?? {};
  const isThought = content["type"] === "thinking" || typeof content["thinking"] === "string";
  const { events } = begin(isThought ? THINKING : { kind: "text" }, indexIn(told), state);
  return [...events, ...takeContent(told, state)];
}

function takeContent(told: Told, state: State): readonly Event[] {
  const source = indexIn(told);
  const block = state.open.find((open) => !isCall(open) && open.source === source);
  // Some hosts send pieces of what they never opened.
  if (block === undefined) return openContent(told, state);
  const content = asRecord(messageIn(told)["content"]) ?? {};
  const text = asString(content["text"]) ?? asString(content["thinking"]) ?? "";
  if (text !== "" && block.kind.kind === "thinking")
    told.notes.use("S17", `/message/content/${source}`);
  return [...piece(block, text, state), ...logprobs(told)];
}

function logprobs({ root, notes }: Told): readonly Event[] {
  const token = decodeLogprob(root["logprobs"]);
  if (token === undefined) return [];
  notes.use("S08", "/logprobs");
  return [{ type: "logprobs", candidate: 0, tokens: [token], refusal: false }];
}

/** Reasoning is over at its end, a text only when something else begins. */
function endContent(told: Told, state: State): readonly Event[] {
  return closeWhere(
    state,
    ({ kind, source }) => kind.kind === "thinking" && source === indexIn(told),
  );
}

function openCall(told: Told, state: State): readonly Event[] {
  const call = asRecord(messageIn(told)["tool_calls"]) ?? {};
  const inner = asRecord(call["function"]) ?? {};
  const id = asString(call["id"]) ?? "";
  const name = asString(inner["name"]) ?? "";
  const { block, events } = begin(
    { kind: "toolCall", id, name, call: "function" },
    indexIn(told),
    state,
  );
  state.kinds.push(block.kind);
  // Arguments may be there from the start (E303).
  return [...events, ...takeArguments(told, state)];
}

const NOTHING = "null";

function takeArguments(told: Told, state: State): readonly Event[] {
  const source = indexIn(told);
  const block = state.open.find((open) => isCall(open) && open.source === source);
  const call = asRecord(messageIn(told)["tool_calls"]);
  const text = asString(asRecord(call?.["function"])?.["arguments"]) ?? "";
  if (block === undefined || text === "") return [];
  if (block.wrote) return [{ type: "delta", ...at(block), text }];
  // The word for nothing may be all that comes (E138).
  block.held += text;
  if (NOTHING.startsWith(block.held.trim()) && block.held.length <= MAX_HELD) return [];
  block.wrote = true;
  return [{ type: "delta", ...at(block), text: block.held }];
}

/** Longest run of white space that is held back. */
const MAX_HELD = 1024;

/** The rest of a call: without arguments there is an empty object of them. */
function lastPiece(block: Open): readonly Event[] {
  if (!isCall(block) || block.wrote) return [];
  const said = block.held.trim();
  const text = said === "" || said === NOTHING ? "{}" : block.held;
  return [{ type: "delta", ...at(block), text }];
}

function closeWhere(state: State, isMeant: (open: Open) => boolean): readonly Event[] {
  const closing = state.open.filter(isMeant);
  for (const block of closing) state.open.splice(state.open.indexOf(block), 1);
  return closing.flatMap((block): readonly Event[] => [
    ...lastPiece(block),
    { type: "close", ...at(block) },
  ]);
}

function cite(told: Told, state: State): readonly Event[] {
  const entry: Json = messageIn(told)["citations"] ?? null;
  const cited = decodeCitation(entry, told.document);
  if (cited === undefined) return [];
  const path = `/message/citations/${state.cited++}`;
  const id = featureOf(cited);
  told.notes.use(id, path);
  const block = textFor(cited, state);
  if (block === undefined) {
    const residue = { dialect: DIALECT, path, text: told.document.textOf(entry), id };
    const early: Early = { citations: cited.citations, residue };
    if (state.early.length < MAX_EARLY) state.early = [...state.early, early];
    return [];
  }
  const isExact = cited.contentIndex === undefined || block.source === cited.contentIndex;
  const citations = isExact ? cited.citations : cited.citations.map(withoutRange);
  return citations.map((citation): Event => ({ type: "cite", ...at(block), citation }));
}

/** Most citations that wait for a text: far more than one answer has. */
const MAX_EARLY = 1000;

/** The open text that a citation is about, or the one nearest to it. */
function textFor({ contentIndex, isOfPlan }: Cited, state: State): Open | undefined {
  const texts = state.open.filter(({ kind }) => kind.kind === "text");
  const meant = texts.find(({ kind, source }) =>
    isOfPlan ? kind.tag === "plan" : source === contentIndex,
  );
  return meant ?? texts[0];
}
