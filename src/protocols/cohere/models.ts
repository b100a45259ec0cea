// Model lists as Cohere clients read them (translation.md A.6).
import type { Printable } from "../../lib/json.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1/models`: one page. */
export function list(entries: readonly ModelEntry[]): Printable {
  return { models: entries.map((entry) => one(entry)) };
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
