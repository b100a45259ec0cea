// Model lists as Chat Completions clients read them: one page, no cursor (translation.md A.1).
import type { Printable } from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1/models`. */
export function list(entries: readonly ModelEntry[]): Result<Printable, never> {
  return ok({ object: "list", data: entries.map((entry) => one(entry)) });
}

/** The body of `GET /v1/models/{id}`. The window and limit are additions that clients of this dialect know from others. */
export function one(entry: ModelEntry): Printable {
  return {
    id: entry.id,
    object: "model",
    created: entry.created,
    owned_by: "recloser",
    context_window: entry.contextWindow,
    max_completion_tokens: entry.maxOutput,
  };
}
