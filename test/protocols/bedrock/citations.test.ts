// Citations (translation.md B.9; Bedrock API reference: Citation, CitationLocation).
import { expect, test } from "bun:test";
import { printJson, type Json } from "../../../src/lib/json.ts";
import {
  citationFeature,
  decodeCitation,
  encodeCitation,
} from "../../../src/protocols/bedrock/citations.ts";
import { jsonDocument } from "../../support/json-text.ts";

function decode(value: Json): ReturnType<typeof decodeCitation> {
  const document = jsonDocument(JSON.stringify(value));
  return decodeCitation(document.root, document);
}

test("a place in a document keeps title, index and quote, and returns as it was spelt", () => {
  const given = {
    title: "report",
    location: { documentChar: { documentIndex: 1, start: 3, end: 9 } },
    sourceContent: [{ text: "so " }, { text: "it is" }],
  };
  const citation = decode(given);
  expect(citation).toMatchObject({
    source: { kind: "document", index: 1, title: "report" },
    quote: "so it is",
  });
  if (citation === undefined) throw new Error("no citation");
  expect(citationFeature(citation)).toBe("S07b");
  expect(JSON.parse(printJson(encodeCitation(citation)))).toEqual(given);
});

test("a page on the web is told by its address", () => {
  const citation = decode({
    title: "Page",
    location: { web: { url: "https://example.com", domain: "example.com" } },
  });
  expect(citation).toMatchObject({
    source: { kind: "url", url: "https://example.com", title: "Page" },
  });
  if (citation === undefined) throw new Error("no citation");
  expect(citationFeature(citation)).toBe("S07a");
});

test("citations of another dialect take this one's form", () => {
  const native = { dialect: "elsewhere", text: jsonDocument("{}").textOf({}) };
  const encoded = encodeCitation({
    native,
    quote: "q",
    source: { kind: "url", url: "https://example.com", title: "Page" },
  });
  expect(JSON.parse(printJson(encoded))).toEqual({
    title: "Page",
    sourceContent: [{ text: "q" }],
    location: { web: { url: "https://example.com" } },
  });
  const found = encodeCitation({ native, source: { kind: "search", source: "s", title: "t" } });
  expect(JSON.parse(printJson(found))).toMatchObject({
    source: "s",
    location: { searchResultLocation: { searchResultIndex: 0 } },
  });
  const cited = encodeCitation({ native, source: { kind: "document" } });
  expect(JSON.parse(printJson(cited))).toMatchObject({
    location: { documentChar: { documentIndex: 0 } },
  });
});

test("what is no object is no citation", () => {
  expect(decode("words")).toBeUndefined();
});
