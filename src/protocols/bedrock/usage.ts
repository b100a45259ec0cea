// Token counts of Converse, where the input excludes the cache (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  return compact({
    inFresh: asNumber(usage["inputTokens"]),
    cacheRead: asNumber(usage["cacheReadInputTokens"] ?? usage["cacheReadInputTokenCount"]),
    cacheWrite: asNumber(usage["cacheWriteInputTokens"] ?? usage["cacheWriteInputTokenCount"]),
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

/** Members of a usage object that the neutral model holds. */
export const USAGE_MEMBERS: readonly string[] = [
  "inputTokens",
  "outputTokens",
  "totalTokens",
  "cacheReadInputTokens",
  "cacheWriteInputTokens",
  "cacheDetails",
  // Former names, which some regions still send.
  "cacheReadInputTokenCount",
  "cacheWriteInputTokenCount",
];

/** Writes a usage object: the three counts that the service always gives, the others where they are known. */
export function encodeUsage(usage: Usage = {}): { readonly [key: string]: Printable } {
  const { inFresh = 0, toolUseIn = 0, cacheRead, cacheWrite, output = 0 } = usage;
  const input = inFresh + toolUseIn;
  const details = writtenByTtl(usage);
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + (cacheRead ?? 0) + (cacheWrite ?? 0) + output,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite,
    cacheDetails: details.length === 0 ? undefined : details,
  };
}

function writtenByTtl({ cacheWrite5m, cacheWrite1h }: Usage): readonly Printable[] {
  const rows = [
    { ttl: "1h", inputTokens: cacheWrite1h },
    { ttl: "5m", inputTokens: cacheWrite5m },
  ];
  return rows.filter(({ inputTokens }) => inputTokens !== undefined);
}
