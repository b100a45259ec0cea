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

test("the list is one page with its first and last id, also when it is empty", () => {
  const ids = ["a", "b", "c"].map((id) => ({ id, created: 0 }));
  const page = plain(list(ids));
  expect(page).toMatchObject({ has_more: false, first_id: "a", last_id: "c" });
  expect(plain(list([]))).toEqual({
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});
