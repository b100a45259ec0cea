// The life of one call, top to bottom: find the pool, try its members, answer. The only function that turns a failure
// into a response, and the only catch on the data plane.
import { ms } from "../lib/time.ts";
import type { Failure } from "../ir/failure.ts";
import { resolveTarget } from "../routing/targets.ts";
import type { Call } from "./call.ts";
import { elsewhereFor } from "./elsewhere.ts";
import { GATEWAY_FULL, giveUp } from "./give-up.ts";
import { attemptHedged } from "./hedge.ts";
import { nextMove, type Move } from "./moves.ts";
import { EVERYTHING } from "./permits.ts";
import type { Runtime } from "./runtime.ts";
import { keepReply, withState } from "./state.ts";
import { learn, spendOn, startWalk, type Walk } from "./walk.ts";

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
  if (isFull(runtime)) return giveUp(call, undefined, FULL);
  const pool = resolveTarget(runtime.targets, call.target);
  if (pool === undefined) return giveUp(call, undefined, unknownTarget(runtime, call));
  const walk = startWalk(runtime, call, pool);
  runtime.trails.put(walk.trail);
  const response = await goRound(runtime, call, walk);
  walk.trail.status = response.status;
  const losses = response.headers.get("x-recloser-loss");
  if (losses !== null) walk.trail.losses = losses;
  return response;
}

/** More calls than the whole gateway may have under way are turned away at once, so that those inside get through. */
function isFull({ cells, limits }: Runtime): boolean {
  return cells.permits.inFlight(EVERYTHING) >= limits.maxConcurrent;
}

const FULL: Failure = {
  class: "overloaded",
  code: GATEWAY_FULL,
  message: "the gateway has as many calls under way as it may",
  retryAfter: 1000,
};

async function goRound(runtime: Runtime, call: Call, walk: Walk): Promise<Response> {
  const elsewhere = elsewhereFor(runtime, call, walk);
  for (;;) {
    const paused = walk.pause !== undefined && !(await pause(runtime, call, walk));
    const move = paused ? CLIENT_LEFT : await nextMove(runtime, call, walk);
    if (move.kind === "again") continue;
    if (move.kind === "give-up") return giveUp(call, walk, move.failure);
    const { lane } = move;
    if (walk.attempts > 0) spendOn(runtime, walk.pool, "retry");
    walk.attempts += 1;
    walk.trail.steps.push(lane.trace);
    const goesOn = walk.pool.failover.continues && call.stream;
    const way = goesOn ? { ...lane, elsewhere: elsewhere(lane) } : lane;
    const outcome = await attemptHedged(runtime, call, walk, way);
    if (outcome.kind === "committed") return queued(walk, outcome.response);
    if (!learn(runtime, call, walk, outcome)) return giveUp(call, walk, outcome.failure);
  }
}

/** A call that stood in line says so. */
function queued({ queue }: Walk, response: Response): Response {
  if (queue !== undefined) response.headers.set("x-recloser-queue", queue);
  return response;
}

const CLIENT_LEFT: Move = {
  kind: "give-up",
  failure: { class: "cancelled", message: "the client closed the connection" },
};

/** Waits as the walk says; `false`: the client left meanwhile. */
async function pause(runtime: Runtime, call: Call, walk: Walk): Promise<boolean> {
  const { pause: wanted, trail } = walk;
  walk.pause = undefined;
  if (wanted === undefined) return true;
  const at = runtime.now() - call.arrivedAt;
  trail.steps.push({ kind: "waited", at, ms: Math.round(wanted.ms), for: wanted.for });
  await runtime.sleep(ms(wanted.ms), call.signal);
  return !call.signal.aborted;
}

function unknownTarget(runtime: Runtime, call: Call): Failure {
  const known = runtime.models.map((entry) => entry.id).slice(0, 10);
  const hint = known.length === 0 ? "" : `; known names: ${known.join(", ")}`;
  const message = `nothing is called ${JSON.stringify(call.target)}${hint}`;
  return { class: "model-unknown", message, param: "model", code: "model_not_found" };
}
