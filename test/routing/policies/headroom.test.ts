import { expect, test } from "bun:test";
import { headroom } from "../../../src/routing/policies/headroom.ts";
import { candidate, counts, priced } from "../../support/candidates.ts";

test("headroom: calls go by what is left of the limits, and nobody starves", () => {
  const given = [0.75, 0.25, 0].map((headroom, index) => candidate(index, { headroom }));
  const [much = 0, little = 0, none = 0] = counts(headroom(priced([1, 1, 1])), given);
  expect(Math.abs(much / little - 3)).toBeLessThan(0.05);
  expect(none).toBeGreaterThan(0);
});
