// Citations: in this dialect they belong to a text block and point into the source (translation.md B.9).
import { compact } from "../../lib/compact.ts";
import {
  asNumber,
  asRecord,
  asString,
  raw,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import type { Citation, TextBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";

/** One citation; `undefined` if it is no object. */
export function decodeCitation(entry: Json, document: JsonDocument): Citation | undefined {
  const record = asRecord(entry);
  if (record === undefined) return undefined;
  const cited = asString(record["cited_text"]);
  const quote = cited === "" ? undefined : cited;
  const native = { dialect: DIALECT, text: document.textOf(entry) };
  const title = asString(record["document_title"]) ?? asString(record["title"]);
  const url = asString(record["url"]);
  const source = asString(record["source"]);
  if (url !== undefined)
    return compact({ source: compact({ kind: "url", url, title }), quote, native });
  if (source !== undefined) {
    return compact({ source: compact({ kind: "search", source, title }), quote, native });
  }
  const index = asNumber(record["document_index"]);
  return compact({ source: compact({ kind: "document", index, title }), quote, native });
}

/** Which feature a citation is: of an address, or of a document that the request brought. */
export function citationFeature(citation: Citation): LossId {
  return citation.source.kind === "url" ? "S07a" : "S07b";
}

/** Notes a citation of a reply, and that what it encrypts means nothing to others (B06). */
export function noteCitation(entry: Json, citation: Citation, path: string, notes: Notes): void {
  notes.use(citationFeature(citation), path);
  const sealed = asString(asRecord(entry)?.["encrypted_index"]) ?? "";
  if (sealed !== "") notes.use("B06", `${path}/encrypted_index`);
}

/** A citation in this dialect; `undefined`: it has no place here. */
export function encodeCitation({ native, source, quote }: Citation): Printable | undefined {
  if (native.dialect === DIALECT) return raw(native.text);
  switch (source.kind) {
    case "url":
      return {
        type: "web_search_result_location",
        url: source.url,
        title: source.title ?? null,
        encrypted_index: "",
        cited_text: quote ?? "",
      };
    case "search":
      return {
        type: "search_result_location",
        source: source.source,
        title: source.title ?? null,
        cited_text: quote ?? "",
        search_result_index: 0,
        start_block_index: 0,
        end_block_index: 0,
      };
    case "document":
      if (source.index === undefined) return undefined;
      return {
        type: "char_location",
        cited_text: quote ?? "",
        document_index: source.index,
        document_title: source.title ?? null,
        start_char_index: 0,
        end_char_index: Array.from(quote ?? "").length,
      };
  }
}

/** A piece of a text with the citations that cover it. */
export type Piece = { readonly text: string; readonly citations: readonly Citation[] };

/**
 * Splits a text at the edges of its citations' ranges, since a citation here covers a whole block (B.9). A range that covers
 * nothing of the text, since its vendor counts otherwise, belongs to the last piece: the source is shown all the same.
 */
export function splitAtCitations(block: TextBlock): readonly Piece[] {
  const citations = block.citations ?? [];
  const points = Array.from(block.text);
  const edges = new Set([0, points.length]);
  for (const { range } of citations) {
    if (range !== undefined) edges.add(clamp(range.start, points)).add(clamp(range.end, points));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  if (sorted.length <= 2) return [{ text: block.text, citations }];
  const ends = sorted.slice(1);
  const astray = citations.filter((citation) => !isWithin(citation, points.length));
  return ends.map((end, index) => {
    const start = sorted[index] ?? 0;
    const isLast = index === ends.length - 1;
    const covering = citations.filter(
      (citation) => covers(citation, start, end) || (isLast && astray.includes(citation)),
    );
    return { text: points.slice(start, end).join(""), citations: covering };
  });
}

function covers({ range }: Citation, start: number, end: number): boolean {
  return range === undefined || (range.start < end && range.end > start);
}

/** Whether a citation covers any of a text of this length, which only one with characters between its edges does. */
function isWithin(citation: Citation, length: number): boolean {
  const { range } = citation;
  return range === undefined || (range.start < range.end && covers(citation, 0, length));
}

function clamp(offset: number, points: readonly string[]): number {
  return Math.min(Math.max(offset, 0), points.length);
}
