import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { secret } from "../../src/lib/secret.ts";

const KEY = "sk-very-secret";

test("only reveal gives the value back", () => {
  expect(secret(KEY).reveal()).toBe(KEY);
});

test.each([
  { way: "joining text", print: (value: unknown) => ["key:", value].join(" ") },
  { way: "JSON", print: (value: unknown) => JSON.stringify({ value }) },
  { way: "Node's inspector", print: (value: unknown) => inspect(value, { depth: null }) },
  { way: "Bun's inspector", print: (value: unknown) => Bun.inspect({ value }) },
  { way: "spreading", print: (value: unknown) => JSON.stringify({ ...Object(value) }) },
  { way: "an error", print: (value: unknown) => new Error(`bad key ${String(value)}`).message },
])("$way does not show the value", ({ print }) => {
  expect(print(secret(KEY))).not.toContain(KEY);
});
