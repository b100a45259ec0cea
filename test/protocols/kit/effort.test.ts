// The table of translation.md B.6.
import { expect, test } from "bun:test";
import {
  asEffort,
  budgetOf,
  effortOf,
  EFFORTS,
  fitEffort,
} from "../../../src/protocols/kit/effort.ts";

test.each([...EFFORTS])("E160 %s becomes a budget and comes back", (effort) => {
  expect(effortOf(budgetOf(effort))).toBe(effort);
});

test.each([
  [-1, "none"],
  [0, "none"],
  [1, "minimal"],
  [2047, "minimal"],
  [2048, "low"],
  [6143, "low"],
  [6144, "medium"],
  [12_287, "medium"],
  [12_288, "high"],
  [24_575, "high"],
  [24_576, "xhigh"],
  [49_151, "xhigh"],
  [49_152, "max"],
  [1_000_000, "max"],
] as const)("a budget of %d is %s", (budget, effort) => {
  expect(effortOf(budget)).toBe(effort);
});

test("other words are none of the seven", () => {
  expect(asEffort("default")).toBeUndefined();
  expect(asEffort(undefined)).toBeUndefined();
  expect(asEffort("xhigh")).toBe("xhigh");
});

test.each([
  ["high", ["low", "high"], "high"],
  ["xhigh", ["low", "medium", "high"], "high"],
  ["minimal", ["low", "medium", "high"], "low"],
  // Who asks for a little does not ask for nothing.
  ["minimal", ["none", "low", "medium"], "low"],
  ["none", ["none", "low"], "none"],
  ["none", ["low", "medium"], "low"],
  ["medium", ["high"], "high"],
  ["low", ["none"], undefined],
] as const)("%s for a model that knows %j is %s", (asked, known, word) => {
  expect(fitEffort(asked, known)).toBe(word);
});
