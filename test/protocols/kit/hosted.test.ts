import { expect, test } from "bun:test";
import { flatFormat, nestedFormat } from "../../../src/protocols/kit/grammar-format.ts";
import { searchOptions } from "../../../src/protocols/kit/hosted.ts";
import { fieldsOf } from "../../../src/protocols/kit/fields.ts";
import { takeNotes } from "../../../src/protocols/kit/notes.ts";
import { decodeOptions } from "../../../src/protocols/kit/options.ts";
import { printJson } from "../../../src/lib/json.ts";
import { isRecord } from "../../support/canon.ts";
import { jsonDocument, jsonText } from "../../support/json-text.ts";

const FLAT = '{"type":"grammar","syntax":"lark","definition":"start: 1.0"}';
const NESTED = '{"type":"grammar","grammar":{"syntax":"lark","definition":"start: 1.0"}}';

test("a grammar is written as each of the two protocols has it", () => {
  expect(printJson(flatFormat(jsonText(NESTED)))).toBe(FLAT);
  expect(printJson(flatFormat(jsonText(FLAT)))).toBe(FLAT);
  expect(printJson(nestedFormat(jsonText(FLAT)))).toBe(NESTED);
  expect(printJson(nestedFormat(jsonText(NESTED)))).toBe(NESTED);
  expect(printJson(nestedFormat(jsonText('{"type":"text"}')))).toBe('{"type":"text"}');
});

function search(options: unknown): ReturnType<typeof searchOptions> {
  return searchOptions({
    kind: "hosted",
    dialect: "elsewhere",
    service: "web-search",
    text: jsonText(JSON.stringify(options)),
    id: "R25",
    path: "/tools/0",
  });
}

test("a search is limited alike wherever its dialect says so", () => {
  expect(search({ allowed_domains: ["a.test"] }).allowed).toEqual(["a.test"]);
  expect(search({ filters: { allowed_domains: ["a.test"] } }).allowed).toEqual(["a.test"]);
  expect(search({ excludeDomains: ["b.test"] }).blocked).toEqual(["b.test"]);
  const place = { type: "approximate", city: "Bern" };
  expect(search({ user_location: place }).location).toEqual(place);
  const nested = { user_location: { type: "approximate", approximate: { city: "Bern" } } };
  expect(search(nested).location).toEqual(place);
});

test("options for one dialect are kept as they are spelt", () => {
  const document = jsonDocument('{"gateway_options":{"x":{"a":1.0},"y":5}}');
  const notes = takeNotes(document, "elsewhere", false);
  if (!isRecord(document.root)) throw new Error("not an object");
  expect(decodeOptions(fieldsOf(document.root, "", notes), notes)).toEqual({
    x: jsonText('{"a":1.0}'),
  });
});
