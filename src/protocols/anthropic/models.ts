// Model lists as Messages clients read them: cursor pages, of which ours is always the only one (translation.md A.3).
import type { Printable } from "../../lib/json.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1/models`. */
export function list(entries: readonly ModelEntry[]): Printable {
  return {
    data: entries.map((entry) => one(entry)),
    has_more: false,
    first_id: entries[0]?.id ?? null,
    last_id: entries.at(-1)?.id ?? null,
  };
}

/** The body of `GET /v1/models/{id}`. */
export function one(entry: ModelEntry): Printable {
  return {
    type: "model",
    id: entry.id,
    display_name: entry.id,
    created_at: new Date(entry.created * 1000).toISOString().replace(/\.\d{3}Z$/, "Z"),
    max_input_tokens: entry.contextWindow ?? null,
    max_tokens: entry.maxOutput ?? null,
    capabilities: null,
    lifecycle: "active",
    line: null,
    deprecated_at: null,
    retires_at: null,
  };
}
