// Token counts of Gemini: the prompt includes what was cached, the candidates exclude the thoughts (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Reads a `usageMetadata` object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const prompt = asNumber(usage["promptTokenCount"]);
  const cacheRead = asNumber(usage["cachedContentTokenCount"]);
  const candidates = asNumber(usage["candidatesTokenCount"]);
  const reasoning = asNumber(usage["thoughtsTokenCount"]);
  const wrote = candidates === undefined && reasoning === undefined;
  return compact({
    inFresh: prompt === undefined ? undefined : Math.max(prompt - (cacheRead ?? 0), 0),
    cacheRead,
    toolUseIn: asNumber(usage["toolUsePromptTokenCount"]),
    output: wrote ? undefined : (candidates ?? 0) + (reasoning ?? 0),
    reasoning,
    audioIn: audioTokens(usage["promptTokensDetails"]),
    audioOut: audioTokens(usage["candidatesTokensDetails"]),
    reported: document.textOf(usage),
  });
}

/** Members of a usage object that the neutral model holds. */
export const USAGE_MEMBERS: readonly string[] = [
  "promptTokenCount",
  "cachedContentTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "totalTokenCount",
  "serviceTier",
];

/** Writes a usage object: the three counts that the server always gives, the others where they are known. */
export function encodeUsage(
  usage: Usage | undefined,
  tier: string | undefined,
): { readonly [key: string]: Printable } | undefined {
  if (usage === undefined) return tier === undefined ? undefined : { serviceTier: tier };
  const { inFresh = 0, cacheRead, cacheWrite = 0, toolUseIn, output = 0, reasoning } = usage;
  const prompt = inFresh + (cacheRead ?? 0) + cacheWrite;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: Math.max(output - (reasoning ?? 0), 0),
    totalTokenCount: prompt + output + (toolUseIn ?? 0),
    cachedContentTokenCount: cacheRead,
    thoughtsTokenCount: reasoning,
    toolUsePromptTokenCount: toolUseIn,
    promptTokensDetails: soundOnly(usage.audioIn),
    candidatesTokensDetails: soundOnly(usage.audioOut),
    serviceTier: tier,
  };
}

/** The part of a total that is sound, in the form of the totals by modality. */
function soundOnly(tokens: number | undefined): Printable {
  return tokens === undefined || tokens === 0
    ? undefined
    : [{ modality: "AUDIO", tokenCount: tokens }];
}

/** The part of a total that is sound; absent where the vendor does not split it. */
function audioTokens(details: Json | undefined): number | undefined {
  for (const detail of asArray(details) ?? []) {
    const record = asRecord(detail);
    if (record?.["modality"] === "AUDIO") return asNumber(record["tokenCount"]);
  }
  return undefined;
}
