// Picks the member for the next attempt of a call: tier by tier, only members that can serve now, in the order of the
// pool's policy or of the session's affinity. Pure; what may change meanwhile is read through `MemberView`.
import { ms, type Milliseconds } from "../lib/time.ts";
import { pickForSession } from "./affinity.ts";
import { admit, type Breaker } from "./breaker.ts";
import type { Picker } from "./policies/policy.ts";
import type { Pool } from "./upstream.ts";

/** What the plan needs to know of a member at this moment. */
export type MemberView = {
  readonly breaker: Breaker;
  /** Whether one more call fits under the upstream's concurrency cap. */
  readonly hasRoom: boolean;
  /** Whether a key is rested, and if not, when the first will be. */
  readonly keyReadyAt: Milliseconds;
};

/** What this call has learnt so far. */
export type CallView = {
  readonly now: Milliseconds;
  /** Indexes of members that were tried or ruled out. */
  readonly excluded: ReadonlySet<number>;
  /** Only members with a larger known context window than this come into question. */
  readonly largerThan?: number;
  /** Value of the pool's affinity header. */
  readonly session?: string;
};

/** The decision. */
export type Choice =
  | { readonly kind: "member"; readonly index: number; readonly probe: boolean }
  /** Nobody can serve now, but a member would if it had room. */
  | { readonly kind: "saturated" }
  /** Nobody can serve; `readyAt`: when the first benched member may be tried again; absent: none is left at all. */
  | { readonly kind: "exhausted"; readonly readyAt?: Milliseconds };

type Standing = "usable" | "probe" | "full" | "benched" | "out";

/** Chooses, asking `view` for each member's state. `pick` is the pool's policy. */
export function choose(
  pool: Pool,
  pick: Picker,
  view: (index: number) => MemberView,
  call: CallView,
): Choice {
  const standings = pool.members.map((_, index) => standing(pool, index, view(index), call));
  const tiers = [...new Set(pool.members.map((member) => member.tier))].sort((a, b) => a - b);
  for (const tier of tiers) {
    const usable = pool.members.flatMap((member, index) =>
      member.tier === tier && isOpen(standings[index]) ? [index] : [],
    );
    if (usable.length === 0) continue;
    const index =
      call.session === undefined
        ? pick(usable)
        : pickForSession(pool.members, usable, call.session);
    if (index !== undefined) return { kind: "member", index, probe: standings[index] === "probe" };
  }
  if (standings.includes("full")) return { kind: "saturated" };
  return exhausted(standings, view);
}

/** The benched member that may be tried soonest: for `on_exhausted: least_bad`. */
export function leastBad(
  pool: Pool,
  view: (index: number) => MemberView,
  call: CallView,
): number | undefined {
  let best: number | undefined;
  let bestAt = Infinity;
  for (const [index] of pool.members.entries()) {
    const member = view(index);
    if (standing(pool, index, member, call) !== "benched" || !member.hasRoom) continue;
    const at = benchedUntil(member);
    if (at < bestAt) {
      best = index;
      bestAt = at;
    }
  }
  return best;
}

function standing(pool: Pool, index: number, view: MemberView, call: CallView): Standing {
  const member = pool.members[index];
  if (member === undefined || call.excluded.has(index)) return "out";
  if (call.largerThan !== undefined) {
    const window = member.upstream.contextWindow;
    if (window === undefined || window <= call.largerThan) return "out";
  }
  const admitted = admit(view.breaker, call.now);
  if (admitted === "no" || view.keyReadyAt > call.now) return "benched";
  if (!view.hasRoom) return "full";
  return admitted === "probe" ? "probe" : "usable";
}

function isOpen(value: Standing | undefined): boolean {
  return value === "usable" || value === "probe";
}

function benchedUntil(view: MemberView): Milliseconds {
  const breakerAt = view.breaker.state === "open" ? view.breaker.until : 0;
  return ms(Math.max(breakerAt, view.keyReadyAt));
}

function exhausted(standings: readonly Standing[], view: (index: number) => MemberView): Choice {
  const times = standings.flatMap((value, index) =>
    value === "benched" ? [benchedUntil(view(index))] : [],
  );
  if (times.length === 0) return { kind: "exhausted" };
  return { kind: "exhausted", readyAt: ms(Math.min(...times)) };
}
