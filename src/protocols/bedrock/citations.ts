// Citations of Converse: of documents by place, of search results, of pages on the web (translation.md B.9).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  raw,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Citation } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { DIALECT } from "./dialect.ts";

/** One citation; `undefined`: it is no object. */
export function decodeCitation(entry: Json, document: JsonDocument): Citation | undefined {
  const record = asRecord(entry);
  if (record === undefined) return undefined;
  const quotes = (asArray(record["sourceContent"]) ?? []).flatMap(
    (part) => asString(asRecord(part)?.["text"]) ?? [],
  );
  return compact({
    source: sourceOf(record),
    quote: quotes.length === 0 ? undefined : quotes.join(""),
    native: { dialect: DIALECT, text: document.textOf(entry) },
  });
}

function sourceOf(record: JsonRecord): Citation["source"] {
  const title = asString(record["title"]);
  const location = asRecord(record["location"]) ?? {};
  const web = asRecord(location["web"]);
  const url = asString(web?.["url"]);
  if (url !== undefined) return compact({ kind: "url", url, title });
  const [kind = ""] = Object.keys(location);
  const inner = asRecord(location[kind]);
  if (kind === "searchResultLocation")
    return compact({ kind: "search", source: asString(record["source"]) ?? "", title });
  return compact({ kind: "document", index: asNumber(inner?.["documentIndex"]), title });
}

/** The feature that a citation is. */
export function citationFeature({ source }: Citation): LossId {
  return source.kind === "url" ? "S07a" : "S07b";
}

/** A citation in this dialect. A place in a document is not known of another dialect's: its first character stands for it. */
export function encodeCitation(citation: Citation): Printable {
  const { native, source, quote } = citation;
  if (native.dialect === DIALECT) return raw(native.text);
  const content = quote === undefined ? [] : [{ text: quote }];
  switch (source.kind) {
    case "url":
      return {
        title: source.title,
        sourceContent: content,
        location: { web: { url: source.url } },
      };
    case "search":
      return {
        title: source.title,
        source: source.source,
        sourceContent: content,
        location: { searchResultLocation: { searchResultIndex: 0, start: 0, end: 0 } },
      };
    case "document":
      return {
        title: source.title,
        sourceContent: content,
        location: { documentChar: { documentIndex: source.index ?? 0, start: 0, end: 0 } },
      };
  }
}
