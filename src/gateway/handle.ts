// The life of one call, top to bottom: find the pool, try its members, answer. The only function that turns a failure
// into a response, and the only catch on the data plane.
import { ms, type Milliseconds } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { refusesProofs } from "../protocols/kit/refused-proofs.ts";
import { effectOf } from "../routing/fault.ts";
import { pickKey, passTurn } from "../routing/keys.ts";
import { choose, leastBad, type CallView, type MemberView } from "../routing/plan.ts";
import { resolveTarget } from "../routing/targets.ts";
import type { Pool } from "../routing/upstream.ts";
import { attempt } from "./attempt.ts";
import type { Call } from "./call.ts";
import type { Failed, Lane } from "./outcome.ts";
import { giveUp } from "./give-up.ts";
import type { Provider, Runtime } from "./runtime.ts";
import { keepReply, withState } from "./state.ts";

/** What a call has been through so far. */
type Walk = {
  pool: Pool;
  readonly deadline: Milliseconds;
  readonly visited: Set<string>;
  excluded: Set<number>;
  /** Keys that this call has used up, by provider. */
  readonly triedKeys: Map<string, Set<number>>;
  largerThan: number | undefined;
  attempts: number;
  /** Whether opaque reasoning is left out from now on, since an upstream refused it. */
  plain: boolean;
  last: Failed | undefined;
};

/** What to do next. */
type Move =
  | { readonly kind: "try"; readonly lane: Lane }
  | { readonly kind: "again" }
  | { readonly kind: "give-up"; readonly failure: Failure };

/** Answers a call. Never throws: a bug of our own becomes class `internal` with the call's id in reply and log. */
export async function handle(runtime: Runtime, call: Call): Promise<Response> {
  try {
    const stated = withState(runtime, call);
    if (!stated.ok) return giveUp(call, undefined, stated.error);
    return await keepReply(runtime, stated.value, await serve(runtime, stated.value.call));
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    runtime.logError(`call ${call.id}: ${detail}`);
    const failure: Failure = { class: "internal", message: `internal error (call ${call.id})` };
    return giveUp(call, undefined, failure);
  }
}

async function serve(runtime: Runtime, call: Call): Promise<Response> {
  const pool = resolveTarget(runtime.targets, call.target);
  if (pool === undefined) return giveUp(call, undefined, unknownTarget(runtime, call));
  const walk = startWalk(runtime, call, pool);
  for (;;) {
    const move = await nextMove(runtime, call, walk);
    if (move.kind === "again") continue;
    if (move.kind === "give-up") return giveUp(call, walk, move.failure);
    runtime.cells.permits.take(move.lane.member.upstream.name);
    walk.attempts += 1;
    const outcome = await attempt(runtime, call, move.lane, walk.deadline);
    if (outcome.kind === "committed") return outcome.response;
    walk.last = outcome;
    if (retriesPlain(call, walk, outcome)) continue;
    if (!mayFailOver(runtime, walk, outcome)) return giveUp(call, walk, outcome.failure);
  }
}

function startWalk(runtime: Runtime, call: Call, pool: Pool): Walk {
  return {
    pool,
    deadline: ms(call.arrivedAt + pool.failover.timeout),
    visited: new Set([pool.name]),
    excluded: strangers(runtime, call, pool),
    triedKeys: new Map(),
    largerThan: undefined,
    attempts: 0,
    plain: false,
    last: undefined,
  };
}

/** A call whose history is kept elsewhere can only be served in its own protocol, if anybody of the pool speaks it. */
function strangers(runtime: Runtime, call: Call, pool: Pool): Set<number> {
  if (call.missing === undefined) return new Set();
  const foreign = pool.members.flatMap(({ upstream }, index) =>
    runtime.providers.get(upstream.provider)?.protocol === call.protocol ? [] : [index],
  );
  return new Set(foreign.length === pool.members.length ? [] : foreign);
}

async function nextMove(runtime: Runtime, call: Call, walk: Walk): Promise<Move> {
  const now = runtime.now();
  if (now >= walk.deadline) return { kind: "give-up", failure: outOfTime(walk) };
  if (walk.attempts > walk.pool.failover.maxHops) return { kind: "give-up", failure: spent(walk) };
  const view = (index: number): MemberView => memberView(runtime, walk, index);
  const state = callView(call, walk, now);
  const choice = choose(walk.pool, runtime.picker(walk.pool), view, state);
  switch (choice.kind) {
    case "member":
      return { kind: "try", lane: openLane(runtime, walk, choice.index) };
    case "saturated":
      return waitForRoom(runtime, call, walk);
    case "exhausted":
      return exhausted(runtime, walk, choice.readyAt, leastBad(walk.pool, view, state));
  }
}

function callView(call: Call, walk: Walk, now: Milliseconds): CallView {
  const { affinityHeader } = walk.pool;
  const session = affinityHeader === undefined ? undefined : call.header(affinityHeader);
  return {
    now,
    excluded: walk.excluded,
    ...(walk.largerThan === undefined ? {} : { largerThan: walk.largerThan }),
    ...(session === undefined ? {} : { session }),
  };
}

function memberView(runtime: Runtime, walk: Walk, index: number): MemberView {
  const upstream = walk.pool.members[index]?.upstream;
  if (upstream === undefined) throw new Error(`pool ${walk.pool.name} has no member ${index}`);
  const { cells } = runtime;
  const cap = upstream.maxConcurrent ?? Infinity;
  return {
    breaker: cells.breaker(walk.pool.name, upstream.name),
    hasRoom: cells.permits.inFlight(upstream.name) < cap,
    keyReadyAt: keyReadyAt(runtime, walk, providerOf(runtime, upstream.provider)),
  };
}

