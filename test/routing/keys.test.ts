import { expect, test } from "bun:test";
import { keyRing, pickKey, useKey, type KeyStrategy } from "../../src/routing/keys.ts";

/** The keys of so many calls in a row. */
function order(strategy: KeyStrategy, ready: readonly number[], calls: number) {
  let ring = keyRing(3);
  return Array.from({ length: calls }, () => {
    const key = pickKey(ring, ready, strategy);
    ring = useKey(ring, key ?? 0);
    return key;
  });
}

test("round robin: keys take turns, and those that rest are passed over", () => {
  expect(order("round_robin", [0, 1, 2], 4)).toEqual([0, 1, 2, 0]);
  expect(order("round_robin", [0, 2], 4)).toEqual([0, 2, 0, 2]);
});

test("fill first: the first key that is well takes everything", () => {
  expect(order("fill_first", [0, 1, 2], 3)).toEqual([0, 0, 0]);
  expect(order("fill_first", [1, 2], 2)).toEqual([1, 1]);
});

test("least used: a key that rested catches up", () => {
  let ring = useKey(useKey(useKey(keyRing(3), 0), 1), 0);
  expect(pickKey(ring, [0, 1, 2], "least_used")).toBe(2);
  ring = useKey(useKey(ring, 2), 2);
  expect(pickKey(ring, [0, 1, 2], "least_used")).toBe(1);
});

test("with no key that is well there is no pick", () => {
  for (const strategy of ["round_robin", "fill_first", "least_used"] as const) {
    expect(pickKey(keyRing(2), [], strategy)).toBeUndefined();
  }
});
