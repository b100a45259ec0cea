// Records without holes.
import { expect, test } from "bun:test";
import { compact, filled } from "../../src/lib/compact.ts";

test("what is undefined is left out; null, false, 0 and the empty text stay", () => {
  const record = compact({ a: undefined, b: null, c: false, d: 0, e: "", f: { g: undefined } });
  expect(Object.keys(record)).toEqual(["b", "c", "d", "e", "f"]);
});

test("a type without undefined is what comes out", () => {
  const given: { readonly a: number | undefined; readonly b: string } = { a: undefined, b: "x" };
  const record: { readonly a?: number; readonly b: string } = compact(given);
  expect("a" in record).toBe(false);
});

test("an empty list is nothing", () => {
  expect(filled([])).toBeUndefined();
  expect(filled([1])).toEqual([1]);
});
