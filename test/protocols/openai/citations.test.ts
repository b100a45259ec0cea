// Ranges in code points.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeAnnotation, encodeAnnotations } from "../../../src/protocols/openai/citations.ts";
import { codePoints } from "../../../src/protocols/kit/code-points.ts";
import { documentOf } from "./harness.ts";

test("code points are counted as the iterator of strings counts them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(codePoints(text)).toBe(Array.from(text).length);
    }),
  );
  expect(codePoints("a😀é")).toBe(3);
});

function annotation(fields: Record<string, unknown>) {
  return { type: "url_citation", url_citation: { url: "https://a.test", title: "A", ...fields } };
}

function decoded(value: unknown) {
  const document = documentOf(value);
  return decodeAnnotation(document.root, document);
}

test("a range that is empty or turned round is no range", () => {
  expect(decoded(annotation({ start_index: 1, end_index: 4 }))?.range).toEqual({
    start: 1,
    end: 4,
  });
  expect(decoded(annotation({ start_index: 0, end_index: 0 }))?.range).toBeUndefined();
  expect(decoded(annotation({ start_index: 4, end_index: 1 }))?.range).toBeUndefined();
  expect(decoded({ type: "file_citation" })).toBeUndefined();
});

test("the vendor's own record returns as it was, unless text stands ahead of it", () => {
  const citation = decoded(annotation({ start_index: 0, end_index: 1, extra: 1 }));
  if (citation === undefined) throw new Error("no citation");
  const own = { length: 3, citations: [citation] };
  expect(encodeAnnotations([own])).toMatchObject([{ raw: citation.native.text }]);
  expect(encodeAnnotations([{ length: 2, citations: [] }, own])).toMatchObject([
    { url_citation: { start_index: 2, end_index: 3 } },
  ]);
});

test("a citation of a document has no place", () => {
  const native = { dialect: "x", text: "{}" as never };
  const citation = { source: { kind: "document", index: 0 }, native } as const;
  expect(encodeAnnotations([{ length: 2, citations: [citation] }])).toEqual([]);
});
