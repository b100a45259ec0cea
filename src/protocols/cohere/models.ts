// Model lists as Cohere clients read them (translation.md A.6).
import type { Printable } from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import { pageByToken } from "../kit/paging.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1/models`: one page, by token. */
export function list(
  entries: readonly ModelEntry[],
  query: URLSearchParams,
): Result<Printable, Failure> {
  const page = pageByToken(entries, query, { size: "page_size", token: "page_token" });
  if (!page.ok) return page;
  const { entries: models, next } = page.value;
  return ok({ models: models.map((entry) => one(entry)), next_page_token: next });
}

/** The body of `GET /v1/models/{id}`. */
export function one(entry: ModelEntry): Printable {
  return {
    name: entry.id,
    is_deprecated: false,
    endpoints: ["chat"],
    finetuned: false,
    context_length: entry.contextWindow,
    features: [],
  };
}
