// What happens in one simulated world, drawn from a seed: members, keys, policies, and everything that goes wrong.
import { seeded } from "../../src/lib/random.ts";
import type { Random } from "../../src/lib/time.ts";

/** A span of virtual time, in milliseconds. */
export type Span = { readonly from: number; readonly to: number };

/** What is wrong with a provider's upstream for a while. */
export type Trouble = Span & { readonly kind: "unreachable" | "503" | "500" | "silent" };

/** One key: when it is refused, and how many calls it may make in a minute. */
export type Key = {
  readonly text: string;
  readonly refused: readonly Span[];
  readonly perMinute: number;
};

/** A provider with one model, a member of the pool. */
export type Site = {
  readonly name: string;
  readonly weight: number;
  readonly tier: number;
  readonly keys: readonly Key[];
  readonly troubles: readonly Trouble[];
  /** Time to the first byte, in milliseconds. */
  readonly latency: number;
};

/** A world. */
export type Scenario = {
  readonly seed: number;
  readonly sites: readonly Site[];
  readonly policy: string;
  readonly breaker: string;
  /** How long calls arrive, and the mean time between two, in milliseconds. */
  readonly duration: number;
  readonly gap: number;
  readonly maxCooldown: number;
};

const HOUR = 3_600_000;
const MINUTE = 60_000;
const POLICIES = ["weighted", "weighted", "least_busy", "latency", "cost", "priority", "headroom"];
const KINDS = ["unreachable", "503", "500", "silent"] as const;

/** Draws a world. The first site never has any trouble, so that there is always somebody who can serve. */
export function scenarioOf(seed: number, calls: number): Scenario {
  const draw = seeded(seed);
  const whole = (from: number, to: number): number => from + Math.floor(draw() * (to - from + 1));
  // Days of few calls, or minutes of many.
  const duration = draw() < 0.4 ? whole(6, 48) * HOUR : whole(5, 60) * MINUTE;
  const count = whole(2, 5);
  const spoilt = whole(1, count - 1);
  const sites = Array.from({ length: count }, (_, index): Site => {
    const isSound = index < count - spoilt;
    return {
      name: `s${index}`,
      weight: whole(1, 10),
      tier: isSound || draw() < 0.8 ? 1 : 2,
      keys: Array.from({ length: whole(1, 3) }, (__, key) =>
        keyOf(`${index}-${key}`, isSound, draw, duration),
      ),
      troubles: isSound ? [] : troublesOf(draw, duration),
      latency: whole(5, 800),
    };
  });
  return {
    seed,
    sites,
    policy: POLICIES[whole(0, POLICIES.length - 1)] ?? "weighted",
    breaker:
      draw() < 0.5 ? "{ mode: consecutive, failures: 3 }" : "{ mode: error_rate, min_requests: 5 }",
    duration,
    gap: duration / calls,
    maxCooldown: 120_000,
  };
}

function keyOf(name: string, isSound: boolean, draw: Random, duration: number): Key {
  const isLimited = !isSound && draw() < 0.4;
  const isRefused = !isSound && draw() < 0.2;
  return {
    text: `key-${name}`,
    perMinute: isLimited ? 1 + Math.floor(draw() * 4) : Infinity,
    refused: isRefused ? [spanOf(draw, duration)] : [],
  };
}

function troublesOf(draw: Random, duration: number): readonly Trouble[] {
  const count = Math.floor(draw() * 6);
  return Array.from({ length: count }, () => {
    const kind = KINDS[Math.floor(draw() * KINDS.length)] ?? "503";
    return { ...spanOf(draw, duration), kind };
  });
}

/** From seconds (a member that flaps) to hours. */
function spanOf(draw: Random, duration: number): Span {
  const from = draw() * duration;
  const length = Math.min(1000 * 10 ** (draw() * 4), duration / 3);
  return { from, to: Math.min(from + length, duration) };
}

/** Whether a moment lies in one of the spans. */
export function within(spans: readonly Span[], now: number): boolean {
  return spans.some(({ from, to }) => from <= now && now < to);
}
