import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { admission, any, both } from "../../src/routing/admission.ts";
import { CLOSED, type Breaker } from "../../src/routing/breaker.ts";

const NOW = ms(1000);
const open = (until: number): Breaker => ({ state: "open", until: ms(until), trips: 1 });
const PROBED: Breaker = { state: "half-open", probe: 1, trips: 1 };

test.each<[readonly Breaker[], string, number]>([
  [[CLOSED, CLOSED], "yes", 0],
  [[CLOSED, open(1000)], "probe", 0],
  [[open(900), open(1500), open(1200)], "no", 1500],
  [[PROBED, CLOSED], "no", 0],
  [[], "yes", 0],
])("all must admit: %j is %s", (breakers, verdict, readyAt) => {
  const given = admission(breakers, NOW);
  expect(given.verdict).toBe(verdict as "yes");
  if (verdict === "no") expect(given.readyAt).toBe(ms(readyAt));
});

test("of keys one is enough, a sound one rather than one to be tried", () => {
  const no = admission([open(3000)], NOW);
  const sooner = admission([open(2000)], NOW);
  const probe = admission([open(1)], NOW);
  const yes = admission([CLOSED], NOW);
  expect(any([no, probe, yes])).toBe(yes);
  expect(any([no, probe])).toBe(probe);
  expect(any([no, sooner])).toEqual({ verdict: "no", readyAt: ms(2000) });
});

test("a member and its keys must both admit; the later of two rests counts", () => {
  const yes = admission([CLOSED], NOW);
  const probe = admission([open(1)], NOW);
  const no = admission([open(3000)], NOW);
  const longer = admission([open(4000)], NOW);
  expect(both(yes, probe).verdict).toBe("probe");
  expect(both(probe, yes).verdict).toBe("probe");
  expect(both(no, longer)).toEqual({ verdict: "no", readyAt: ms(4000) });
  expect(both(yes, no)).toEqual({ verdict: "no", readyAt: ms(3000) });
});
