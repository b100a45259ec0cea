// Model lists as Gemini clients read them (translation.md A.4).
import type { Printable } from "../../lib/json.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1beta/models`: one page. */
export function list(entries: readonly ModelEntry[]): Printable {
  return { models: entries.map((entry) => one(entry)) };
}

/** The body of `GET /v1beta/models/{id}`. */
export function one(entry: ModelEntry): Printable {
  return {
    name: `models/${entry.id}`,
    baseModelId: entry.id,
    version: "001",
    displayName: entry.id,
    inputTokenLimit: entry.contextWindow,
    outputTokenLimit: entry.maxOutput,
    supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
  };
}
