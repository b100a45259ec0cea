// Bounds of number, size and age.
import { expect, test } from "bun:test";
import { bounded } from "../../src/cache/bounded.ts";

function make(bounds: { maxEntries?: number; maxBytes?: number; ttl?: number }) {
  const clock = { now: 0 };
  const all = { maxEntries: 100, maxBytes: 1000, ttl: 1000, ...bounds };
  return { values: bounded<string>(all, () => clock.now), clock };
}

test("what was not used for longest goes first", () => {
  const { values } = make({ maxEntries: 2 });
  values.put("a", "A", 1);
  values.put("b", "B", 1);
  expect(values.get("a")).toBe("A");
  values.put("c", "C", 1);
  expect([values.get("a"), values.get("b"), values.get("c")]).toEqual(["A", undefined, "C"]);
});

test("sizes count, also of what is replaced; a value larger than everything is not kept", () => {
  const { values } = make({ maxBytes: 10 });
  values.put("a", "A", 6);
  values.put("a", "AA", 8);
  expect(values.get("a")).toBe("AA");
  values.put("b", "B", 2);
  expect(values.get("a")).toBe("AA");
  values.put("c", "C", 11);
  expect([values.get("a"), values.get("b"), values.get("c")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a value lives for its time after it was written, however often it is read", () => {
  const { values, clock } = make({ ttl: 10 });
  values.put("a", "A", 1);
  clock.now = 9;
  expect(values.get("a")).toBe("A");
  clock.now = 10;
  expect(values.get("a")).toBeUndefined();
  values.put("a", "A", 1);
  clock.now = 19;
  expect(values.remove("a")).toBe(true);
  expect(values.remove("a")).toBe(false);
});
