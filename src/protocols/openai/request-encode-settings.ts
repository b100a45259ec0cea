// Settings on the way out: ranges, limits, and members that only OpenAI itself knows (translation.md B.5, B.8 to B.11).
import { raw, type JsonText, type Printable } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { OutputFormat } from "../../ir/request.ts";
import { splitStops, type SplitStops } from "../kit/emulation.ts";
import { hash16 } from "../kit/hash.ts";
import { spells, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeEffort } from "./request-encode-reasoning.ts";

const BODY_PLACE = { dialect: DIALECT, depth: 0 } as const;

/** All settings in a fixed order. */
export function encodeSettings(context: EncodeContext, stops: SplitStops): Draft {
  return {
    ...encodeSampling(context),
    ...encodeOutput(context, stops.sent),
    reasoning_effort: encodeEffort(context),
    ...encodeCache(context),
    ...encodeIdentity(context),
    service_tier: encodeTier(context),
    store: encodeStore(context),
  };
}

function spliced(text: JsonText | undefined): Printable {
  return text === undefined ? undefined : raw(text);
}

/** Whether a member is sent that compatible servers may refuse; it is reported as lost if not. */
function admits(context: EncodeContext, id: LossId): boolean {
  if (context.isOpenai || context.isOwn) return true;
  context.verdicts.loseNoted(id, "", "X");
  return false;
}

type Range = { readonly id: LossId; readonly min: number; readonly max: number };

function clamped(
  value: number | undefined,
  range: Range,
  context: EncodeContext,
): number | undefined {
  if (value === undefined || context.isOwn) return value;
  const inside = Math.min(Math.max(value, range.min), range.max);
  if (inside !== value) context.verdicts.loseNoted(range.id, "", "D");
  return inside;
}

const PENALTY: Range = { id: "R51", min: -2, max: 2 };

function encodeSampling(context: EncodeContext): Draft {
  const { sampling } = context.request;
  return {
    ...encodeSpread(context),
    frequency_penalty: clamped(sampling.frequencyPenalty, PENALTY, context),
    presence_penalty: clamped(sampling.presencePenalty, PENALTY, context),
    logit_bias: spliced(sampling.logitBias),
    seed: spliced(sampling.seed),
  };
}

/** Temperature and top_p, as far as the model takes them. */
function encodeSpread(context: EncodeContext): Draft {
  const { temperature, topP } = context.request.sampling;
  const { sampling = "all" } = context.target.capabilities;
  const both = temperature !== undefined && topP !== undefined;
  if (sampling === "none" && temperature !== undefined) context.verdicts.lose("R47", "", "X");
  const dropsTopP = sampling === "none" || (sampling === "one" && both);
  if (dropsTopP && topP !== undefined) context.verdicts.lose("R48", "", "X");
  const heat = sampling === "none" ? undefined : temperature;
  return {
    temperature: clamped(heat, { id: "R47", min: 0, max: 2 }, context),
    top_p: clamped(dropsTopP ? undefined : topP, { id: "R48", min: 0, max: 1 }, context),
  };
}

function encodeOutput(context: EncodeContext, stop: SplitStops["sent"]): Draft {
  const { output } = context.request;
  const { logprobs, candidates, verbosity } = output;
  const field = context.target.profile.maxTokensField ?? "max_completion_tokens";
  return {
    [field]: encodeLimit(context),
    stop,
    n: candidates,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs?.top,
    ...encodeModalities(context),
    response_format: output.format === undefined ? undefined : encodeFormat(output.format, context),
    verbosity: verbosity !== undefined && admits(context, "R46") ? verbosity : undefined,
  };
}

function encodeLimit(context: EncodeContext): number | undefined {
  const { maxTokens } = context.request.output;
  const most = context.target.capabilities.maxOutput ?? Infinity;
  if (maxTokens === undefined) return undefined;
  // Zero asks Anthropic to warm its cache; here it would be refused.
  const inside = Math.max(Math.min(maxTokens, most), context.isOwn ? maxTokens : 1);
  if (inside !== maxTokens) context.verdicts.loseNoted("R54", "", "D");
  return inside;
}

/** Most stop sequences that the protocol takes. */
const MAX_STOPS = 4;

/** What the model matches itself, and what is left to the gateway; reasoning models take no sequences at all (B.10). */
export function encodeStops(context: EncodeContext): SplitStops {
  const takes = context.target.capabilities.stop !== false;
  const stops = splitStops(context.request.output.stop, {
    max: takes ? MAX_STOPS : 0,
    blank: true,
  });
  if (stops.enforced !== undefined) context.verdicts.emulate("R53", "");
  return stops;
}

