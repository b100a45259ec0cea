import { describe, expect, test } from "bun:test";
import * as shape from "../../../src/protocols/kit/shape.ts";
import type { Json } from "../../../src/lib/json.ts";

const point = shape.record({ x: shape.count }, { label: shape.nullable(shape.filled) });
const either = shape.tagged("type", { a: shape.record({ a: shape.text }), b: shape.object });
const one = shape.union({ text: shape.text, image: shape.object }, { flag: shape.boolean });

const CASES: readonly {
  readonly is: string;
  readonly shape: shape.Shape;
  readonly good: readonly Json[];
  readonly bad: readonly Json[];
}[] = [
  { is: "text", shape: shape.text, good: ["", "a"], bad: [null, 1, []] },
  { is: "filled", shape: shape.filled, good: ["a"], bad: ["", null] },
  { is: "count", shape: shape.count, good: [0, 7], bad: [-1, 0.5, "1", null] },
  { is: "number", shape: shape.number, good: [-1.5], bad: ["1"] },
  { is: "boolean", shape: shape.boolean, good: [false], bad: [0] },
  { is: "object", shape: shape.object, good: [{}], bad: [[], null] },
  { is: "anything", shape: shape.anything, good: [null, 0], bad: [] },
  { is: "word", shape: shape.word("a", "b"), good: ["a"], bad: ["c", 1] },
  { is: "list", shape: shape.list(shape.count), good: [[], [1]], bad: [[1, "2"], {}] },
  {
    is: "record",
    shape: point,
    good: [{ x: 1 }, { x: 1, label: null, more: [] }],
    bad: [{}, { x: "1" }, { x: 1, label: "" }, []],
  },
  {
    is: "tagged",
    shape: either,
    good: [{ type: "a", a: "" }, { type: "b" }],
    bad: [{ type: "a" }, { type: "toString" }, {}],
  },
  {
    is: "union",
    shape: one,
    good: [{ text: "" }, { image: {}, flag: true }],
    bad: [{}, { text: "", image: {} }, { text: 1 }, { text: "", flag: 1 }],
  },
];

describe.each(CASES)("$is", ({ shape: judge, good, bad }) => {
  test.each(good.map((value) => ({ value })))("takes $value", ({ value }) => {
    expect(judge(value, "")).toBeUndefined();
  });
  test.each(bad.map((value) => ({ value })))("refuses $value", ({ value }) => {
    expect(judge(value, "/at")).toStartWith("/at");
  });
});

test("a fault names the place, and of the value only its kind", () => {
  const judge = shape.record({ list: shape.list(shape.record({ n: shape.count })) });
  expect(judge({ list: [{ n: 1 }, { n: "secret" }] }, "")).toBe(
    "/list/1/n: expected a count, found a string",
  );
  expect(shape.text(undefined, "")).toBe("/: expected a string, found nothing");
});

test("a rule is asked only about values of the right shape", () => {
  const judge = shape.also(point, ({ x }) => (x === 3 ? "three" : undefined));
  expect([{ x: 2 }, { x: 3 }, {}].map((value) => judge(value, ""))).toEqual([
    undefined,
    "/: three",
    "/x: expected a count, found nothing",
  ]);
});

test("only the objects of a list are given out", () => {
  expect(shape.recordsIn({ a: [{ b: 1 }, 2, null] }, "a")).toEqual([{ b: 1 }]);
  expect(shape.recordsIn({}, "a")).toEqual([]);
});
