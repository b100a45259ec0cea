import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import type { Admission } from "../../src/routing/admission.ts";
import { choose, leastBad, standings, type MemberView } from "../../src/routing/plan.ts";
import { weighted } from "../../src/routing/policies/weighted.ts";
import type { Pool } from "../../src/routing/upstream.ts";
import { testPool } from "../support/pool.ts";

const NOW = ms(1000);
const WELL: MemberView = {
  admission: { verdict: "yes", readyAt: ms(0) },
  hasRoom: true,
  isDrained: false,
  weight: 1,
  inFlight: 0,
  expectedMs: 0,
  headroom: 1,
};
const OPEN: Admission = { verdict: "no", readyAt: ms(3000) };

function pool(...members: readonly { tier?: number; window?: number; weight?: number }[]): Pool {
  return testPool(
    "p",
    members.map(({ tier = 1, window, weight = 1 }, index) => ({
      upstream: {
        name: `m${index}`,
        provider: "p",
        protocol: "x",
        model: "m",
        ...(window === undefined ? {} : { contextWindow: window }),
      },
      weight,
      tier,
    })),
  );
}

function pick(target: Pool, views: readonly MemberView[], call: object = {}) {
  const all = target.members.map((_, index) => views[index] ?? WELL);
  const state = { now: NOW, excluded: new Set<number>(), draw: () => 0.5, ...call };
  const lineup = { views: all, stands: standings(target, all, state) };
  return choose(target, weighted(target.members), lineup, state);
}

test("a higher tier serves only when no member of a lower tier can", () => {
  const target = pool({ tier: 2 }, { tier: 1 });
  expect(pick(target, [])).toEqual({ kind: "member", index: 1, probe: false });
  expect(pick(target, [WELL, { ...WELL, admission: OPEN }])).toMatchObject({ index: 0 });
  expect(pick(target, [WELL, { ...WELL, hasRoom: false }])).toMatchObject({ index: 0 });
});

test("a member whose cooldown is over is chosen as a probe", () => {
  const due: Admission = { verdict: "probe", readyAt: ms(0) };
  expect(pick(pool({}), [{ ...WELL, admission: due }])).toEqual({
    kind: "member",
    index: 0,
    probe: true,
  });
});

test("excluded members stay out, and with none left nothing says when to come back", () => {
  expect(pick(pool({}, {}), [], { excluded: new Set([0]) })).toMatchObject({ index: 1 });
  expect(pick(pool({}), [], { excluded: new Set([0]) })).toEqual({ kind: "exhausted" });
});

test("healthy but busy members make the pool saturated, not exhausted", () => {
  const views = [
    { ...WELL, hasRoom: false },
    { ...WELL, admission: OPEN },
  ];
  expect(pick(pool({}, {}), views)).toEqual({ kind: "saturated" });
});

test("the exhausted pool says when its first member may be tried again", () => {
  const views = [
    { ...WELL, admission: OPEN },
    { ...WELL, admission: { verdict: "no", readyAt: ms(2500) } as const },
  ];
  expect(pick(pool({}, {}), views)).toEqual({ kind: "exhausted", readyAt: ms(2500) });
});

test("after a context overflow only members with a known larger window come into question", () => {
  const target = pool({ window: 100 }, {}, { window: 200 });
  expect(pick(target, [], { largerThan: 100 })).toMatchObject({ index: 2 });
  expect(pick(target, [], { largerThan: 200 })).toEqual({ kind: "exhausted" });
});

test("a session stays on its member, moves when that cannot serve, and comes back", () => {
  const target = pool({}, {}, {});
  const home = pick(target, [], { session: "abc" });
  if (home.kind !== "member") throw new Error("expected a member");
  expect(pick(target, [], { session: "abc" })).toEqual(home);
  const views = [WELL, WELL, WELL];
  views[home.index] = { ...WELL, admission: OPEN };
  const away = pick(target, views, { session: "abc" });
  if (away.kind !== "member") throw new Error("expected a member");
  expect(away.index).not.toBe(home.index);
  expect(pick(target, [], { session: "abc" })).toEqual(home);
});

test("the least bad member is the benched one that is ready first and has room", () => {
  const target = pool({}, {}, {});
  const later: Admission = { verdict: "no", readyAt: ms(9000) };
  const views: MemberView[] = [
    { ...WELL, admission: later },
    { ...WELL, admission: OPEN, hasRoom: false },
    { ...WELL, admission: OPEN },
  ];
  const stands = (excluded: ReadonlySet<number>) =>
    standings(target, views, { now: NOW, excluded, draw: () => 0.5 });
  expect(leastBad(views, stands(new Set()))).toBe(2);
  expect(leastBad(views, stands(new Set([0, 2])))).toBeUndefined();
});

test("who is drained or cannot take the call is left out, and each is told apart", () => {
  const target = pool({}, {}, {}, {});
  const views: MemberView[] = [
    { ...WELL, isDrained: true },
    { ...WELL, unfit: "tools" },
    { ...WELL, hasRoom: false },
    WELL,
  ];
  const state = { now: NOW, excluded: new Set<number>(), draw: () => 0.5 };
  expect(standings(target, views, state)).toEqual(["drained", "unfit", "full", "usable"]);
  expect(pick(target, views)).toMatchObject({ index: 3 });
});
