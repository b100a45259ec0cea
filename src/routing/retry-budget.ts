// No retry storms: of the calls of the last seconds, at most a share may be attempts beyond the first. A value; time is passed in.
import type { Milliseconds } from "../lib/time.ts";

/** How much may be tried again. */
export type RetryBudgetSettings = {
  /** Most retries for each call of the window. */
  readonly share: number;
  /** So many retries in the window are always allowed, however few calls there are. */
  readonly floor: number;
};

type Slice = { readonly slot: number; readonly calls: number; readonly retries: number };

/** Calls and retries of the last ten seconds. */
export type RetryBudget = { readonly slices: readonly Slice[] };

const SLICE_MS = 1000;
const SLICES = 10;

/** A budget of which nothing was used. */
export const UNUSED: RetryBudget = { slices: [] };

/** One more call, or one more retry of a call. */
export function spend(budget: RetryBudget, what: "call" | "retry", now: Milliseconds): RetryBudget {
  const slot = Math.floor(now / SLICE_MS);
  const last = budget.slices.at(-1);
  const [calls, retries] = what === "call" ? [1, 0] : [0, 1];
  if (last?.slot === slot) {
    const grown = { slot, calls: last.calls + calls, retries: last.retries + retries };
    return { slices: [...budget.slices.slice(0, -1), grown] };
  }
  const kept = budget.slices.filter((slice) => slice.slot > slot - SLICES);
  return { slices: [...kept, { slot, calls, retries }] };
}

/** Whether one more retry fits. */
export function mayRetry(
  budget: RetryBudget,
  now: Milliseconds,
  { share, floor }: RetryBudgetSettings,
): boolean {
  const oldest = Math.floor(now / SLICE_MS) - SLICES;
  let calls = 0;
  let retries = 0;
  for (const slice of budget.slices) {
    if (slice.slot <= oldest) continue;
    calls += slice.calls;
    retries += slice.retries;
  }
  return retries < Math.max(floor, share * calls);
}
