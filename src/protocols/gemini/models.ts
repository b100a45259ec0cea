// Model lists as Gemini clients read them (translation.md A.4).
import type { Printable } from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import { pageByToken } from "../kit/paging.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1beta/models`: one page, by token. */
export function list(
  entries: readonly ModelEntry[],
  query: URLSearchParams,
): Result<Printable, Failure> {
  const page = pageByToken(entries, query, { size: "pageSize", token: "pageToken" });
  if (!page.ok) return page;
  const { entries: models, next } = page.value;
  return ok({ models: models.map((entry) => one(entry)), nextPageToken: next });
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
