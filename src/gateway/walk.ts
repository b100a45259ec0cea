// The way of one call through the members of its pool: what it has tried, what it learnt from failures, where it may go next.
import { seeded } from "../lib/random.ts";
import { ms, type Milliseconds, type Random } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { refusesProofs } from "../protocols/kit/refused-proofs.ts";
import { hash } from "../routing/affinity.ts";
import { effectOf, type Effect } from "../routing/fault.ts";
import type { CallView } from "../routing/plan.ts";
import { mayRetry, spend } from "../routing/retry-budget.ts";
import type { Pool } from "../routing/upstream.ts";
import type { Call } from "./call.ts";
import { unfitFor, type Unfit } from "./fitness.ts";
import { standpoints, type Standpoint } from "./lanes.ts";
import type { Failed } from "./outcome.ts";
import type { Runtime } from "./runtime.ts";
import { sessionOf } from "./session.ts";
import type { Trail } from "./trail.ts";

/** What a call has been through so far. */
export type Walk = {
  pool: Pool;
  deadline: Milliseconds;
  readonly visited: Set<string>;
  excluded: Set<number>;
  /** Members that failed with what may be over in a moment. */
  readonly weathered: Set<number>;
  /** Keys that this call has used up, by model: a key that is bad for all of them rests by itself. */
  readonly triedKeys: Map<string, Set<number>>;
  largerThan: number | undefined;
  attempts: number;
  /** How often members were asked again because there was nobody else. */
  repeats: number;
  /** How long to wait before the next attempt, in milliseconds, and what for. */
  pause: { readonly ms: number; readonly for: string } | undefined;
  /** The member and key to ask again after the pause. */
  insist: { readonly index: number; readonly key: number } | undefined;
  /** Whether opaque reasoning is left out from now on, since an upstream refused it. */
  plain: boolean;
  last: Failed | undefined;
  session: string | undefined;
  unfit: Unfit;
  /** What the client is told of its place in the line, if it stood there. */
  queue: string | undefined;
  readonly draw: Random;
  readonly trail: Trail;
};

/** Sets out. */
export function startWalk(runtime: Runtime, call: Call, pool: Pool): Walk {
  const { id, arrivedAt, protocol, operation, target, stream } = call;
  spendOn(runtime, pool, "call");
  return {
    pool,
    deadline: ms(arrivedAt + pool.failover.timeout),
    visited: new Set([pool.name]),
    excluded: strangers(runtime, call, pool),
    weathered: new Set(),
    triedKeys: new Map(),
    largerThan: undefined,
    attempts: 0,
    repeats: 0,
    pause: undefined,
    insist: undefined,
    plain: false,
    last: undefined,
    session: sessionOf(call, pool.affinity),
    unfit: unfitFor(runtime, call, pool),
    queue: undefined,
    draw: drawOf(id),
    trail: {
      id,
      arrivedAt: runtime.wallNow(),
      protocol: protocol.name,
      operation,
      target,
      stream,
      steps: [],
    },
  };
}

/** The seed follows from the call's id, so that a decision can be repeated; it is made when somebody draws. */
function drawOf(id: string): Random {
  let random: Random | undefined;
  return () => (random ??= seeded(hash(id)))();
}

/** A call whose history is kept elsewhere can only be served in its own protocol, if anybody of the pool speaks it. */
function strangers(runtime: Runtime, call: Call, pool: Pool): Set<number> {
  if (call.missing === undefined) return new Set();
  const foreign = pool.members.flatMap(({ upstream }, index) =>
    runtime.providers.get(upstream.provider)?.protocol === call.protocol ? [] : [index],
  );
  return new Set(foreign.length === pool.members.length ? [] : foreign);
}

/** Looks around. */
export function lookAround(runtime: Runtime, call: Call, walk: Walk): readonly Standpoint[] {
  const { triedKeys, unfit, pool } = walk;
  const { stream, passToken } = call;
  const ownKey = passToken !== undefined;
  return standpoints(runtime, pool, { now: runtime.now(), stream, ownKey, triedKeys, unfit });
}

/** What the plan is to know of the call. */
export function viewOf({ excluded, largerThan, session, draw }: Walk, now: Milliseconds): CallView {
  return {
    now,
    excluded,
    draw,
    ...(largerThan === undefined ? {} : { largerThan }),
    ...(session === undefined ? {} : { session }),
  };
}

/** Goes over to another pool; `false`: the call was there already. */
export function enterPool(runtime: Runtime, call: Call, walk: Walk, name: string): boolean {
  const pool = runtime.targets.pools.get(name);
  if (pool === undefined || walk.visited.has(name)) return false;
  walk.visited.add(name);
  walk.pool = pool;
  walk.excluded = strangers(runtime, call, pool);
  walk.weathered.clear();
  walk.session = sessionOf(call, pool.affinity);
  walk.unfit = unfitFor(runtime, call, pool);
  spendOn(runtime, pool, "call");
  return true;
}

