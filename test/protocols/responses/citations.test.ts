import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import { decodeAnnotation, encodeAnnotation } from "../../../src/protocols/responses/citations.ts";
import { DIALECT } from "../../../src/protocols/responses/dialect.ts";
import { places } from "../../../src/protocols/responses/places.ts";
import { jsonDocument, jsonText } from "../../support/json-text.ts";

test("a citation of a page has its range and returns as it was", () => {
  const text =
    '{"type":"url_citation","start_index":2,"end_index":5,"url":"https://a.test","title":"A"}';
  const document = jsonDocument(text);
  const citation = decodeAnnotation(document.root, document);
  expect(citation).toEqual({
    range: { start: 2, end: 5 },
    source: { kind: "url", url: "https://a.test", title: "A" },
    native: { dialect: DIALECT, text: jsonText(text) },
  });
  if (citation === undefined) throw new Error("no citation");
  expect(printJson(encodeAnnotation(citation, 9))).toBe(text);
});

test("a citation of another dialect without a range is about the whole text; documents have no place", () => {
  const native = { dialect: "elsewhere", text: jsonText("{}") };
  expect(encodeAnnotation({ source: { kind: "url", url: "https://a.test" }, native }, 7)).toEqual({
    type: "url_citation",
    start_index: 0,
    end_index: 7,
    title: "",
    url: "https://a.test",
  });
  expect(encodeAnnotation({ source: { kind: "document", index: 0 }, native }, 7)).toBeUndefined();
});

test("the column of the loss table says what the contract says of some features", () => {
  expect([places.R53, places.R24, places.R49, places.B03]).toEqual(["D", "N", "X", "N"]);
});
