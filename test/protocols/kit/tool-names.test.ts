// Names that a target cannot spell.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { hash16 } from "../../../src/protocols/kit/hash.ts";
import { isLegal, NAME_128, NAME_64, toolNames } from "../../../src/protocols/kit/tool-names.ts";

test("legal names stay as they are", () => {
  const names = toolNames(["get_weather", "a-b"], NAME_64);
  expect(names.wire("get_weather")).toBe("get_weather");
  expect(names.changed("a-b")).toBe(false);
  expect(names.restore().size).toBe(0);
});

test("E082 long names that share a beginning stay apart, and come back", () => {
  const [one, two] = [`mcp.${"x".repeat(80)}.one`, `mcp.${"x".repeat(80)}.two`];
  const names = toolNames([one, two], NAME_64);
  expect(names.wire(one)).toMatch(/^mcp_x+_[0-9a-f]{8}$/);
  expect(names.wire(one)).not.toBe(names.wire(two));
  expect(names.restore().get(names.wire(two))).toBe(two);
});

test("a legal name is never taken by another's short form", () => {
  const long = "a.b";
  const taken = toolNames([], NAME_64).wire(long);
  const names = toolNames([long, taken], NAME_64);
  expect(names.wire(taken)).toBe(taken);
  expect(names.wire(long)).not.toBe(taken);
  expect(names.restore().get(names.wire(long))).toBe(long);
});

test("an empty name becomes one that is not", () => {
  expect(toolNames([], NAME_64).wire("")).toMatch(/^_[0-9a-f]{8}$/);
});

test("whatever the names, they are legal, distinct, and come back", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: "binary", maxLength: 90 }), { maxLength: 30 }),
      (given) => {
        const names = toolNames(given, NAME_128);
        const wires = given.map(names.wire);
        expect(wires.every((wire) => isLegal(wire, NAME_128))).toBe(true);
        expect(new Set(wires).size).toBe(given.length);
        const restored = names.restore();
        expect(wires.map((wire) => restored.get(wire) ?? wire)).toEqual(given);
      },
    ),
  );
});

test("the hash depends on every character and is the same each time", () => {
  expect(hash16("abc")).toMatch(/^[0-9a-f]{16}$/);
  expect(hash16("abc")).toBe(hash16("abc"));
  const many = new Set(Array.from({ length: 5000 }, (_, index) => hash16(`tool_${index}`)));
  expect(many.size).toBe(5000);
});
