// One block of a streamed reply: it begins with its start event or, where there is none, with its first delta.
import { asRecord, asString, type JsonRecord } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Event, Head } from "../../ir/event.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { citationFeature, decodeCitation } from "./citations.ts";
import { mimeOfFormat } from "./formats.ts";
import { CONTENT, tokenOf } from "./reply-decode-blocks.ts";

/** Decodes one block. */
export type BlockDecoder = {
  readonly kind: () => Block["kind"];
  /** Whether nothing was in it. */
  readonly isEmpty: () => boolean;
  readonly start: (start: JsonRecord | undefined) => readonly Event[];
  readonly delta: (delta: Fields | undefined, notes: Notes) => readonly Event[];
  readonly close: (notes: Notes) => readonly Event[];
};

type State = {
  readonly index: number;
  readonly origin: Origin;
  head: Head | undefined;
  /** Base64 pieces of hidden reasoning. */
  readonly hidden: string[];
  /** Whether words or arguments were seen. */
  wrote: boolean;
  cited: number;
  /** Type of the picture that was begun. */
  mime: string | undefined;
};

/** Starts a block. */
export function blockDecoder(index: number, origin: Origin): BlockDecoder {
  const state: State = {
    index,
    origin,
    head: undefined,
    hidden: [],
    wrote: false,
    cited: 0,
    mime: undefined,
  };
  return {
    kind: () => kindOf(state.head),
    isEmpty: () => !state.wrote && state.head?.kind === "text",
    start: (start) => begin(state, start),
    delta: (delta, notes) => (delta === undefined ? [] : takeDelta(state, delta, notes)),
    close: (notes) => finish(state, notes),
  };
}

function kindOf(head: Head | undefined): Block["kind"] {
  if (head === undefined) return "text";
  return head.kind === "whole" ? head.block.kind : head.kind;
}

function at({ index }: State): { readonly candidate: 0; readonly index: number } {
  return { candidate: 0, index };
}

/** Opens the block as what it turned out to be, once. */
function open(state: State, head: Head): readonly Event[] {
  if (state.head !== undefined) return [];
  state.head = head;
  return [{ type: "open", ...at(state), head }];
}

function begin(state: State, start: JsonRecord | undefined): readonly Event[] {
  const image = asRecord(start?.["image"]);
  if (image !== undefined) state.mime = mimeOfFormat("image", asString(image["format"]) ?? "png");
  const call = asRecord(start?.["toolUse"]);
  if (call === undefined) return [];
  const id = asString(call["toolUseId"]) ?? "";
  const name = asString(call["name"]) ?? "";
  return open(state, { kind: "toolCall", id, name, call: "function" });
}

function takeDelta(state: State, delta: Fields, notes: Notes): readonly Event[] {
  const text = delta.string("text");
  if (text !== undefined) return [...open(state, { kind: "text" }), ...piece(state, text)];
  const call = delta.fields("toolUse");
  if (call !== undefined) {
    const input = call.string("input") ?? "";
    return piece(state, input);
  }
  const reasoning = delta.fields("reasoningContent");
  if (reasoning !== undefined) return takeReasoning(state, reasoning, notes);
  const image = asRecord(delta.record["image"]);
  if (image !== undefined) return takeImage(state, image, notes);
  const citation = decodeCitation(delta.record["citation"] ?? null, notes.document);
  if (citation === undefined) return [];
  notes.use(
    citationFeature(citation),
    `${path(state)}/citationsContent/citations/${state.cited++}`,
  );
  return [...open(state, { kind: "text" }), { type: "cite", ...at(state), citation }];
}

/** A picture comes whole. */
function takeImage(state: State, image: JsonRecord, notes: Notes): readonly Event[] {
  const base64 = asString(asRecord(image["source"])?.["bytes"]);
  if (base64 === undefined) return [];
  notes.use("S19i", `${path(state)}/image`);
  const media = { kind: "inline", mime: state.mime ?? "image/png", base64 } as const;
  return open(state, { kind: "whole", block: { kind: "image", media } });
}

function path({ index }: State): string {
  return `${CONTENT}/${index}`;
}

function piece(state: State, text: string): readonly Event[] {
  if (text === "" || state.head === undefined) return [];
  state.wrote = true;
  return [{ type: "delta", ...at(state), text }];
}

const SHOWN: Head = { kind: "thinking", form: "summary", redacted: false };
const HIDDEN: Head = { kind: "thinking", form: "summary", redacted: true };

function takeReasoning(state: State, reasoning: Fields, notes: Notes): readonly Event[] {
  const hidden = reasoning.string("redactedContent");
  if (hidden !== undefined) {
    notes.use("S18", `${path(state)}/reasoningContent`);
    state.hidden.push(hidden);
    return open(state, HIDDEN);
  }
  const text = reasoning.string("text") ?? "";
  const signature = reasoning.string("signature") ?? "";
  if (text !== "") notes.use("S17", `${path(state)}/reasoningContent`);
  const events = [...open(state, SHOWN), ...piece(state, text)];
  if (signature === "") return events;
  notes.use("S18", `${path(state)}/reasoningContent`);
  const opaque = tokenOf(signature, "signature", state.origin);
  return [...events, { type: "opaque", ...at(state), opaque }];
}

/** Pieces of hidden reasoning are bytes: they are joined as such, not as text (D.2). */
function finish(state: State, notes: Notes): readonly Event[] {
  if (state.head === undefined) return [];
  const end: Event = { type: "close", ...at(state) };
  if (state.head.kind === "toolCall" && !state.wrote) return [...piece(state, "{}"), end];
  if (state.hidden.length === 0) return [end];
  notes.use("S18", `${path(state)}/reasoningContent`);
  const [only = ""] = state.hidden;
  const bytes = state.hidden.map((part) => Buffer.from(part, "base64"));
  const data = state.hidden.length === 1 ? only : Buffer.concat(bytes).toString("base64");
  return [{ type: "opaque", ...at(state), opaque: tokenOf(data, "redacted", state.origin) }, end];
}
