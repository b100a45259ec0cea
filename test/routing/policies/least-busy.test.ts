import { expect, test } from "bun:test";
import { seeded } from "../../../src/lib/random.ts";
import { leastBusy } from "../../../src/routing/policies/least-busy.ts";
import { candidate, candidates, counts, priced } from "../../support/candidates.ts";

test("least_busy: the fewest calls for its weight; equals take turns", () => {
  const pick = leastBusy(priced([1, 1, 1]));
  const busy = [
    candidate(0, { inFlight: 5 }),
    candidate(1, { inFlight: 8, weight: 3 }),
    candidate(2, { inFlight: 4 }),
  ];
  expect(pick(busy, seeded(1))).toBe(1);
  expect(counts(pick, candidates(0, 1, 2))).toEqual([1000, 1000, 1000]);
});
