// Citations: a range of one item of the content, or of the plan, and what it was taken from (translation.md A.6, B.9).
import { compact, filled } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  raw,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import type { Block, Citation } from "../../ir/block.ts";
import type { Residue } from "../../ir/request.ts";
import { codePoints } from "../kit/code-points.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import type { Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";

/** A citation as it arrives: what it says, and which block it is about. */
export type Cited = {
  /** One for each of its sources. */
  readonly citations: readonly Citation[];
  /** Number of the item of the content; `undefined`: it does not say, or is about the plan. */
  readonly contentIndex: number | undefined;
  readonly isOfPlan: boolean;
};

/** Reads one; `undefined`: it is no object. */
export function decodeCitation(entry: Json, document: JsonDocument): Cited | undefined {
  const record = asRecord(entry);
  if (record === undefined) return undefined;
  const native = { dialect: DIALECT, text: document.textOf(entry) };
  const start = asNumber(record["start"]);
  const end = asNumber(record["end"]);
  const range =
    start !== undefined && end !== undefined && end > start ? { start, end } : undefined;
  const quote = asString(record["text"]);
  const sources = asArray(record["sources"]) ?? [];
  const named = sources.length === 0 ? [{}] : sources.map((source) => asRecord(source) ?? {});
  return {
    citations: named.map((source) => compact({ range, source: sourceOf(source), quote, native })),
    contentIndex: asNumber(record["content_index"]),
    isOfPlan: record["type"] === "PLAN",
  };
}

function sourceOf(source: JsonRecord): Citation["source"] {
  const document = asRecord(source["document"]);
  const title = asString(document?.["title"]);
  const url = asString(document?.["url"]);
  const id = asString(source["id"]);
  if (url !== undefined && /^https?:\/\//i.test(url)) return compact({ kind: "url", url, title });
  return compact({ kind: "document", index: indexIn(id), id, title });
}

/** Documents without an id of their own are numbered by the service. */
function indexIn(id: string | undefined): number | undefined {
  const digits = /^doc[:_-](\d+)$/.exec(id ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The feature that a citation is. */
export function citationFeature({ source }: Citation): "S07a" | "S07b" {
  return source.kind === "url" ? "S07a" : "S07b";
}

/** Attaches the citations of a message to its blocks, of which those of the content come first. */
export function withCitations(
  blocks: readonly Block[],
  message: Fields,
  notes: Notes,
): { readonly blocks: readonly Block[]; readonly ext: readonly Residue[] } {
  const list = asArray(message.record["citations"]);
  if (list === undefined) return { blocks, ext: [] };
  message.skip("citations");
  const cited = list.flatMap((entry) => decodeCitation(entry, notes.document) ?? []);
  cited.forEach((each, index) => notes.use(featureOf(each), `${message.at("citations")}/${index}`));
  // Citations of reasoning belong to the text that follows it, but not with their range.
  const spare = blocks.findIndex((block) => block.kind === "text");
  if (spare < 0) return { blocks, ext: message.residue("citations", "S07b") };
  message.skip("citations");
  const found = new Map<number, Citation[]>();
  for (const each of cited) {
    const at = placeOf(each, blocks);
    const place = blocks[at]?.kind === "text" ? at : spare;
    const citations = place === at ? each.citations : each.citations.map(withoutRange);
    found.set(place, [...(found.get(place) ?? []), ...citations]);
  }
  const attached = blocks.map((block, at): Block => {
    const citations = filled(found.get(at) ?? []);
    return block.kind === "text" && citations !== undefined ? { ...block, citations } : block;
  });
  return { blocks: attached, ext: [] };
}

/** A citation of the text as a whole. */
export function withoutRange({ range: _range, ...citation }: Citation): Citation {
  return citation;
}

/** The feature that a citation with its sources is. */
export function featureOf({ citations: [first] }: Cited): "S07a" | "S07b" {
  return first === undefined ? "S07b" : citationFeature(first);
}

/** The block that a citation is about; -1: there is none. */
function placeOf(
  { contentIndex, isOfPlan }: Cited,
  blocks: readonly { readonly kind: string; readonly tag?: string }[],
): number {
  if (isOfPlan) return blocks.findIndex(({ tag }) => tag === "plan");
  return contentIndex ?? blocks.findIndex(({ kind, tag }) => kind === "text" && tag !== "plan");
}

/** A text with what it cites; `contentIndex` is absent for the plan. */
export type CitedText = {
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly contentIndex: number | undefined;
};

/** The citations of some texts. Several sources of one statement arrived as one citation, and leave as one. */
export function encodeCitations(texts: readonly CitedText[]): readonly Printable[] {
  return texts.flatMap(({ text, citations, contentIndex }) => {
    const own = new Set<JsonText>();
    return citations.flatMap((citation): readonly Printable[] => {
      const { native } = citation;
      if (native.dialect !== DIALECT) return [encodeForeign(citation, text, contentIndex)];
      if (own.has(native.text)) return [];
      own.add(native.text);
      return [raw(native.text)];
    });
  });
}

function encodeForeign(
  { range, source }: Citation,
  text: string,
  contentIndex: number | undefined,
): Draft {
  const { start, end } = range ?? { start: 0, end: codePoints(text) };
  return {
    start,
    end,
    text: range === undefined ? text : Array.from(text).slice(start, end).join(""),
    sources: [encodeSource(source)],
    content_index: contentIndex,
    type: contentIndex === undefined ? "PLAN" : "TEXT_CONTENT",
  };
}

function encodeSource(source: Citation["source"]): Draft {
  const id = idOf(source);
  const url = source.kind === "url" ? source.url : undefined;
  return { type: "document", id, document: { id, title: source.title, url } };
}

/** Clients look the id up among their documents: it is what the source is called, or else its number. */
function idOf(source: Citation["source"]): string {
  switch (source.kind) {
    case "url":
      return source.url;
    case "search":
      return source.source;
    case "document":
      return source.id ?? source.title ?? `doc:${source.index ?? 0}`;
  }
}
