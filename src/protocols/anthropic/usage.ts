// Token counts of Messages, where the input excludes what was read from and written to the cache (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Members of a usage object that the neutral model holds. */
export const USAGE_MEMBERS: readonly string[] = [
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation",
  "output_tokens",
  "output_tokens_details",
];

/** Reads a usage object. `null` means unknown, as absence does. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  return { ...countsOf(usage), ...iterated(usage), reported: document.textOf(usage) };
}

/** The counts of a usage object, or of one of its iterations. */
function countsOf(usage: JsonRecord): Usage {
  const written = asRecord(usage["cache_creation"]);
  return compact({
    inFresh: asNumber(usage["input_tokens"]),
    cacheRead: asNumber(usage["cache_read_input_tokens"]),
    cacheWrite: asNumber(usage["cache_creation_input_tokens"]),
    cacheWrite5m: asNumber(written?.["ephemeral_5m_input_tokens"]),
    cacheWrite1h: asNumber(written?.["ephemeral_1h_input_tokens"]),
    output: asNumber(usage["output_tokens"]),
    reasoning: asNumber(asRecord(usage["output_tokens_details"])?.["thinking_tokens"]),
  });
}

/**
 * The counts outside leave out what was spent on compaction, so with such entries the entries are summed instead. Another
 * model's advice is billed at its own rates and stays apart; once another model took over, the counts outside are right
 * (translation.md B.12, E241).
 */
function iterated(usage: JsonRecord): Usage {
  const entries = (asArray(usage["iterations"]) ?? []).flatMap((entry) => {
    const record = asRecord(entry);
    return record === undefined ? [] : [{ type: asString(record["type"]), record }];
  });
  const types = new Set(entries.map(({ type }) => type));
  if (!types.has("compaction") || types.has("fallback_message")) return {};
  const own = entries.filter(({ type }) => type === "message" || type === "compaction");
  return sum(own.map(({ record }) => countsOf(record)));
}

/** Adds up what is known. */
function sum(list: readonly Usage[]): Usage {
  const total = (count: (usage: Usage) => number | undefined): number | undefined => {
    const known = list.flatMap((usage) => count(usage) ?? []);
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b);
  };
  return compact({
    inFresh: total((usage) => usage.inFresh),
    cacheRead: total((usage) => usage.cacheRead),
    cacheWrite: total((usage) => usage.cacheWrite),
    cacheWrite5m: total((usage) => usage.cacheWrite5m),
    cacheWrite1h: total((usage) => usage.cacheWrite1h),
    output: total((usage) => usage.output),
  });
}

/** Writes a usage object: the four counts that SDKs overwrite field by field are always there. */
export function encodeUsage(usage: Usage = {}): { readonly [key: string]: Printable } {
  const {
    inFresh = 0,
    toolUseIn = 0,
    cacheWrite = 0,
    cacheRead = 0,
    output = 0,
    reasoning,
  } = usage;
  return {
    input_tokens: inFresh + toolUseIn,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: writtenByTtl(usage),
    output_tokens: output,
    output_tokens_details: reasoning === undefined ? undefined : { thinking_tokens: reasoning },
  };
}

function writtenByTtl({ cacheWrite5m, cacheWrite1h }: Usage): Printable {
  if (cacheWrite5m === undefined && cacheWrite1h === undefined) return undefined;
  return {
    ephemeral_5m_input_tokens: cacheWrite5m ?? 0,
    ephemeral_1h_input_tokens: cacheWrite1h ?? 0,
  };
}
