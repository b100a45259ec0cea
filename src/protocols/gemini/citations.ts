// Grounding: statements of the answer with where they come from, by ranges of UTF-8 bytes within a part (translation.md A.4,
// B.9; E308).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Citation } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { codePoints } from "../kit/code-points.ts";
import type { Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";

/** A citation with the text that it is about, as the source tells it. */
export type Grounding = {
  readonly citation: Citation;
  /** Index of the part, 0 where the source does not say. */
  readonly part: number;
  readonly segment: Segment;
  /** Index of the support, for pointers. */
  readonly support: number;
};

type Segment = { readonly start: number; readonly end: number | undefined; readonly text: string };

/** All citations of a `groundingMetadata`: one for each source of each support. */
export function decodeGrounding(
  metadata: JsonRecord | undefined,
  document: JsonDocument,
): readonly Grounding[] {
  const chunks = asArray(metadata?.["groundingChunks"]) ?? [];
  const supports = asArray(metadata?.["groundingSupports"]) ?? [];
  return supports.flatMap((entry, support) => {
    const record = asRecord(entry);
    const segment = asRecord(record?.["segment"]) ?? {};
    const place = {
      start: asNumber(segment["startIndex"]) ?? 0,
      end: asNumber(segment["endIndex"]),
      text: asString(segment["text"]) ?? "",
    };
    const part = asNumber(segment["partIndex"]) ?? 0;
    return (asArray(record?.["groundingChunkIndices"]) ?? []).flatMap((index): Grounding[] => {
      const chunk = asRecord(chunks[asNumber(index) ?? -1]);
      const source = chunk === undefined ? undefined : sourceOf(chunk);
      if (chunk === undefined || source === undefined) return [];
      const native = { dialect: DIALECT, text: document.textOf(chunk) };
      return [{ citation: { source, native }, part, segment: place, support }];
    });
  });
}

function sourceOf(chunk: JsonRecord): Citation["source"] | undefined {
  const page = asRecord(chunk["web"]) ?? asRecord(chunk["maps"]);
  const url = asString(page?.["uri"]);
  if (url !== undefined) return compact({ kind: "url", url, title: asString(page?.["title"]) });
  const file = asRecord(chunk["retrievedContext"]);
  if (file === undefined) return undefined;
  return compact({
    kind: "document",
    id:
      asString(file["uri"]) ?? asString(file["documentName"]) ?? asString(file["fileSearchStore"]),
    title: asString(file["title"]),
  });
}

/** The feature that a citation is. */
export function citationFeature({ source }: Citation): LossId {
  return source.kind === "url" ? "S07a" : "S07b";
}

/** A text of the answer, by the index of its part. */
export type CitableText = { readonly part: number; readonly text: string };

/** A citation with its range in code points, and the text that it belongs to. */
export type PlacedCitation = { readonly part: number; readonly citation: Citation };

/** Finds the text of a grounding: where the source says, else where the words are; `undefined`: nowhere. */
export function placeGrounding(
  { citation, part, segment }: Grounding,
  texts: readonly CitableText[],
): PlacedCitation | undefined {
  const told = texts.find((text) => text.part === part) ?? texts[0];
  const range = told === undefined ? undefined : rangeIn(told.text, segment);
  if (told !== undefined && range !== undefined)
    return { part: told.part, citation: { ...citation, range } };
  const found = texts.find(({ text }) => segment.text !== "" && text.includes(segment.text));
  if (found === undefined) return told === undefined ? undefined : { part: told.part, citation };
  const start = codePoints(found.text.slice(0, found.text.indexOf(segment.text)));
  const end = start + codePoints(segment.text);
  return { part: found.part, citation: { ...citation, range: { start, end } } };
}

/** The range of bytes in code points; `undefined`: other words stand there. */
function rangeIn(text: string, { start, end, text: words }: Segment): Citation["range"] {
  const bytes = new TextEncoder().encode(text);
  const last = end ?? bytes.length;
  if (last > bytes.length || start >= last) return undefined;
  const decoder = new TextDecoder();
  const said = decoder.decode(bytes.subarray(start, last));
  if (words !== "" && said !== words) return undefined;
  const before = codePoints(decoder.decode(bytes.subarray(0, start)));
  return { start: before, end: before + codePoints(said) };
}

/** A citation of a part that is being written. */
export type CitedPart = {
  readonly part: number;
  /** The text of the part from its beginning. */
  readonly text: string;
  readonly citation: Citation;
};

/** The `groundingMetadata` of citations; `undefined`: there are none that have a place. */
export function encodeGrounding(cited: readonly CitedPart[]): Draft | undefined {
  if (cited.length === 0) return undefined;
  const chunks = new Map<string, { readonly index: number; readonly chunk: Draft }>();
  const supports = cited.map(({ part, text, citation }): Printable => {
    const chunk = chunkOf(citation);
    const key = JSON.stringify(chunk);
    const known = chunks.get(key) ?? { index: chunks.size, chunk };
    chunks.set(key, known);
    return { segment: segmentOf(part, text, citation), groundingChunkIndices: [known.index] };
  });
  return {
    groundingChunks: [...chunks.values()].map(({ chunk }) => chunk),
    groundingSupports: supports,
  };
}

function chunkOf({ source, quote }: Citation): Draft {
  switch (source.kind) {
    case "url":
      return { web: { uri: source.url, title: source.title } };
    case "document":
      return { retrievedContext: { uri: source.id, title: source.title, text: quote } };
    case "search":
      return { retrievedContext: { uri: source.source, title: source.title, text: quote } };
  }
}

function segmentOf(part: number, text: string, { range }: Citation): Draft {
  const points = Array.from(text);
  const { start, end } = range ?? { start: 0, end: points.length };
  const words = points.slice(start, end).join("");
  const startIndex = byteLength(points.slice(0, start).join(""));
  return { partIndex: part, startIndex, endIndex: startIndex + byteLength(words), text: words };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
