// Members and parts of documents.
import { expect, test } from "bun:test";
import { parseJson, printJson } from "../../../src/lib/json.ts";
import { part, pick } from "../../../src/protocols/kit/pick.ts";

const parsed = parseJson('{"a":1.0,"b":{"c":[1e2]},"d":null}');
if (!parsed.ok) throw new Error(parsed.error.message);
const document = parsed.value;

test("members keep their spelling, and those that are not there stay away", () => {
  expect(printJson(pick(document, ["b", "a", "d", "x"]))).toBe(
    '{"b":{"c":[1e2]},"a":1.0,"d":null}',
  );
});

test("a part is a document of its own if it is an object", () => {
  const inner = part(document, Object(document.root).b);
  expect(inner === undefined ? "" : inner.textOf(inner.root)).toBe('{"c":[1e2]}');
  expect(part(document, Object(document.root).a)).toBeUndefined();
  expect(part(document, undefined)).toBeUndefined();
});
