// Token counts of Chat Completions in the gateway's disjoint buckets and back (translation.md B.12). Here the input total
// includes what came from a cache, and the output total includes reasoning.
import { compact } from "../../lib/compact.ts";
import {
  asNumber,
  asRecord,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";
import { freshInput, inputTotal } from "../kit/openai-usage.ts";

/** Finds the usage object of a reply or a chunk, also where Groq puts it; `undefined` if it holds no token counts. */
export function usageRecord(root: Json): JsonRecord | undefined {
  const body = asRecord(root);
  const usage = asRecord(body?.["usage"]) ?? asRecord(asRecord(body?.["x_groq"])?.["usage"]);
  const counts = [usage?.["prompt_tokens"], usage?.["completion_tokens"], usage?.["total_tokens"]];
  return counts.some((count) => typeof count === "number") ? usage : undefined;
}

/** Members of the usage object that the buckets hold; others are residue. */
export const USAGE_MEMBERS: ReadonlySet<string> = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
  "prompt_token_details",
  "completion_token_details",
  "cached_tokens",
  "num_cached_tokens",
  "prompt_cache_hit_tokens",
  "prompt_cache_miss_tokens",
  "reasoning_tokens",
]);

/** Reads a usage object; what it does not say stays absent. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const prompt = asNumber(usage["prompt_tokens"]);
  const input = details(usage, "prompt");
  const output = details(usage, "completion");
  const cacheRead = first(
    input["cached_tokens"],
    usage["cached_tokens"],
    usage["num_cached_tokens"],
    usage["prompt_cache_hit_tokens"],
  );
  const cacheWrite = asNumber(input["cache_write_tokens"]);
  const reasoning = first(output["reasoning_tokens"], usage["reasoning_tokens"]);
  return compact({
    inFresh: freshInput(prompt, cacheRead, cacheWrite),
    cacheRead,
    cacheWrite,
    output: outputTotal(usage, reasoning),
    reasoning,
    audioIn: asNumber(input["audio_tokens"]),
    audioOut: asNumber(output["audio_tokens"]),
    acceptedPrediction: asNumber(output["accepted_prediction_tokens"]),
    rejectedPrediction: asNumber(output["rejected_prediction_tokens"]),
    reported: document.textOf(usage),
  });
}

/** Some vendors drop the plural from the member's name. */
function details(usage: JsonRecord, side: "prompt" | "completion"): JsonRecord {
  return (
    asRecord(usage[`${side}_tokens_details`]) ?? asRecord(usage[`${side}_token_details`]) ?? {}
  );
}

function first(...values: readonly (Json | undefined)[]): number | undefined {
  for (const value of values) if (typeof value === "number") return value;
  return undefined;
}

/** xAI counts reasoning beside the completion, not within it: its total then shows the difference. */
function outputTotal(usage: JsonRecord, reasoning: number | undefined): number | undefined {
  const completion = asNumber(usage["completion_tokens"]);
  const prompt = asNumber(usage["prompt_tokens"]);
  const total = asNumber(usage["total_tokens"]);
  if (completion === undefined || prompt === undefined || total === undefined) return completion;
  if (reasoning === undefined || reasoning === 0) return completion;
  return total === prompt + completion + reasoning ? completion + reasoning : completion;
}

/** Writes a usage object; the three totals are always there, details only where they are known. */
export function encodeUsage(usage: Usage): Readonly<Record<string, Printable>> {
  const prompt = inputTotal(usage);
  const completion = usage.output ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: unlessEmpty({
      cached_tokens: usage.cacheRead,
      audio_tokens: usage.audioIn,
      cache_write_tokens: usage.cacheWrite,
    }),
    completion_tokens_details: unlessEmpty({
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOut,
      accepted_prediction_tokens: usage.acceptedPrediction,
      rejected_prediction_tokens: usage.rejectedPrediction,
    }),
  };
}

function unlessEmpty(record: Readonly<Record<string, number | undefined>>): Printable {
  return Object.values(record).some((value) => value !== undefined) ? record : undefined;
}
