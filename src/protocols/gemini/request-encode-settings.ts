// Sampling, limits, form of the answer, reasoning and tier (translation.md B.5, B.6, B.10, B.11).
import { filled } from "../../lib/compact.ts";
import { jsonText, raw, type JsonText, type Printable } from "../../lib/json.ts";
import type { OutputFormat, Sampling } from "../../ir/request.ts";
import { emulationOf, splitStops, type SplitStops } from "../kit/emulation.ts";
import type { Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import type { Emulation } from "../protocol.ts";
import { openApiOf } from "./openapi-encode.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeReasoning } from "./request-encode-reasoning.ts";

/** The settings, what must be said to the model beside them, and what is left to the gateway. */
export type EncodedSettings = {
  readonly draft: Draft;
  readonly instructions: readonly string[];
  readonly emulate: Emulation | undefined;
};

/** Most stop sequences and most candidates that the server takes (A.4, B.10). */
const MAX_STOPS = 5;
const MAX_CANDIDATES = 8;

/** Encodes the settings. `hasTools`: functions are offered. */
export function encodeSettings(context: EncodeContext, hasTools: boolean): EncodedSettings {
  const { request, verdicts, isOwn } = context;
  const { output } = request;
  const format = encodeFormat(context, hasTools);
  const stops = encodeStops(context);
  const { candidates = 1 } = output;
  const tooMany = candidates > MAX_CANDIDATES && !isOwn;
  if (tooMany) verdicts.emulate("R55", "");
  const generationConfig = unlessEmpty({
    ...encodeSampling(context),
    maxOutputTokens: encodeLimit(context),
    stopSequences: stops.sent,
    candidateCount: tooMany || (candidates === 1 && !isOwn) ? undefined : output.candidates,
    responseLogprobs: output.logprobs === undefined ? undefined : true,
    logprobs: output.logprobs?.top,
    ...format.members,
    responseModalities: encodeModalities(output.modalities),
    thinkingConfig: encodeReasoning(context),
  });
  return {
    draft: { generationConfig, serviceTier: encodeTier(context), ...encodeIdentity(context) },
    instructions: format.instruction === undefined ? [] : [format.instruction],
    emulate: emulationOf(output, stops, tooMany),
  };
}

function unlessEmpty(draft: Draft): Draft | undefined {
  return Object.values(draft).every((value) => value === undefined) ? undefined : draft;
}

function encodeLimit({ request, target, verdicts, isOwn }: EncodeContext): number | undefined {
  const { maxTokens } = request.output;
  if (maxTokens === undefined || isOwn) return maxTokens;
  const inside = Math.max(Math.min(maxTokens, target.capabilities.maxOutput ?? Infinity), 1);
  if (inside !== maxTokens) verdicts.loseNoted("R54", "", "D");
  return inside;
}

function encodeStops({ request, target, verdicts, isOwn }: EncodeContext): SplitStops {
  const { stop = [] } = request.output;
  if (isOwn) return { sent: filled(stop), enforced: undefined };
  const max = target.capabilities.stop === false ? 0 : MAX_STOPS;
  const stops = splitStops(stop, { max, blank: true });
  if (stops.enforced !== undefined) verdicts.emulate("R53", "");
  return stops;
}

/** Least and most of the temperature, the probability mass and the penalties (B.10). */
const HEAT = [0, 2] as const;
const MASS = [0, 1] as const;
const PENALTY = [-2, 2] as const;

function encodeSampling(context: EncodeContext): Draft {
  const { request, isOwn } = context;
  const { seed, ...given } = request.sampling;
  const taken = isOwn ? given : accepted(given, context);
  const { temperature, topP, topK, frequencyPenalty, presencePenalty } = taken;
  return {
    temperature,
    topP,
    topK,
    seed: seed === undefined ? undefined : raw(seed),
    frequencyPenalty,
    presencePenalty,
  };
}

function accepted(given: Sampling, { target, verdicts }: EncodeContext): Sampling {
  const { sampling } = target.capabilities;
  const one = sampling === "one" && given.temperature !== undefined;
  const none = sampling === "none";
  const sent = {
    temperature: none ? undefined : within(given.temperature, HEAT),
    topP: none || one ? undefined : within(given.topP, MASS),
    topK: none ? undefined : given.topK,
    frequencyPenalty: none ? undefined : within(given.frequencyPenalty, PENALTY),
    presencePenalty: none ? undefined : within(given.presencePenalty, PENALTY),
  };
  for (const [key, id] of [
    ["temperature", "R47"],
    ["topP", "R48"],
    ["topK", "R49"],
    ["frequencyPenalty", "R51"],
    ["presencePenalty", "R51"],
  ] as const) {
    if (sent[key] !== given[key]) verdicts.loseNoted(id, "", sent[key] === undefined ? "X" : "D");
  }
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
}

function within(
  value: number | undefined,
  [least, most]: readonly [number, number],
): number | undefined {
  return value === undefined ? undefined : Math.min(Math.max(value, least), most);
}

/** Sound comes alone, pictures come with words. */
function encodeModalities(modalities: readonly string[] = []): readonly string[] | undefined {
  if (modalities.length === 0) return undefined;
  const words = modalities.map((word) => word.toUpperCase());
  return words.includes("IMAGE") ? ["TEXT", ...words] : words;
}

type Format = { readonly members: Draft; readonly instruction: string | undefined };

const NO_FORMAT: Format = { members: {}, instruction: undefined };
const JSON_LINE = "Answer with one JSON object and nothing else.";
const JSON_MIME = "application/json";

function encodeFormat(context: EncodeContext, hasTools: boolean): Format {
  const { request, target, verdicts, isOwn } = context;
  const { format } = request.output;
  if (format === undefined) return NO_FORMAT;
  const { jsonSchema, schemaWithTools } = target.capabilities;
  const isRefused = jsonSchema === false || (schemaWithTools === false && hasTools);
  if (!isOwn && isRefused) return asInstruction(format, context);
  if (format.kind === "json")
    return { members: { responseMimeType: JSON_MIME }, instruction: undefined };
  // Here every schema is enforced, whether the caller asked for that or not.
  const isLoose = format.strict !== true && isStrictCompatible(format.schema);
  if (!isOwn && isLoose) verdicts.loseNoted("R44", "", "D");
  return { members: schemaMembers(format, context), instruction: undefined };
}

function asInstruction(format: OutputFormat, { verdicts }: EncodeContext): Format {
  if (format.kind === "json") {
    verdicts.loseNoted("R42", "", "D");
    return { members: {}, instruction: JSON_LINE };
  }
  verdicts.loseNoted("R43", "", "D");
  const instruction = `${JSON_LINE} It must match this JSON Schema:\n${format.schema}`;
  return { members: {}, instruction };
}

function schemaMembers(
  format: Extract<OutputFormat, { kind: "schema" }>,
  { target, verdicts, isOwn }: EncodeContext,
): Draft {
  const schema = isOwn ? format.schema : described(format);
  if (schema !== format.schema) verdicts.loseNoted("R44", "", "D");
  if (target.capabilities.schemaForm !== "openapi")
    return { responseMimeType: JSON_MIME, responseJsonSchema: raw(schema) };
  const { text, fate } = openApiOf(schema);
  if (fate === "lossy") verdicts.loseNoted("R43", "", "D");
  if (fate === "respelt") verdicts.emulate("R43", "");
  return { responseMimeType: JSON_MIME, responseSchema: raw(text) };
}

/** What the schema is for is said in the schema (R44). */
function described({ schema, description }: Extract<OutputFormat, { kind: "schema" }>): JsonText {
  if (description === undefined || /"description"/.test(schema) || /^\{\s*\}$/.test(schema))
    return schema;
  const said = `{"description":${JSON.stringify(description)},`;
  return jsonText(schema.replace("{", () => said)) ?? schema;
}

const TIERS = {
  auto: "unspecified",
  default: "standard",
  flex: "flex",
  priority: "priority",
} as const;

function encodeTier({ request, verdicts, isOwn }: EncodeContext): string | undefined {
  const { tier } = request;
  if (tier === undefined) return undefined;
  if (isOwn) return tier.raw;
  if (tier.class !== "other") return TIERS[tier.class];
  verdicts.loseNoted("R70", "", "X");
  return undefined;
}

/** Labels are billing data, and a person has no place in them: neither is sent unless the client itself said so. */
function encodeIdentity({ request, verdicts, isOwn }: EncodeContext): {
  readonly [key: string]: Printable;
} {
  if (isOwn) return { store: request.store };
  verdicts.loseNoted("R68", "", "X");
  verdicts.loseNoted("R69", "", "X");
  // Nothing is kept for the caller either way.
  if (request.store === true) verdicts.loseNoted("R71", "", "X");
  return {};
}
