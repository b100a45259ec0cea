// Annotations of `output_text`: ranges over the text of the part, in code points, end exclusive (translation.md B.9).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
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
import { decodeUrlCitation, encodeUrlCitation, rangeOf } from "../kit/openai-citations.ts";
import { DIALECT } from "./dialect.ts";

/** The citations of a part. */
export function decodeAnnotations(part: Fields, notes: Notes): readonly Citation[] {
  const list = asArray(part.record["annotations"]) ?? [];
  const path = part.at("annotations");
  part.skip("annotations");
  return list.flatMap((entry, index) => {
    const citation = decodeAnnotation(entry, notes.document);
    if (citation === undefined) return [];
    notes.use(citation.source.kind === "url" ? "S07a" : "S07b", `${path}/${index}`);
    return [citation];
  });
}

/** One annotation; `undefined`: it is no object. Files of the vendor's are documents by their id. */
export function decodeAnnotation(entry: Json, document: JsonDocument): Citation | undefined {
  const record = asRecord(entry);
  if (record === undefined) return undefined;
  const native = { dialect: DIALECT, text: document.textOf(entry) };
  const web = decodeUrlCitation(record, native);
  if (web !== undefined) return web;
  const id = asString(record["file_id"]);
  const source = compact({ kind: "document", id, title: asString(record["filename"]) });
  return compact({ range: rangeOf(record), source, native });
}

/** An annotation for a text of this length, in code points; `undefined`: the source has no place here. */
export function encodeAnnotation(citation: Citation, length: number): Printable {
  const { native } = citation;
  if (native.dialect === DIALECT) return raw(native.text);
  const cited = encodeUrlCitation(citation, 0, length);
  return cited === undefined ? undefined : { type: "url_citation", ...cited };
}
