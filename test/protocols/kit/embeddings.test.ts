// Vectors in both spellings, and lists in pieces.
import { expect, test } from "bun:test";
import { dropped, packVector, pieces, readVector } from "../../../src/protocols/kit/embeddings.ts";

test("a vector is packed as little-endian float32", () => {
  // 1.0 is 3f800000, -2.0 is c0000000.
  const bytes = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];
  const text = Buffer.from(bytes).toString("base64");
  expect(packVector([1, -2])).toBe(text);
  expect(readVector(text)).toEqual([1, -2]);
  expect(readVector([0.1, 2])).toEqual([0.1, 2]);
});

test.each([undefined, null, "AAAA", "not base64!", [1, "2"], {}])("%j is no vector", (value) => {
  expect(readVector(value)).toBeUndefined();
});

test("a list is cut in order, and nothing is one empty piece", () => {
  expect(pieces([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(pieces([1, 2], 2)).toEqual([[1, 2]]);
  expect(pieces([], 2)).toEqual([[]]);
});

test("what goes lost is told with its place", () => {
  const user = { id: "R69", path: "/user" } as const;
  expect(dropped([user], undefined, { value: "query", path: "/task" })).toEqual([
    { ...user, level: "X" },
    { id: "R00", path: "/task", level: "X" },
  ]);
});
