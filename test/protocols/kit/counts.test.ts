import { expect, test } from "bun:test";
import { zeroMembers } from "../../../src/protocols/kit/counts.ts";

test("zeros and objects of zeros say nothing", () => {
  const usage = { a: 0, b: 1, c: { d: 0, e: { f: 0 } }, g: { h: 0, i: 2 }, j: "0", k: null, l: {} };
  expect(zeroMembers(usage)).toEqual(["a", "c", "l"]);
});
