// Settings that both of OpenAI's protocols spell alike, on the way out (translation.md B.5, B.8, B.10, B.11).
import { raw, type JsonText, type Printable } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { OutputFormat, Req } from "../../ir/request.ts";
import type { Target } from "../protocol.ts";
import { hash16 } from "./hash.ts";
import { spells, type Draft, type GraftPlace } from "./residue.ts";
import { isStrictCompatible } from "./strict-schema.ts";
import type { Verdicts } from "./verdicts.ts";

/** What the encoders of both protocols know. */
export type OpenaiContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  /** Whether the request was written in the dialect of the target: then what it says is taken at its word. */
  readonly isOwn: boolean;
  /** Whether the upstream is OpenAI, which knows members that compatible servers refuse. */
  readonly isOpenai: boolean;
  /** Name of the target's dialect. */
  readonly dialect: string;
};

function bodyOf({ dialect }: OpenaiContext): GraftPlace {
  return { dialect, depth: 0 };
}

/** A text spliced as it is spelt; nothing stays nothing. */
export function spliced(text: JsonText | undefined): Printable {
  return text === undefined ? undefined : raw(text);
}

/** Whether a member is sent that compatible servers may refuse; it is reported as lost if not. */
export function admits(context: OpenaiContext, id: LossId): boolean {
  if (context.isOpenai || context.isOwn) return true;
  context.verdicts.loseNoted(id, "", "X");
  return false;
}

/** What a number must lie between, and the feature it belongs to. */
export type Range = { readonly id: LossId; readonly min: number; readonly max: number };

/** A number inside of what the protocol takes; moving it is reported. A client of this dialect is taken at its word. */
export function clamped(
  value: number | undefined,
  range: Range,
  context: OpenaiContext,
): number | undefined {
  if (value === undefined || context.isOwn) return value;
  const inside = Math.min(Math.max(value, range.min), range.max);
  if (inside !== value) context.verdicts.loseNoted(range.id, "", "D");
  return inside;
}

const DEFAULT_NAME = "response";
const MAX_NAME = 64;

/** The members of a schema for the answer; what stands around them differs between the protocols (R43, R44). */
export function encodeSchema(
  format: Extract<OutputFormat, { kind: "schema" }>,
  context: OpenaiContext,
): Draft {
  const { schema, description } = format;
  const name = (format.name ?? DEFAULT_NAME).replace(/[^A-Za-z0-9_-]/g, "_").slice(0, MAX_NAME);
  return {
    name: name === "" ? DEFAULT_NAME : name,
    description,
    schema: raw(schema),
    strict: strictFormat(format, context),
  };
}

/** Other dialects always hold the model to the schema; here that takes strict mode, which not every schema allows. */
function strictFormat(
  format: Extract<OutputFormat, { kind: "schema" }>,
  context: OpenaiContext,
): boolean | undefined {
  if (context.isOwn || format.strict === false) return format.strict;
  const compatible = isStrictCompatible(format.schema);
  if (!compatible && format.strict === true) context.verdicts.loseNoted("R44", "", "D");
  return compatible;
}

/** The cache key and the automatic breakpoint (R64, R65). */
export function encodeCache(context: OpenaiContext): Draft {
  const { cache, ext } = context.request;
  const { key, automatic, ttl } = cache;
  const sendsKey = key !== undefined && admits(context, "R64");
  const draft = { prompt_cache_key: sendsKey ? key : undefined };
  if (spells(ext, bodyOf(context), "prompt_cache_options")) return draft;
  if (automatic === undefined || !admits(context, "R65")) return draft;
  const lasting = (automatic.ttl ?? ttl) === "30m" ? "30m" : undefined;
  if (lasting !== undefined) context.verdicts.keep("R63t", "");
  return { ...draft, prompt_cache_options: { mode: "implicit", ttl: lasting } };
}

/** Longest identifier of an end user (translation.md B.11 R69). */
const MAX_USER = 64;

/** The end user and the map for the dashboard (R68, R69). */
export function encodeIdentity(context: OpenaiContext): Draft {
  const { identity, ext } = context.request;
  const { user, metadata } = identity;
  const sent = metadata !== undefined && admits(context, "R68");
  const members: Draft = { metadata: sent ? raw(metadata) : undefined };
  if (user === undefined) return members;
  const fits = context.isOwn || user.length <= MAX_USER;
  if (!fits) context.verdicts.loseNoted("R69", "", "D");
  const written = fits ? user : `user_${hash16(user)}`;
  const isOlder = spells(ext, bodyOf(context), "user") && !hasSafetyIdentifier(context);
  if (isOlder) return members;
  const field = context.isOpenai || context.isOwn ? "safety_identifier" : "user";
  return { ...members, [field]: written };
}

/** Whether the caller used the present name, perhaps beside the older one. */
function hasSafetyIdentifier(context: OpenaiContext): boolean {
  return context.request.uses.some(({ path }) => path === "/safety_identifier");
}

/** The tier in words of the vendor; `undefined`: none is sent (R70). */
export function encodeTier(context: OpenaiContext): string | undefined {
  const { tier } = context.request;
  if (tier === undefined) return undefined;
  if (context.isOwn) return tier.raw;
  if (tier.class !== "other" && admits(context, "R70")) return tier.class;
  context.verdicts.lose("R70", "", "X");
  return undefined;
}

/** A server that never stores has nothing to switch off. */
export function encodeStore(context: OpenaiContext): boolean | undefined {
  const { store } = context.request;
  if (store === undefined || context.isOpenai || context.isOwn) return store;
  if (store) context.verdicts.lose("R71", "", "X");
  return undefined;
}

/** Temperature and top_p, as far as the model takes them. */
export function encodeSpread(context: OpenaiContext): Draft {
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

/** The limit on the answer (R54); `least`: the smallest that the protocol takes, whatever others do. */
export function encodeLimit(context: OpenaiContext, least: number): number | undefined {
  const { maxTokens } = context.request.output;
  const most = context.target.capabilities.maxOutput ?? Infinity;
  if (maxTokens === undefined) return undefined;
  // Zero asks another vendor to warm its cache; here it would be refused.
  const inside = Math.max(Math.min(maxTokens, most), context.isOwn ? maxTokens : least);
  if (inside !== maxTokens) context.verdicts.loseNoted("R54", "", "D");
  return inside;
}
