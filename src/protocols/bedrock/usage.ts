// Token counts of Converse, where the input excludes the cache (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import { asNumber, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  return compact({
    inFresh: asNumber(usage["inputTokens"]),
    cacheRead: asNumber(usage["cacheReadInputTokens"]),
    cacheWrite: asNumber(usage["cacheWriteInputTokens"]),
    output: asNumber(usage["outputTokens"]),
    reported: document.textOf(usage),
  });
}
