// Model lists as Messages clients read them: cursor pages (translation.md A.3, A.7).
import type { Printable } from "../../lib/json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import { LARGEST_PAGE, sizeOf, wrong } from "../kit/paging.ts";
import type { ModelEntry } from "../protocol.ts";

/** The body of `GET /v1/models`: the page after or before a model (the SDK's `ModelListParams`). */
export function list(
  all: readonly ModelEntry[],
  query: URLSearchParams,
): Result<Printable, Failure> {
  const limit = sizeOf(query, "limit");
  if (!limit.ok) return limit;
  const size = limit.value ?? LARGEST_PAGE;
  const start = edge(all, query, "after_id");
  if (!start.ok) return start;
  const end = edge(all, query, "before_id");
  if (!end.ok) return end;
  const between = all.slice((start.value ?? -1) + 1, end.value);
  // Before a model the nearest ones count, and there are more ahead of them.
  const entries = end.value === undefined ? between.slice(0, size) : between.slice(-size);
  return ok({
    data: entries.map((entry) => one(entry)),
    has_more: entries.length < between.length,
    first_id: entries[0]?.id ?? null,
    last_id: entries.at(-1)?.id ?? null,
  });
}

/** Index of the model that a parameter names; `undefined` without the parameter. */
function edge(
  all: readonly ModelEntry[],
  query: URLSearchParams,
  name: string,
): Result<number | undefined, Failure> {
  const id = query.get(name) ?? "";
  if (id === "") return ok(undefined);
  const index = all.findIndex((entry) => entry.id === id);
  return index < 0 ? wrong(name, "is no model of this list") : ok(index);
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