function keyReadyAt(runtime: Runtime, walk: Walk, provider: Provider): Milliseconds {
  const ring = runtime.cells.keys(provider.name, provider.credentials.length);
  const tried = walk.triedKeys.get(provider.name);
  let soonest = Infinity;
  for (const [key, until] of ring.restUntil.entries()) {
    if (tried?.has(key) !== true && until < soonest) soonest = until;
  }
  return ms(soonest);
}

function openLane(runtime: Runtime, walk: Walk, index: number): Lane {
  const member = walk.pool.members[index];
  if (member === undefined) throw new Error(`pool ${walk.pool.name} has no member ${index}`);
  const provider = providerOf(runtime, member.upstream.provider);
  const { cells } = runtime;
  const ring = cells.keys(provider.name, provider.credentials.length);
  const tried = walk.triedKeys.get(provider.name) ?? new Set<number>();
  // Only `least_bad` opens a lane while every key rests; it takes the one whose turn it is.
  const key = pickKey(ring, runtime.now(), tried) ?? ring.next;
  cells.setKeys(provider.name, passTurn(ring, key));
  const number = walk.attempts + 1;
  const { pool, plain } = walk;
  return { attempt: runtime.newAttempt(), number, pool, index, member, provider, key, plain };
}

function providerOf(runtime: Runtime, name: string): Provider {
  const provider = runtime.providers.get(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}

async function waitForRoom(runtime: Runtime, call: Call, walk: Walk): Promise<Move> {
  const { onExhausted } = walk.pool;
  const full: Failure = {
    class: "overloaded",
    message: `all members of ${walk.pool.name} are busy`,
  };
  if (onExhausted.kind === "pool") return switchPool(runtime, walk, onExhausted.pool, full);
  if (onExhausted.kind !== "queue") return { kind: "give-up", failure: walk.last?.failure ?? full };
  const names = new Set(walk.pool.members.map((member) => member.upstream.name));
  const waitMs = Math.min(onExhausted.wait, walk.deadline - runtime.now());
  const free = await runtime.cells.permits.wait(names, waitMs, call.signal);
  if (call.signal.aborted) return { kind: "give-up", failure: CLIENT_GONE };
  return free ? { kind: "again" } : { kind: "give-up", failure: full };
}

function exhausted(
  runtime: Runtime,
  walk: Walk,
  readyAt: Milliseconds | undefined,
  fallback: number | undefined,
): Move {
  const { onExhausted, name } = walk.pool;
  const failure: Failure = walk.last?.failure ?? {
    class: "overloaded",
    message: `no member of ${name} can serve now`,
    ...(readyAt === undefined ? {} : { retryAfter: Math.max(readyAt - runtime.now(), 0) }),
  };
  switch (onExhausted.kind) {
    case "least-bad":
      return fallback === undefined
        ? { kind: "give-up", failure }
        : { kind: "try", lane: openLane(runtime, walk, fallback) };
    case "pool":
      return switchPool(runtime, walk, onExhausted.pool, failure);
    case "reject":
    case "queue":
      return { kind: "give-up", failure };
  }
}

function switchPool(runtime: Runtime, walk: Walk, name: string, failure: Failure): Move {
  const pool = runtime.targets.pools.get(name);
  if (pool === undefined || walk.visited.has(name)) return { kind: "give-up", failure };
  walk.visited.add(name);
  walk.pool = pool;
  walk.excluded = new Set();
  return { kind: "again" };
}

/** Once: an upstream that only refuses the reasoning of earlier turns is asked again without it (E184). */
function retriesPlain(call: Call, walk: Walk, { lane, failure }: Failed): boolean {
  if (walk.plain || call.protocol === lane.provider.protocol || !refusesProofs(failure))
    return false;
  walk.plain = true;
  return true;
}

/** Learns from a failed attempt; says whether another one may help. */
function mayFailOver(runtime: Runtime, walk: Walk, failed: Failed): boolean {
  const { lane, failure } = failed;
  const effect = effectOf(failure.class);
  if (effect.elsewhere === "no") return false;
  if (effect.elsewhere === "larger-context") {
    const window = lane.member.upstream.contextWindow;
    if (window !== undefined) walk.largerThan = Math.max(walk.largerThan ?? 0, window);
  }
  const tried = walk.triedKeys.get(lane.provider.name) ?? new Set<number>();
  walk.triedKeys.set(lane.provider.name, tried.add(lane.key));
  // A member whose provider has another key stays in question when only the key was at fault.
  const another =
    effect.culprit === "key" && keyReadyAt(runtime, walk, lane.provider) <= runtime.now();
  if (!another) walk.excluded.add(lane.index);
  return true;
}

const CLIENT_GONE: Failure = { class: "cancelled", message: "the client closed the connection" };

function outOfTime(walk: Walk): Failure {
  return (
    walk.last?.failure ?? {
      class: "timeout",
      message: `no member of ${walk.pool.name} answered in time`,
    }
  );
}

function spent(walk: Walk): Failure {
  return (
    walk.last?.failure ?? {
      class: "overloaded",
      message: `${walk.pool.name}: no attempts are left`,
    }
  );
}

function unknownTarget(runtime: Runtime, call: Call): Failure {
  const known = runtime.models.map((entry) => entry.id).slice(0, 10);
  const hint = known.length === 0 ? "" : `; known names: ${known.join(", ")}`;
  const message = `nothing is called ${JSON.stringify(call.target)}${hint}`;
  return { class: "model-unknown", message, param: "model", code: "model_not_found" };
}