/** A voice and a format are required with speech; these are the documented examples. */
const DEFAULT_AUDIO = { voice: "alloy", format: "wav" };
const DEFAULT_STREAMED_AUDIO = { voice: "alloy", format: "pcm16" };

function encodeModalities(context: EncodeContext): Draft {
  const { request, target, verdicts } = context;
  const modalities = request.output.modalities ?? [];
  if (modalities.length === 0) return {};
  if (!context.isOwn && modalities.includes("image")) verdicts.lose("R19", "", "X");
  const known = context.isOwn ? modalities : modalities.filter((modality) => modality === "audio");
  if (known.length === 0) return {};
  const isSettled = !known.includes("audio") || spells(request.ext, BODY_PLACE, "audio");
  const audio = target.stream ? DEFAULT_STREAMED_AUDIO : DEFAULT_AUDIO;
  return { modalities: ["text", ...known], audio: isSettled ? undefined : audio };
}

const DEFAULT_NAME = "response";
const MAX_NAME = 64;

function encodeFormat(format: OutputFormat, context: EncodeContext): Printable {
  if (format.kind === "json") return { type: "json_object" };
  if (context.target.capabilities.jsonSchema === false) {
    context.verdicts.lose("R43", "", "D");
    return { type: "json_object" };
  }
  const { schema, description } = format;
  const name = (format.name ?? DEFAULT_NAME).replace(/[^A-Za-z0-9_-]/g, "_").slice(0, MAX_NAME);
  const strict = strictFormat(format, context);
  return {
    type: "json_schema",
    json_schema: {
      name: name === "" ? DEFAULT_NAME : name,
      description,
      schema: raw(schema),
      strict,
    },
  };
}

/** Other dialects always hold the model to the schema; here that takes strict mode, which not every schema allows. */
function strictFormat(
  format: Extract<OutputFormat, { kind: "schema" }>,
  context: EncodeContext,
): boolean | undefined {
  if (context.isOwn || format.strict === false) return format.strict;
  const compatible = isStrictCompatible(format.schema);
  if (!compatible) context.verdicts.loseNoted("R44", "", "D");
  return compatible;
}

function encodeCache(context: EncodeContext): Draft {
  const { cache, ext } = context.request;
  const { key, automatic, ttl } = cache;
  const sendsKey = key !== undefined && admits(context, "R64");
  const draft = { prompt_cache_key: sendsKey ? key : undefined };
  if (spells(ext, BODY_PLACE, "prompt_cache_options")) return draft;
  if (automatic === undefined || !admits(context, "R65")) return draft;
  const lasting = (automatic.ttl ?? ttl) === "30m" ? "30m" : undefined;
  if (lasting !== undefined) context.verdicts.keep("R63t", "");
  return { ...draft, prompt_cache_options: { mode: "implicit", ttl: lasting } };
}

/** Longest identifier of an end user (translation.md B.11 R69). */
const MAX_USER = 64;

function encodeIdentity(context: EncodeContext): Draft {
  const { identity, ext } = context.request;
  const { user, metadata } = identity;
  const sent = metadata !== undefined && admits(context, "R68");
  const members: Draft = { metadata: sent ? raw(metadata) : undefined };
  if (user === undefined) return members;
  const fits = context.isOwn || user.length <= MAX_USER;
  if (!fits) context.verdicts.loseNoted("R69", "", "D");
  const written = fits ? user : `user_${hash16(user)}`;
  const isOlder = spells(ext, BODY_PLACE, "user") && !hasSafetyIdentifier(context);
  if (isOlder) return members;
  const field = context.isOpenai || context.isOwn ? "safety_identifier" : "user";
  return { ...members, [field]: written };
}

/** Whether the caller used the present name, perhaps beside the older one. */
function hasSafetyIdentifier(context: EncodeContext): boolean {
  return context.request.uses.some(({ path }) => path === "/safety_identifier");
}

function encodeTier(context: EncodeContext): string | undefined {
  const { tier } = context.request;
  if (tier === undefined) return undefined;
  if (context.isOwn) return tier.raw;
  if (tier.class !== "other" && admits(context, "R70")) return tier.class;
  context.verdicts.lose("R70", "", "X");
  return undefined;
}

/** A server that never stores has nothing to switch off. */
function encodeStore(context: EncodeContext): boolean | undefined {
  const { store } = context.request;
  if (store === undefined || context.isOpenai || context.isOwn) return store;
  if (store) context.verdicts.lose("R71", "", "X");
  return undefined;
}
