// Annotations of `output_text`: ranges over the text of the part, in code points, end exclusive (translation.md B.9).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  raw,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import type { Citation } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";

/** The citations of a part. */
export function decodeAnnotations(part: Fields, notes: Notes): readonly Citation[] {
  const list = asArray(part.record["annotations"]) ?? [];
  part.skip("annotations");
  const citations = list.flatMap((entry) => decodeAnnotation(entry, notes.document) ?? []);
  for (const { source } of citations) {
    notes.use(source.kind === "url" ? "S07a" : "S07b", part.at("annotations"));
  }
  return citations;
}

/** One annotation; `undefined`: it is no object. Files of the vendor's are documents by their id. */
export function decodeAnnotation(entry: Json, document: JsonDocument): Citation | undefined {
  const record = asRecord(entry);
  if (record === undefined) return undefined;
  const native = { dialect: DIALECT, text: document.textOf(entry) };
  const start = asNumber(record["start_index"]);
  const end = asNumber(record["end_index"]);
  const range =
    start !== undefined && end !== undefined && end > start ? { start, end } : undefined;
  const url = asString(record["url"]);
  if (url !== undefined) {
    const source = compact({ kind: "url", url, title: asString(record["title"]) });
    return compact({ range, source, native });
  }
  const id = asString(record["file_id"]);
  const source = compact({ kind: "document", id, title: asString(record["filename"]) });
  return compact({ range, source, native });
}

/** An annotation for a text of this length, in code points; `undefined`: the source has no place here. */
export function encodeAnnotation(citation: Citation, length: number): Printable {
  const { native, source } = citation;
  if (native.dialect === DIALECT) return raw(native.text);
  if (source.kind !== "url") return undefined;
  const { start, end } = citation.range ?? { start: 0, end: length };
  return {
    type: "url_citation",
    start_index: start,
    end_index: end,
    title: source.title ?? "",
    url: source.url,
  };
}
