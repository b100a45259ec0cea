import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { CLOSED, type Breaker } from "../../src/routing/breaker.ts";
import { choose, leastBad, type MemberView } from "../../src/routing/plan.ts";
import { weighted } from "../../src/routing/policies/weighted.ts";
import type { Pool } from "../../src/routing/upstream.ts";

const NOW = ms(1000);
const WELL: MemberView = { breaker: CLOSED, hasRoom: true, keyReadyAt: ms(0) };
const OPEN: Breaker = { state: "open", until: ms(3000), trips: 1 };

function pool(...members: readonly { tier?: number; window?: number; weight?: number }[]): Pool {
  return {
    name: "p",
    members: members.map(({ tier = 1, window, weight = 1 }, index) => ({
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
    policy: "weighted",
    breaker: {
      trip: { mode: "consecutive", failures: 1 },
      cooldown: ms(1),
      maxCooldown: ms(1),
    },
    failover: {
      timeout: ms(1),
      maxHops: 3,
      connectTimeout: ms(1),
      firstByteTimeout: ms(1),
      idleTimeout: ms(1),
    },
    onExhausted: { kind: "reject" },
  };
}

function pick(target: Pool, views: readonly MemberView[], call: object = {}) {
  const view = (index: number): MemberView => views[index] ?? WELL;
  const state = { now: NOW, excluded: new Set<number>(), ...call };
  return choose(target, weighted(target.members), view, state);
}

test("a higher tier serves only when no member of a lower tier can", () => {
  const target = pool({ tier: 2 }, { tier: 1 });
  expect(pick(target, [])).toEqual({ kind: "member", index: 1, probe: false });
  expect(pick(target, [WELL, { ...WELL, breaker: OPEN }])).toMatchObject({ index: 0 });
  expect(pick(target, [WELL, { ...WELL, hasRoom: false }])).toMatchObject({ index: 0 });
});

test("a member whose cooldown is over is chosen as a probe", () => {
  const due: Breaker = { state: "open", until: NOW, trips: 1 };
  expect(pick(pool({}), [{ ...WELL, breaker: due }])).toEqual({
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
    { ...WELL, breaker: OPEN },
  ];
  expect(pick(pool({}, {}), views)).toEqual({ kind: "saturated" });
});

test("the exhausted pool says when its first member may be tried again, keys included", () => {
  const views = [
    { ...WELL, breaker: OPEN },
    { ...WELL, keyReadyAt: ms(2500) },
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
  views[home.index] = { ...WELL, breaker: OPEN };
  const away = pick(target, views, { session: "abc" });
  if (away.kind !== "member") throw new Error("expected a member");
  expect(away.index).not.toBe(home.index);
  expect(pick(target, [], { session: "abc" })).toEqual(home);
});

test("the least bad member is the benched one that is ready first and has room", () => {
  const target = pool({}, {}, {});
  const later: Breaker = { state: "open", until: ms(9000), trips: 1 };
  const views: MemberView[] = [
    { ...WELL, breaker: later },
    { ...WELL, breaker: OPEN, hasRoom: false },
    { ...WELL, breaker: OPEN },
  ];
  const view = (index: number): MemberView => views[index] ?? WELL;
  expect(leastBad(target, view, { now: NOW, excluded: new Set() })).toBe(2);
  expect(leastBad(target, view, { now: NOW, excluded: new Set([0, 2]) })).toBeUndefined();
});
