import { expect, test } from "bun:test";
import { seeded } from "../../../src/lib/random.ts";
import { priority } from "../../../src/routing/policies/priority.ts";
import { candidates, priced } from "../../support/candidates.ts";

test("priority: the first in the list that can serve", () => {
  const pick = priority(priced([1, 1, 1]));
  expect(pick(candidates(1, 2), seeded(1))).toBe(1);
});
