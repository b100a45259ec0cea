// Token counts of Gemini: the prompt includes what was cached, the candidates exclude the thoughts (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  type Json,
  type JsonDocument,
  type JsonRecord,
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

/** The part of a total that is sound; absent where the vendor does not split it. */
function audioTokens(details: Json | undefined): number | undefined {
  for (const detail of asArray(details) ?? []) {
    const record = asRecord(detail);
    if (record?.["modality"] === "AUDIO") return asNumber(record["tokenCount"]);
  }
  return undefined;
}
