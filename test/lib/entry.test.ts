// Rows of tables.
import { expect, test } from "bun:test";
import { entry } from "../../src/lib/entry.ts";

test("a table has its own rows and no others", () => {
  expect(entry({ a: 1 }, "a")).toBe(1);
  for (const word of ["b", "constructor", "__proto__", "toString"])
    expect(entry({ a: 1 }, word)).toBeUndefined();
});
