import { expect, test } from "bun:test";
import { seeded } from "../../../src/lib/random.ts";
import { cost } from "../../../src/routing/policies/cost.ts";
import { candidates, priced } from "../../support/candidates.ts";

test("cost: the cheapest that can serve; what has no price comes last", () => {
  const pick = cost(priced([undefined, 3, 1]));
  expect(pick(candidates(0, 1, 2), seeded(1))).toBe(2);
  expect(pick(candidates(0, 1), seeded(1))).toBe(1);
  expect(pick(candidates(0), seeded(1))).toBe(0);
});
