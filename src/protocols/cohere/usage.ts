// Token counts of Cohere: the input is taken to include what was cached (translation.md B.12, F 2).
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const tokens = asRecord(usage["tokens"]) ?? asRecord(usage["billed_units"]);
  const input = asNumber(tokens?.["input_tokens"]);
  const cacheRead = asNumber(usage["cached_tokens"]);
  return compact({
    inFresh: input === undefined ? undefined : Math.max(input - (cacheRead ?? 0), 0),
    cacheRead,
    output: asNumber(tokens?.["output_tokens"]),
    reported: document.textOf(usage),
  });
}
