// Token counts of Responses, where the input includes what was cached (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";
import { freshInput, inputTotal } from "../kit/openai-usage.ts";
import type { Draft } from "../kit/residue.ts";

/** Members of the usage object that the buckets hold; others are residue. */
export const USAGE_MEMBERS = [
  "input_tokens",
  "input_tokens_details",
  "output_tokens",
  "output_tokens_details",
  "total_tokens",
] as const;

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const details = asRecord(usage["input_tokens_details"]);
  const cacheRead = asNumber(details?.["cached_tokens"]);
  const cacheWrite = asNumber(details?.["cache_write_tokens"]);
  return compact({
    inFresh: freshInput(asNumber(usage["input_tokens"]), cacheRead, cacheWrite),
    cacheRead,
    cacheWrite,
    output: asNumber(usage["output_tokens"]),
    reasoning: asNumber(asRecord(usage["output_tokens_details"])?.["reasoning_tokens"]),
    reported: document.textOf(usage),
  });
}

/** Writes a usage object; here even the details are required, so what is not known is 0. */
export function encodeUsage(usage: Usage): Draft {
  const input = inputTotal(usage);
  const output = usage.output ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: input + output,
  };
}
