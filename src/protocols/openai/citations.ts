// URL citations: ranges over the whole text of a message, in code points, end exclusive (translation.md B.9).
import {
  asArray,
  asRecord,
  raw,
  type Json,
  type JsonDocument,
  type Printable,
} from "../../lib/json.ts";
import type { Citation } from "../../ir/block.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { decodeUrlCitation, encodeUrlCitation } from "../kit/openai-citations.ts";
import { DIALECT } from "./dialect.ts";

/** The citations of a message; the list stays unread if it holds none that is known here. */
export function decodeAnnotations(message: Fields, notes: Notes): readonly Citation[] {
  const list = asArray(message.record["annotations"]) ?? [];
  const citations = list.flatMap((entry) => decodeAnnotation(entry, notes.document) ?? []);
  if (citations.length > 0) notes.use("S07a", message.at("annotations"));
  if (citations.length > 0 || list.length === 0) message.skip("annotations");
  return citations;
}

/** One annotation; `undefined` if it names no source. */
export function decodeAnnotation(entry: Json, document: JsonDocument): Citation | undefined {
  const citation = asRecord(asRecord(entry)?.["url_citation"]);
  const native = { dialect: DIALECT, text: document.textOf(entry) };
  return citation === undefined ? undefined : decodeUrlCitation(citation, native);
}

/** A text of the reply with its citations. */
export type CitedText = { readonly length: number; readonly citations: readonly Citation[] };

/** The annotations of several texts that are joined without a separator. Only URLs have a place here. */
export function encodeAnnotations(texts: readonly CitedText[]): readonly Printable[] {
  let offset = 0;
  return texts.flatMap(({ length, citations }) => {
    const start = offset;
    offset += length;
    return citations.flatMap((citation) => encodeAnnotation(citation, start, length) ?? []);
  });
}

function encodeAnnotation(
  citation: Citation,
  offset: number,
  length: number,
): Printable | undefined {
  const { native } = citation;
  if (native.dialect === DIALECT && offset === 0) return raw(native.text);
  const cited = encodeUrlCitation(citation, offset, length);
  return cited === undefined ? undefined : { type: "url_citation", url_citation: cited };
}
