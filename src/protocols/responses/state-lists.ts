// Lists of kept items, a page at a time.
import type { Printable } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import { listed, type KeptItem } from "./state-items.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** One page, by `after`, `limit` and `order` of the query; items are in the order in which they were said. */
export function page(
  items: readonly KeptItem[],
  query: URLSearchParams,
): Result<Printable, Failure> {
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") return err(invalid("order", "'asc' or 'desc'"));
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    return err(invalid("limit", `an integer from 1 to ${MAX_LIMIT}`));
  }
  const ordered = order === "asc" ? items : items.toReversed();
  const after = query.get("after");
  const index = after === null ? -1 : ordered.findIndex(({ id }) => id === after);
  if (after !== null && index < 0) return err(invalid("after", "the id of an item of the list"));
  const shown = ordered.slice(index + 1, index + 1 + limit);
  return ok({
    ...listOf(shown),
    has_more: index + 1 + limit < ordered.length,
  });
}

/** A list that is complete. */
export function listOf(items: readonly KeptItem[]): Readonly<Record<string, Printable>> {
  return {
    object: "list",
    data: items.map(listed),
    first_id: items[0]?.id ?? null,
    last_id: items.at(-1)?.id ?? null,
    has_more: false,
  };
}

function invalid(param: string, expected: string): Failure {
  const message = `Invalid value for '${param}': expected ${expected}.`;
  return { class: "invalid", message, param };
}
