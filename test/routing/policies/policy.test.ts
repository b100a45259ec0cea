import { expect, test } from "bun:test";
import { least } from "../../../src/routing/policies/policy.ts";
import { candidate } from "../../support/candidates.ts";

test("the candidate with the least score, among equals the first, of none nobody", () => {
  const given = [3, 1, 2, 1].map((inFlight, index) => candidate(index, { inFlight }));
  expect(least(given, ({ inFlight }) => inFlight)).toBe(1);
  expect(least(given, () => Infinity)).toBe(0);
  expect(least([], () => 1)).toBeUndefined();
});
