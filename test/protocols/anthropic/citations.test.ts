// Citations: a text block and the source that it points into (translation.md B.9).
import { expect, test } from "bun:test";
import fc from "fast-check";
import { printJson, type JsonText } from "../../../src/lib/json.ts";
import type { Citation } from "../../../src/ir/block.ts";
import {
  decodeCitation,
  encodeCitation,
  splitAtCitations,
} from "../../../src/protocols/anthropic/citations.ts";
import { documentOf } from "./harness.ts";

function read(value: unknown): Citation | undefined {
  const document = documentOf([value]);
  const [entry] = document.root as readonly never[];
  return entry === undefined ? undefined : decodeCitation(entry, document);
}

const PAGE = {
  type: "page_location",
  cited_text: "words",
  document_index: 2,
  document_title: "Report",
  start_page_number: 1,
  end_page_number: 2,
};

test.each([
  { given: PAGE, source: { kind: "document", index: 2, title: "Report" }, quote: "words" },
  {
    given: {
      type: "web_search_result_location",
      url: "https://a.example",
      title: "A",
      encrypted_index: "x",
      cited_text: "q",
    },
    source: { kind: "url", url: "https://a.example", title: "A" },
    quote: "q",
  },
  {
    given: {
      type: "search_result_location",
      source: "doc://1",
      title: null,
      cited_text: "",
      search_result_index: 0,
      start_block_index: 0,
      end_block_index: 1,
    },
    source: { kind: "search", source: "doc://1" },
    quote: undefined,
  },
])("$given.type is read, and returns as it was", ({ given, source, quote }) => {
  const citation = read(given);
  if (citation === undefined) throw new Error("not read");
  expect(citation.source).toEqual(source as Citation["source"]);
  expect(citation.quote).toBe(quote);
  expect(JSON.parse(printJson(encodeCitation(citation)))).toEqual(given);
});

const native = { dialect: "elsewhere", text: "{}" as JsonText } as const;

test("an address of another dialect becomes a search location with every member", () => {
  const source = { kind: "url", url: "https://a.example" } as const;
  expect(encodeCitation({ source, quote: "q", native })).toEqual({
    type: "web_search_result_location",
    url: "https://a.example",
    title: null,
    encrypted_index: "",
    cited_text: "q",
  });
});

test("an address is named with its title where it has one", () => {
  const source = { kind: "url", url: "https://a.example", title: "A" } as const;
  expect(encodeCitation({ source, native })).toMatchObject({ title: "A", cited_text: "" });
});

test("a search of another dialect becomes a location with every member", () => {
  const source = { kind: "search", source: "doc://1", title: "Notes" } as const;
  expect(encodeCitation({ source, quote: "q", native })).toEqual({
    type: "search_result_location",
    source: "doc://1",
    title: "Notes",
    cited_text: "q",
    search_result_index: 0,
    start_block_index: 0,
    end_block_index: 0,
  });
});

test("a document of another dialect becomes characters, as many as the quote has", () => {
  const source = { kind: "document", index: 3 } as const;
  expect(encodeCitation({ source, quote: "a😀", native })).toEqual({
    type: "char_location",
    cited_text: "a😀",
    document_index: 3,
    document_title: null,
    start_char_index: 0,
    end_char_index: 2,
  });
});

test("what is no object is no citation", () => {
  expect(read("words")).toBeUndefined();
  expect(read(["words"])).toBeUndefined();
});

test("a document without an index has no place", () => {
  expect(encodeCitation({ source: { kind: "document" }, native })).toBeUndefined();
});

function cite(start: number, end: number): Citation {
  return { range: { start, end }, source: { kind: "url", url: `u${start}-${end}` }, native };
}

test("a text is split where its citations begin and end, in code points", () => {
  const pieces = splitAtCitations({
    kind: "text",
    text: "a😀b c",
    citations: [cite(1, 3), cite(2, 4)],
  });
  const urls = pieces.map(({ text, citations }) => ({
    text,
    cited: citations.map(({ source }) => (source.kind === "url" ? source.url : "")),
  }));
  expect(urls).toEqual([
    { text: "a", cited: [] },
    { text: "😀", cited: ["u1-3"] },
    { text: "b", cited: ["u1-3", "u2-4"] },
    { text: " ", cited: ["u2-4"] },
    { text: "c", cited: [] },
  ]);
});

test("a range that misses the text stays with the last of it", () => {
  const lost = cite(40, 50);
  expect(splitAtCitations({ kind: "text", text: "ab", citations: [lost] })).toEqual([
    { text: "ab", citations: [lost] },
  ]);
  const inside = cite(0, 1);
  expect(splitAtCitations({ kind: "text", text: "ab", citations: [inside, lost] })).toEqual([
    { text: "a", citations: [inside] },
    { text: "b", citations: [lost] },
  ]);
  expect(splitAtCitations({ kind: "text", text: "", citations: [lost] })).toEqual([
    { text: "", citations: [lost] },
  ]);
});

test("the pieces are the text and hold every citation, whatever the ranges", () => {
  const offset = fc.integer({ min: -3, max: 30 });
  const ranges = fc.array(fc.tuple(offset, offset), { maxLength: 5 });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), ranges, (text, list) => {
      const citations = list.map(([start, end]) => cite(start, end));
      const pieces = splitAtCitations({ kind: "text", text, citations });
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      expect(new Set(pieces.flatMap((piece) => piece.citations))).toEqual(new Set(citations));
    }),
  );
});
