// Fifty simulated worlds; `bun run simulate` runs a thousand.
import { expect, test } from "bun:test";
import { createCells } from "../../src/gateway/cells.ts";
import type { Runtime } from "../../src/gateway/runtime.ts";
import { CHECKS, violations } from "./invariants.ts";
import { scenarioOf, type Scenario } from "./scenario.ts";
import { simulate, type Outcome } from "./world.ts";

test("what must hold holds in fifty worlds", async () => {
  const found: string[] = [];
  for (let seed = 1; seed <= 50; seed++)
    found.push(...violations(await simulate(scenarioOf(seed, 600))));
  expect(found).toEqual([]);
}, 120_000);

test("the same seed gives the same world", async () => {
  const [one, two] = [await simulate(scenarioOf(7, 200)), await simulate(scenarioOf(7, 200))];
  expect(two.arrivals).toEqual(one.arrivals);
});

/** A world with trouble of every kind, in which much can be seen. */
const BUSY: Scenario = {
  ...scenarioOf(3, 600),
  policy: "weighted",
  breaker: "{ mode: consecutive, failures: 3 }",
  duration: 3_600_000,
  gap: 2000,
  sites: [
    {
      name: "s0",
      weight: 5,
      tier: 1,
      latency: 50,
      troubles: [],
      keys: [{ text: "a", refused: [], perMinute: Infinity }],
    },
    {
      name: "s1",
      weight: 5,
      tier: 1,
      latency: 50,
      troubles: [],
      keys: [{ text: "b", refused: [], perMinute: Infinity }],
    },
    {
      name: "s2",
      weight: 5,
      tier: 1,
      latency: 50,
      troubles: [{ kind: "503", from: 600_000, to: 1_200_000 }],
      keys: [{ text: "c", refused: [], perMinute: 3 }],
    },
  ],
};

test("the busy world is sound", async () => {
  expect(violations(await simulate(BUSY))).toEqual([]);
});

/** Breaks the books of a run, as a gateway would that is not sound. */
const FRAUDS: Readonly<Record<keyof typeof CHECKS, (outcome: Outcome) => Outcome>> = {
  "somebody who can serve is always found": (run) => ({ ...run, statuses: [...run.statuses, 503] }),
  "who did nothing wrong is not benched": (run) => ({
    ...run,
    trails: run.trails.map((trail) => ({
      ...trail,
      steps: trail.steps.map((step) =>
        step.kind === "attempt" && step.changes.length > 0
          ? { ...step, evidence: { class: "invalid", culprit: "caller", excerpt: "" } }
          : step,
      ),
    })),
  }),
  "the innocent keep their shares": (run) => ({
    ...run,
    arrivals: run.arrivals.filter(({ site }, index) => site !== "s1" || index % 3 === 0),
  }),
  "who recovered is asked again": (run) => ({
    ...run,
    arrivals: run.arrivals.filter(({ site, at }) => site !== "s2" || at < 600_000),
  }),
  "retries stay within the budget": (run) => ({
    ...run,
    trails: run.trails.map((trail) => ({
      ...trail,
      arrivedAt: trail.arrivedAt % 10_000 === 0 ? trail.arrivedAt : 0,
      steps: trail.steps.map((step) =>
        step.kind === "attempt" ? { ...step, number: 2, at: 500_000 } : step,
      ),
    })),
  }),
  "one probe at a time": (run) => ({
    ...run,
    arrivals: run.arrivals.map((each) => ({ ...each, probes: each.probes + 1 })),
  }),
  "a time that was named is kept": (run) => ({
    ...run,
    arrivals: run.arrivals.map((each) => ({ ...each, early: true })),
  }),
  "nothing is left over": (run) => {
    run.runtime.cells.permits.take("m-s0");
    return run;
  },
};

test.each(Object.keys(CHECKS) as (keyof typeof CHECKS)[])(
  "the check finds it when it does not hold: %s",
  async (promise) => {
    const run = await simulate(BUSY);
    expect(CHECKS[promise](run)).toEqual([]);
    expect(CHECKS[promise](FRAUDS[promise](run)).length).toBeGreaterThan(0);
  },
);

test("a gateway that forgets who has to rest is found out", async () => {
  const forgetful = (runtime: Runtime): Runtime => ({
    ...runtime,
    cells: { ...runtime.cells, of: (name) => createCells(runtime.now).of(name) },
  });
  const found = violations(await simulate(BUSY, forgetful));
  expect(found.join("\n")).toContain("a time that was named is kept: s2 was asked");
});
