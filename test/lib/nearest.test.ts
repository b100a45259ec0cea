import { expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/lib/nearest.ts";

// The first rows are the worked examples of Wagner and Fischer (1974) and of the literature after it; the last shows
// that no part is edited twice, which tells this distance from the unrestricted one (2).
test.each([
  { left: "kitten", right: "sitting", distance: 3 },
  { left: "saturday", right: "sunday", distance: 3 },
  { left: "", right: "abc", distance: 3 },
  { left: "ab", right: "ba", distance: 1 },
  { left: "ca", right: "abc", distance: 3 },
])("from $left to $right takes $distance edits", ({ left, right, distance }) => {
  expect(editDistance(left, right)).toBe(distance);
});

test("the distance is symmetric, zero only for equal words, and at most the longer length", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right);
      expect(editDistance(right, left)).toBe(distance);
      expect(distance === 0).toBe(left === right);
      expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
    }),
  );
});

const KEYS = ["listen", "auth", "providers", "models", "pools", "aliases", "admin"];

test.each([
  { word: "provider", expected: "providers" },
  { word: "Pools", expected: "pools" },
  { word: "lisetn", expected: "listen" },
  { word: "model", expected: "models" },
  { word: "alias", expected: "aliases" },
  { word: "zebra", expected: undefined },
  { word: "", expected: undefined },
])("for $word the nearest key is $expected", ({ word, expected }) => {
  expect(nearest(word, KEYS)).toBe(expected);
});

test("a very long word costs no more than its first characters", () => {
  expect(nearest(`listen${"x".repeat(1_000_000)}`, KEYS)).toBeUndefined();
});
