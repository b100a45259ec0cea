// The end of a call that nobody could serve: the upstream's own error where that helps the caller, else one in its dialect.
import type { Failure } from "../ir/failure.ts";
import { lossHeaders } from "../ir/loss-header.ts";
import { COMPAT } from "../ir/policy.ts";
import { effectOf } from "../routing/fault.ts";
import type { Pool } from "../routing/upstream.ts";
import type { Call } from "./call.ts";
import type { Failed, Lane } from "./outcome.ts";
import { NO_SUCH_OPERATION } from "./other-operations.ts";
import { refuse } from "./refuse.ts";
import { relayError } from "./relay-error.ts";

/** How far a call came before it was given up. */
export type Journey = {
  readonly pool: Pool;
  readonly attempts: number;
  readonly last: Failed | undefined;
};

/** Answers a call that nobody could serve. `journey` is absent when no member was even looked for. */
export function giveUp(call: Call, journey: Journey | undefined, why: Failure): Response {
  // Another member might have had the operation; as none has, there is no such thing.
  const missing = why.code === NO_SUCH_OPERATION;
  const failure: Failure = missing ? { class: "not-found", message: why.message } : why;
  const route = journey === undefined ? {} : refusalRoute(call, journey);
  const { losses = [] } = failure;
  const headers = { ...route, ...lossHeaders({ losses, emulated: [] }, COMPAT) };
  const last = journey?.last?.failure === failure ? journey.last : undefined;
  const relayed = last === undefined ? undefined : relayError(call, last, headers);
  return relayed ?? refuseAnew(call, last, failure, headers);
}

/** Code of the failure that a gateway has which is full itself. */
export const GATEWAY_FULL = "gateway_full";

/** A failure in the caller's words. `last` is the attempt that it comes from. */
export function refuseAnew(
  call: Pick<Call, "id" | "protocol" | "passToken">,
  last: { readonly lane: Pick<Lane, "provider"> } | undefined,
  failure: Failure,
  headers: Readonly<Record<string, string>>,
): Response {
  const { protocol, id: requestId } = call;
  // What was refused before anybody was asked is the caller's own doing.
  const unasked = failure.class === "model-unknown" && last === undefined;
  const own = failure.code === GATEWAY_FULL ? "gateway" : effectOf(failure.class).culprit;
  const culprit = unasked ? "caller" : own;
  const ours = last !== undefined && call.passToken === undefined && culprit === "key";
  const told = ours ? withoutOurKey(failure, last.lane) : failure;
  return refuse(told, { protocol, requestId, headers, culprit });
}

/** A client that reads "invalid key" or "no credit" asks its user for another key, but the key is ours (B.14, E026). */
function withoutOurKey(failure: Failure, lane: Pick<Lane, "provider">): Failure {
  if (failure.class === "rate-limited") return failure;
  const { name } = lane.provider;
  const reason = OUR_KEY[failure.class] ?? "refused the gateway's key";
  const { status } = failure;
  return {
    class: "server-error",
    message: `${name} ${reason}`,
    ...(status === undefined ? {} : { status }),
  };
}

const OUR_KEY: Partial<Readonly<Record<Failure["class"], string>>> = {
  unauthenticated: "refused the gateway's key",
  "model-forbidden": "does not allow this model to the gateway's key",
  forbidden: "does not allow this to the gateway's key",
  "quota-exhausted": "reports that the gateway's account has no quota left",
};

function refusalRoute(call: Call, journey: Journey): Record<string, string> {
  const lane = journey.last?.lane;
  const to = lane === undefined ? "-" : lane.provider.protocol.name;
  const model = lane === undefined ? "" : `; model=${lane.member.upstream.name}`;
  const route = `${call.protocol.name}>${to}; pool=${journey.pool.name}${model}`;
  return { "x-recloser-route": `${route}; attempts=${journey.attempts}` };
}
