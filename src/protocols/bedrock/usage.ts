// Token counts of Converse, where the input excludes the cache (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  return compact({
    inFresh: asNumber(usage["inputTokens"]),
    cacheRead: asNumber(usage["cacheReadInputTokens"]),
    cacheWrite: asNumber(usage["cacheWriteInputTokens"]),
    cacheWrite5m: written(usage, "5m"),
    cacheWrite1h: written(usage, "1h"),
    output: asNumber(usage["outputTokens"]),
    reported: document.textOf(usage),
  });
}

/** What was written to the cache for one lifetime; absent where the service does not split it. */
function written(usage: JsonRecord, ttl: string): number | undefined {
  for (const detail of asArray(usage["cacheDetails"]) ?? []) {
    const record = asRecord(detail);
    if (record?.["ttl"] === ttl) return asNumber(record["inputTokens"]);
  }
  return undefined;
}
