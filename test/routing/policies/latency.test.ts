import { expect, test } from "bun:test";
import { latency } from "../../../src/routing/policies/latency.ts";
import { candidate, counts, priced } from "../../support/candidates.ts";

test("latency: of two drawn the faster, so that the slowest of three is never taken and the fastest not always", () => {
  const given = [10, 20, 30].map((expectedMs, index) => candidate(index, { expectedMs }));
  const [fastest = 0, middle = 0, slowest] = counts(latency(priced([1, 1, 1])), given);
  expect(slowest).toBe(0);
  // The fastest is one of the two in two of three draws.
  expect(Math.abs(fastest - 2000)).toBeLessThan(150);
  expect(Math.abs(middle - 1000)).toBeLessThan(150);
});