/** Learns from a failed attempt; says whether another one may help. */
export function learn(runtime: Runtime, call: Call, walk: Walk, failed: Failed): boolean {
  const { lane, failure } = failed;
  walk.last = failed;
  if (retriesPlain(call, walk, failed)) return true;
  const effect: Effect = effectOf(failure.class);
  if (effect.elsewhere === "nowhere") return false;
  if (!mayRetry(runtime.cells.budget(walk.pool.name), runtime.now(), retryBudget(walk)))
    return false;
  if (effect.elsewhere === "larger-context") {
    const window = lane.member.upstream.contextWindow;
    if (window !== undefined) walk.largerThan = Math.max(walk.largerThan ?? 0, window);
  }
  if (!staysHere(runtime, walk, failed, effect)) leave(runtime, call, walk, failed);
  return true;
}

/** The key, and unless another can take over the member, are out of question for this call. */
function leave(runtime: Runtime, call: Call, walk: Walk, { lane, failure }: Failed): void {
  const effect: Effect = effectOf(failure.class);
  const { name: model } = lane.member.upstream;
  const tried = walk.triedKeys.get(model) ?? new Set<number>();
  walk.triedKeys.set(model, tried.add(lane.key));
  if (effect.transient && failure.shouldRetry !== false) walk.weathered.add(lane.index);
  if (effect.elsewhere !== "key" || !hasAnotherKey(runtime, call, walk, lane.index))
    walk.excluded.add(lane.index);
}

function retryBudget({ pool }: Walk): Pool["failover"]["retryBudget"] {
  return pool.failover.retryBudget;
}

/** A short wait may be cheaper than a member whose cache of the prompt is cold (`max_wait`). */
function staysHere(runtime: Runtime, walk: Walk, failed: Failed, effect: Effect): boolean {
  const { lane, failure } = failed;
  const { retryAfter = Infinity } = failure;
  const { maxWait } = walk.pool.failover;
  if (!effect.retryable || retryAfter > maxWait || maxWait === 0) return false;
  if (runtime.now() + retryAfter >= walk.deadline) return false;
  walk.pause = { ms: retryAfter, for: `${lane.member.upstream.name} (${failure.class})` };
  walk.insist = { index: lane.index, key: lane.key };
  return true;
}

/** A member whose provider has another key stays in question when only the key was at fault. */
function hasAnotherKey(runtime: Runtime, call: Call, walk: Walk, index: number): boolean {
  const point = lookAround(runtime, call, walk)[index];
  return point !== undefined && point.readyKeys.length > 0;
}

/** Once: an upstream that only refuses the reasoning of earlier turns is asked again without it (E184). */
function retriesPlain(call: Call, walk: Walk, { lane, failure }: Failed): boolean {
  if (walk.plain || call.protocol === lane.provider.protocol || !refusesProofs(failure))
    return false;
  walk.plain = true;
  return true;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Nobody else is left: asks members again that failed with what may be over in a moment; says whether there are any. */
export function repeat(runtime: Runtime, walk: Walk): boolean {
  const { weathered, pool, deadline } = walk;
  if (weathered.size === 0 || walk.repeats >= pool.failover.repeats) return false;
  const base = Math.min(FIRST_PAUSE_MS * 2 ** walk.repeats, LONGEST_PAUSE_MS);
  const pause = base * (0.5 + walk.draw());
  if (runtime.now() + pause >= deadline) return false;
  walk.repeats += 1;
  walk.pause = { ms: pause, for: "another try" };
  for (const index of weathered) {
    walk.excluded.delete(index);
    const model = pool.members[index]?.upstream.name;
    if (model !== undefined) walk.triedKeys.delete(model);
  }
  weathered.clear();
  return true;
}

/** Counts a call or a retry against the pool's budget. */
export function spendOn(runtime: Runtime, pool: Pool, what: "call" | "retry"): void {
  const { cells } = runtime;
  cells.setBudget(pool.name, spend(cells.budget(pool.name), what, runtime.now()));
}

/** Why a call ends whose time is over. */
export function outOfTime({ last, pool }: Walk): Failure {
  return (
    last?.failure ?? { class: "timeout", message: `no member of ${pool.name} answered in time` }
  );
}

/** Why a call ends that may not try again. */
export function spent({ last, pool }: Walk): Failure {
  return last?.failure ?? { class: "overloaded", message: `${pool.name}: no attempts are left` };
}
