// Token counts of Responses, where the input includes what was cached (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const input = asNumber(usage["input_tokens"]);
  const details = asRecord(usage["input_tokens_details"]);
  const cacheRead = asNumber(details?.["cached_tokens"]);
  const cacheWrite = asNumber(details?.["cache_write_tokens"]);
  const fresh = input === undefined ? undefined : input - (cacheRead ?? 0) - (cacheWrite ?? 0);
  return compact({
    // Some servers report more cached tokens than tokens.
    inFresh: fresh === undefined ? undefined : Math.max(fresh, 0),
    cacheRead,
    cacheWrite,
    output: asNumber(usage["output_tokens"]),
    reasoning: asNumber(asRecord(usage["output_tokens_details"])?.["reasoning_tokens"]),
    reported: document.textOf(usage),
  });
}
