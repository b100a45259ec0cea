// Model lists.
import { expect, test } from "bun:test";
import { printJson, type Printable } from "../../../src/lib/json.ts";
import { list, one } from "../../../src/protocols/anthropic/models.ts";

function plain(value: Printable): unknown {
  return JSON.parse(printJson(value));
}

test("a model has every member that the SDK's type has", () => {
  const entry = { id: "alias", contextWindow: 200_000, maxOutput: 64_000, created: 1_700_000_000 };
  expect(plain(one(entry))).toEqual({
    type: "model",
    id: "alias",
    display_name: "alias",
    created_at: "2023-11-14T22:13:20Z",
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
    lifecycle: "active",
    line: null,
    deprecated_at: null,
    retires_at: null,
  });
});

test("what is not known of a model is null, as the SDK's type allows", () => {
  expect(plain(one({ id: "alias", created: 0 }))).toMatchObject({
    created_at: "1970-01-01T00:00:00Z",
    max_input_tokens: null,
    max_tokens: null,
  });
});

/** The page of a list of five that a query asks for. */
function page(query: string, all = ["a", "b", "c", "d", "e"]): unknown {
  const entries = all.map((id) => ({ id, created: 0 }));
  const listed = list(entries, new URLSearchParams(query));
  if (!listed.ok) return listed.error;
  const { data, ...rest } = Object(plain(listed.value));
  return { ids: data.map((model: object) => Reflect.get(model, "id")).join(""), ...rest };
}

test.each([
  ["", "abcde", false],
  ["limit=2", "ab", true],
  ["limit=5", "abcde", false],
  ["limit=2&after_id=b", "cd", true],
  ["limit=2&after_id=c", "de", false],
  ["after_id=e", "", false],
  ["limit=2&before_id=d", "bc", true],
  ["before_id=c", "ab", false],
  ["limit=9&before_id=a", "", false],
])("the page of '%s' is '%s'", (query, ids, more) => {
  const first_id = ids[0] ?? null;
  const last_id = ids.at(-1) ?? null;
  expect(page(query)).toEqual({ ids, has_more: more, first_id, last_id });
});

test("an empty list has no ends", () => {
  expect(page("", [])).toEqual({ ids: "", has_more: false, first_id: null, last_id: null });
});

test.each(["limit=x", "limit=-1", "after_id=z", "before_id=z"])("'%s' is refused", (query) => {
  expect(page(query)).toMatchObject({ class: "invalid", param: query.split("=")[0] });
});
