// URL citations, which OpenAI's two protocols write alike but for one level of nesting (translation.md B.9).
import { compact } from "../../lib/compact.ts";
import { asNumber, asString, type JsonRecord } from "../../lib/json.ts";
import type { Citation } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Draft } from "./residue.ts";

/**
 * What a history may cite. Only what was cited in the dialect of the target goes back: the rest names sources that the
 * upstream has never seen.
 */
export const CITED: readonly LossId[] = ["S07a", "S07b"];

/** Reads `{url,title,start_index,end_index}`; `undefined` if it names no address. */
export function decodeUrlCitation(
  citation: JsonRecord,
  native: Citation["native"],
): Citation | undefined {
  const url = asString(citation["url"]);
  if (url === undefined) return undefined;
  const title = asString(citation["title"]);
  return compact({
    range: rangeOf(citation),
    source: compact({ kind: "url", url, title }),
    quote: asString(citation["content"]),
    native,
  });
}

/** The range that a citation names; `undefined` if it is absent or empty, so that the whole text is meant. */
export function rangeOf(citation: JsonRecord): Citation["range"] {
  const start = asNumber(citation["start_index"]);
  const end = asNumber(citation["end_index"]);
  return start !== undefined && end !== undefined && end > start ? { start, end } : undefined;
}

/** Writes one for a text of this length, which begins at `offset`; `undefined` if the source is no address. */
export function encodeUrlCitation(
  { source, range, quote }: Citation,
  offset: number,
  length: number,
): Draft | undefined {
  if (source.kind !== "url") return undefined;
  const { start, end } = range ?? { start: 0, end: length };
  return {
    start_index: offset + start,
    end_index: offset + end,
    title: source.title ?? "",
    url: source.url,
    content: quote,
  };
}
