import { expect, test } from "bun:test";
import fc from "fast-check";
import { seeded } from "../../../src/lib/random.ts";
import { POLICIES } from "../../../src/routing/policies/index.ts";
import { candidate, priced } from "../../support/candidates.ts";

test.each(Object.keys(POLICIES) as (keyof typeof POLICIES)[])(
  "%s picks one of the candidates, and nobody where there is none",
  (name) => {
    const pick = POLICIES[name](priced([1, undefined, 3, 4]));
    const index = fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        index,
        fc.nat(9),
        fc.nat(500),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, inFlight, expectedMs, headroom) => {
          const usable = given.map((at) =>
            candidate(at, { inFlight: inFlight * at, expectedMs, headroom }),
          );
          expect(given).toContain(pick(usable, seeded(expectedMs)) ?? -1);
        },
      ),
    );
    expect(pick([], seeded(1))).toBeUndefined();
  },
);
