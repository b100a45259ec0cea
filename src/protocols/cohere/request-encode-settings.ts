// Sampling, limits, form of the answer and reasoning (translation.md B.5, B.6, B.10).
import { raw, type Printable } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import { budgetOf } from "../kit/effort.ts";
import { splitStops, type SplitStops } from "../kit/emulation.ts";
import type { Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** All settings in a fixed order. */
export function encodeSettings(context: EncodeContext, stops: SplitStops): Draft {
  const { request, verdicts } = context;
  // Nothing is ever kept here.
  if (request.store === false) verdicts.keep("R71", "");
  return {
    ...encodeSampling(context),
    max_tokens: encodeLimit(context),
    stop_sequences: stops.sent,
    logprobs: encodeLogprobs(context),
    response_format: encodeFormat(context),
    thinking: encodeThinking(context),
  };
}

/** Where a number must lie, and which uses of a feature it is. */
type Range = {
  readonly id: LossId;
  readonly min: number;
  readonly max: number;
  readonly member?: RegExp;
};

const TEMPERATURE: Range = { id: "R47", min: 0, max: Infinity };
const P: Range = { id: "R48", min: 0.01, max: 0.99 };
const K: Range = { id: "R49", min: 0, max: 500 };
const FREQUENCY: Range = { id: "R51", min: 0, max: 1, member: /frequency/i };
const PRESENCE: Range = { id: "R51", min: 0, max: 1, member: /presence/i };

function encodeSampling(context: EncodeContext): Draft {
  const { sampling } = context.request;
  const takes = context.target.capabilities.sampling !== "none";
  if (!takes)
    for (const id of ["R47", "R48", "R49"] as const) context.verdicts.loseNoted(id, "", "X");
  return {
    temperature: takes ? clamped(sampling.temperature, TEMPERATURE, context) : undefined,
    p: takes ? clamped(sampling.topP, P, context) : undefined,
    k: takes ? clamped(sampling.topK, K, context) : undefined,
    seed: sampling.seed === undefined ? undefined : raw(sampling.seed),
    frequency_penalty: clamped(sampling.frequencyPenalty, FREQUENCY, context),
    presence_penalty: clamped(sampling.presencePenalty, PRESENCE, context),
  };
}

/** A number inside of what the service takes; moving it is reported. A client of this dialect is taken at its word. */
function clamped(
  value: number | undefined,
  { id, min, max, member = /^/ }: Range,
  { request, verdicts, isOwn }: EncodeContext,
): number | undefined {
  if (value === undefined || isOwn) return value;
  const inside = Math.min(Math.max(value, min), max);
  if (inside === value) return value;
  for (const use of request.uses)
    if (use.id === id && member.test(use.path)) verdicts.loseNoted(id, use.path, "D");
  return inside;
}

function encodeLimit({ request, target, verdicts, isOwn }: EncodeContext): number | undefined {
  const { maxTokens } = request.output;
  if (maxTokens === undefined || isOwn) return maxTokens;
  const inside = Math.max(Math.min(maxTokens, target.capabilities.maxOutput ?? Infinity), 1);
  if (inside !== maxTokens) verdicts.loseNoted("R54", "", "D");
  return inside;
}

/** Most stop sequences that the service takes. */
const MAX_STOPS = 5;

/** What the model matches itself, and what is left to the gateway (R53). */
export function encodeStops({ request, target, verdicts, isOwn }: EncodeContext): SplitStops {
  const { stop } = request.output;
  if (isOwn) return { sent: stop, enforced: undefined };
  const max = target.capabilities.stop === false ? 0 : MAX_STOPS;
  const stops = splitStops(stop, { max, blank: true });
  if (stops.enforced !== undefined) verdicts.emulate("R53", "");
  return stops;
}

/** Alternatives are not to be had (R56). */
function encodeLogprobs({ request, verdicts }: EncodeContext): true | undefined {
  const { logprobs } = request.output;
  if (logprobs === undefined) return undefined;
  if ((logprobs.top ?? 0) > 0) verdicts.loseNoted("R56", "", "D");
  return true;
}

/** The form of the answer cannot be set beside tools and documents (R43, E154). */
function encodeFormat(context: EncodeContext): Printable {
  const { request, target, verdicts, isOwn, isGrounded } = context;
  const { format } = request.output;
  if (format === undefined) return undefined;
  if (isGrounded && !isOwn) {
    for (const id of ["R42", "R43"] as const) verdicts.loseNoted(id, "", "X");
    return undefined;
  }
  if (format.kind === "json") return { type: "json_object" };
  if (!isOwn && target.capabilities.jsonSchema === false) {
    verdicts.loseNoted("R43", "", "D");
    return { type: "json_object" };
  }
  // Here every schema is enforced, whether the caller asked for that or not.
  const isLoose = format.strict !== true && isStrictCompatible(format.schema);
  if (!isOwn && isLoose) verdicts.loseNoted("R44", "", "D");
  return { type: "json_object", json_schema: raw(format.schema) };
}

/** A switch and a budget; words of effort stand for budgets (R57, R58). */
function encodeThinking({ request, target, verdicts }: EncodeContext): Draft | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  if (target.capabilities.reasoning === "none") {
    for (const id of ["R57", "R58", "R59"] as const) verdicts.loseNoted(id, "", "X");
    return undefined;
  }
  const { mode, effort, budget } = reasoning;
  // A word comes back as itself from its budget.
  if (budget === undefined) verdicts.keep("R57", "");
  if (mode === "off" || effort === "none") return { type: "disabled" };
  if (effort === "max") verdicts.loseNoted("R57", "", "D");
  const tokens =
    budget ?? (effort === undefined || effort === "max" ? undefined : budgetOf(effort));
  return { type: "enabled", token_budget: tokens };
}
