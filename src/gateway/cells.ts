// Everything that changes while calls run: breakers, key rings, gauges, budgets, permits. Breakers are written only by
// `verdict.ts`, never across an await. A reload hands the cells on to the new runtime.
import type { Clock, Milliseconds } from "../lib/time.ts";
import type { FailureClass } from "../ir/failure.ts";
import { CLOSED, type Breaker } from "../routing/breaker.ts";
import type { Gauge } from "../routing/gauge.ts";
import { keyRing, type KeyRing } from "../routing/keys.ts";
import { UNUSED, type RetryBudget } from "../routing/retry-budget.ts";
import type { Scope } from "../routing/scopes.ts";
import { createPermits, type Permits } from "./permits.ts";

/** One thing that can be benched or drained. */
export type Cell = {
  readonly scope: Scope;
  /** `pool/model`, `model`, `provider#key@model`, `provider#key` or `provider`. */
  readonly name: string;
  breaker: Breaker;
  /** Why it was benched last. */
  why: FailureClass | undefined;
  /** Since when an operator keeps new calls away (Unix milliseconds). */
  drainedAt: number | undefined;
};

/** One key of a provider in use for one model. */
export type KeyCells = {
  readonly key: Cell;
  readonly keyModel: Cell;
  /** Share of the tightest rate limit that was left, by the provider's last word on it. */
  quota: { readonly left: number; readonly at: Milliseconds } | undefined;
};

/** How fast a model answers: streams begin at once, whole replies when they are done. */
export type Gauges = { streamed: Gauge | undefined; whole: Gauge | undefined };

/** All that decides whether a pool's member can serve. */
export type MemberCells = {
  readonly member: Cell;
  readonly model: Cell;
  readonly provider: Cell;
  /** One for each of the provider's keys, in their order. */
  readonly keys: readonly KeyCells[];
  readonly gauges: Gauges;
  /** The keys that these cells are for. */
  readonly keyIds: readonly string[];
};

/** Whose cells are wanted. */
export type MemberName = {
  readonly pool: string;
  readonly model: string;
  readonly provider: string;
  readonly keyIds: readonly string[];
};

/** The mutable state of a gateway. */
export type Cells = {
  /** The cells of a pool's member; they are made at the first call. */
  readonly of: (name: MemberName) => MemberCells;
  /** The cell of a scope by its name; it is made if need be. */
  readonly cell: (scope: Scope, name: string) => Cell;
  /** Every cell so far. */
  readonly list: () => readonly Cell[];
  /** Whose turn it is among a provider's keys. */
  readonly ring: (provider: string, count: number) => KeyRing;
  readonly setRing: (provider: string, ring: KeyRing) => void;
  /** What a pool's calls have used of its budget of retries. */
  readonly budget: (pool: string) => RetryBudget;
  readonly setBudget: (pool: string, budget: RetryBudget) => void;
  readonly permits: Permits;
};

/** Makes fresh cells: all closed, nothing drained. */
export function createCells(now: Clock): Cells {
  const cells = new Map<string, Cell>();
  const members = new Map<string, Map<string, MemberCells>>();
  const gauges = new Map<string, Gauges>();
  const rings = new Map<string, KeyRing>();
  const budgets = new Map<string, RetryBudget>();

  const cell = (scope: Scope, name: string): Cell => {
    const id = `${scope} ${name}`;
    const known = cells.get(id);
    if (known !== undefined) return known;
    const made: Cell = { scope, name, breaker: CLOSED, why: undefined, drainedAt: undefined };
    cells.set(id, made);
    return made;
  };
  const gaugesOf = (model: string): Gauges => {
    const known = gauges.get(model) ?? { streamed: undefined, whole: undefined };
    gauges.set(model, known);
    return known;
  };
  const make = ({ pool, model, provider, keyIds }: MemberName): MemberCells => ({
    member: cell("member", `${pool}/${model}`),
    model: cell("model", model),
    provider: cell("provider", provider),
    keys: keyIds.map((id) => ({
      key: cell("key", `${provider}#${id}`),
      keyModel: cell("key-model", `${provider}#${id}@${model}`),
      quota: undefined,
    })),
    gauges: gaugesOf(model),
    keyIds,
  });

  return {
    of: (name) => {
      const ofPool = members.get(name.pool) ?? new Map<string, MemberCells>();
      const known = ofPool.get(name.model);
      // A reload may have changed the keys; those that stayed keep their health.
      if (known?.keyIds === name.keyIds) return known;
      const made = make(name);
      members.set(name.pool, ofPool.set(name.model, made));
      return made;
    },
    cell,
    list: () => [...cells.values()],
    ring: (provider, count) => {
      const ring = rings.get(provider);
      if (ring?.uses.length === count) return ring;
      const fresh = keyRing(count);
      rings.set(provider, fresh);
      return fresh;
    },
    setRing: (provider, ring) => void rings.set(provider, ring),
    budget: (pool) => budgets.get(pool) ?? UNUSED,
    setBudget: (pool, budget) => void budgets.set(pool, budget),
    permits: createPermits(now),
  };
}
