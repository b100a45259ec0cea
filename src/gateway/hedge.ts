// A second attempt beside one that is slow to begin (`failover.hedge`; Dean and Barroso, "The Tail at Scale", hedged requests):
// whoever answers first is kept, the other is given up and benches nobody.
import type { Milliseconds } from "../lib/time.ts";
import { percentile } from "../routing/gauge.ts";
import { mayRetry } from "../routing/retry-budget.ts";
import type { Pool } from "../routing/upstream.ts";
import { attempt } from "./attempt.ts";
import type { Call } from "./call.ts";
import { nextMove } from "./moves.ts";
import type { Lane, Outcome } from "./outcome.ts";
import type { Runtime } from "./runtime.ts";
import { learn, spendOn, type Walk } from "./walk.ts";

/** An attempt that can be given up on its own. */
type Runner = { readonly outcome: Promise<Outcome>; readonly stop: () => void };

/** Tries a lane, and after a while another one beside it, where the pool wants that. */
export async function attemptHedged(
  runtime: Runtime,
  call: Call,
  walk: Walk,
  lane: Lane,
): Promise<Outcome> {
  const after = patience(walk.pool, call, lane);
  if (after === undefined) return attempt(runtime, call, lane, walk.deadline);
  const first = run(runtime, call, walk, lane);
  const early = await orLater(runtime, call, first.outcome, after);
  if (early !== undefined) return early;
  const beside = await secondLane(runtime, call, walk, lane);
  if (beside === undefined) return first.outcome;
  return race(runtime, call, walk, [first, run(runtime, call, walk, beside)]);
}

/** How long the first attempt is left alone; `undefined`: for as long as it takes. */
function patience({ failover }: Pool, call: Call, { cells }: Lane): Milliseconds | undefined {
  const { hedge } = failover;
  if (hedge?.kind !== "p95") return hedge?.after;
  return percentile(call.stream ? cells.gauges.streamed : cells.gauges.whole, 0.95);
}

function run(runtime: Runtime, call: Call, walk: Walk, lane: Lane): Runner {
  const own = new AbortController();
  const signal = AbortSignal.any([call.signal, own.signal]);
  const outcome = attempt(runtime, { ...call, signal }, lane, walk.deadline);
  return { outcome, stop: () => own.abort() };
}

async function orLater(
  runtime: Runtime,
  call: Call,
  outcome: Promise<Outcome>,
  after: Milliseconds,
): Promise<Outcome | undefined> {
  const enough = new AbortController();
  const later = runtime.sleep(after, AbortSignal.any([call.signal, enough.signal]));
  const first = await Promise.race([outcome, later.then(() => undefined)]);
  enough.abort();
  return first;
}

/** A member that can serve at once; hedges are retries, and share their budget. */
async function secondLane(
  runtime: Runtime,
  call: Call,
  walk: Walk,
  { index }: Lane,
): Promise<Lane | undefined> {
  const { pool, excluded } = walk;
  const { retryBudget } = pool.failover;
  const now = runtime.now();
  if (!mayRetry(runtime.cells.budget(pool.name), now, retryBudget)) return undefined;
  // Nobody waits, switches pools or repeats for the sake of a hedge.
  const aside: Walk = {
    ...walk,
    excluded: new Set([...excluded, index]),
    weathered: new Set(),
    pool: { ...pool, onExhausted: { kind: "reject" } },
  };
  const move = await nextMove(runtime, call, aside);
  if (move.kind !== "try") return undefined;
  spendOn(runtime, pool, "retry");
  walk.attempts += 1;
  walk.trail.steps.push(move.lane.trace);
  return { ...move.lane, pool };
}

/** The first that answers; if both fail, the failure of the last. */
async function race(
  runtime: Runtime,
  call: Call,
  walk: Walk,
  runners: readonly [Runner, Runner],
): Promise<Outcome> {
  const [a, b] = runners;
  const numbered = [
    a.outcome.then((made) => ({ made, other: b })),
    b.outcome.then((made) => ({ made, other: a })),
  ];
  const { made, other } = await Promise.race(numbered);
  if (made.kind === "committed") {
    other.stop();
    void other.outcome.then(discard);
    return made;
  }
  // The walk learns from the last failure where this one's answer is awaited.
  const last = await other.outcome;
  if (last.kind === "failed") learn(runtime, call, walk, made);
  return last;
}

/** One that answered all the same at the same moment. */
function discard(outcome: Outcome): void {
  if (outcome.kind === "committed") void outcome.response.body?.cancel().catch(ignore);
}

function ignore(): void {
  // It is gone already.
}
