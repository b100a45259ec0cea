import { expect, test } from "bun:test";
import fc from "fast-check";
import { ms } from "../../src/lib/time.ts";
import { mayRetry, spend, UNUSED, type RetryBudget } from "../../src/routing/retry-budget.ts";

test("retries never exceed their share of the calls of any ten seconds, or the floor", () => {
  const event = fc.record({ after: fc.integer({ min: 0, max: 1500 }), retries: fc.nat(3) });
  const settings = fc.record({
    share: fc.double({ min: 0, max: 2, noNaN: true }),
    floor: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), settings, (events, given) => {
      let budget: RetryBudget = UNUSED;
      let now = 0;
      const log: { at: number; what: "call" | "retry" }[] = [];
      for (const { after, retries } of events) {
        now += after;
        budget = spend(budget, "call", ms(now));
        log.push({ at: now, what: "call" });
        for (let each = 0; each < retries; each++) {
          if (!mayRetry(budget, ms(now), given)) continue;
          budget = spend(budget, "retry", ms(now));
          log.push({ at: now, what: "retry" });
          // The window moves in whole seconds.
          const first = (Math.floor(now / 1000) - 9) * 1000;
          const recent = log.filter(({ at }) => at >= first);
          const count = (what: string): number =>
            recent.filter((each_) => each_.what === what).length;
          expect(count("retry") - 1).toBeLessThan(
            Math.max(given.floor, given.share * count("call")),
          );
        }
      }
    }),
  );
});

test("what was used ten seconds ago is free again", () => {
  const settings = { share: 0, floor: 1 };
  const used = spend(UNUSED, "retry", ms(500));
  expect(mayRetry(used, ms(900), settings)).toBe(false);
  expect(mayRetry(used, ms(10_500), settings)).toBe(true);
});
