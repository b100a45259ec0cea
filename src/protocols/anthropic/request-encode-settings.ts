// Sampling, limits, form of the answer, identity and tier (translation.md B.5, B.8, B.10, B.11).
import { raw, type Printable } from "../../lib/json.ts";
import type { Draft } from "../kit/residue.ts";
import { spells } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import { cacheControl } from "./request-encode-cache.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import {
  encodeReasoning,
  wantedBudget,
  type EncodedReasoning,
} from "./request-encode-reasoning.ts";
import { outputSchema } from "./output-schema.ts";

/** The settings, what must be said to the model beside them, and whether it will think. */
export type EncodedSettings = {
  readonly draft: Draft;
  readonly instructions: readonly string[];
  readonly isThinking: boolean;
};

/** Output tokens when neither the caller nor the table says how many: what every model of the vendor takes. */
const FALLBACK_OUTPUT = 8192;
/** Room for the answer beside a budget, when the limit is ours to set (B.6, clamp). */
const ANSWER_ROOM = 4096;

/** Encodes the settings. */
export function encodeSettings(context: EncodeContext): EncodedSettings {
  const { request, verdicts } = context;
  const maxTokens = limitOf(context);
  const reasoning = encodeReasoning(context, maxTokens);
  const format = encodeFormat(context);
  const { effort } = reasoning;
  const config = { effort, format: format.member };
  verdicts.loseNoted("R55", "", "X");
  // Thirty minutes become the vendor's five.
  if (request.cache.ttl === "30m") verdicts.loseNoted("R63t", "", "D");
  // A vendor that never stores satisfies a wish not to store.
  if (request.store === false) verdicts.keep("R71", "");
  const stop = (request.output.stop ?? []).filter((word) => word.trim() !== "");
  return {
    draft: {
      max_tokens: maxTokens,
      ...encodeSampling(context, reasoning),
      stop_sequences: stop.length === 0 ? undefined : stop,
      thinking: reasoning.thinking,
      output_config: effort === undefined && format.member === undefined ? undefined : config,
      metadata:
        request.identity.user === undefined ? undefined : { user_id: request.identity.user },
      service_tier: encodeTier(context),
      cache_control: cacheControl(request.cache.automatic),
    },
    instructions: format.instruction === undefined ? [] : [format.instruction],
    isThinking: reasoning.isOn,
  };
}

/** The dialect demands a limit: the model's own, so that nothing is cut short that would not be anyway (E210, E162). */
function limitOf(context: EncodeContext): number {
  const { request, target } = context;
  if (request.output.maxTokens !== undefined) return request.output.maxTokens;
  const most = target.capabilities.maxOutput ?? FALLBACK_OUTPUT;
  const budget = wantedBudget(context);
  return budget === 0 ? most : Math.max(most, Math.min(budget + ANSWER_ROOM, most + ANSWER_ROOM));
}

function encodeSampling(context: EncodeContext, reasoning: EncodedReasoning): Draft {
  const { request, target, verdicts, isOwn } = context;
  const { temperature, topP, topK } = request.sampling;
  if (isOwn) return { temperature, top_p: topP, top_k: topK };
  const { sampling } = target.capabilities;
  if (sampling === "none" || (reasoning.isOn && target.capabilities.reasoning === "budget")) {
    verdicts.loseNoted("R47", "", "X");
    verdicts.loseNoted("R48", "", "X");
    verdicts.loseNoted("R49", "", "X");
    return {};
  }
  const warm = temperature !== undefined && temperature > 1;
  if (warm) verdicts.loseNoted("R47", "", "D");
  const both = sampling === "one" && temperature !== undefined && topP !== undefined;
  if (both) verdicts.loseNoted("R48", "", "X");
  return { temperature: warm ? 1 : temperature, top_p: both ? undefined : topP, top_k: topK };
}

type Format = { readonly member: Printable; readonly instruction: string | undefined };

const JSON_LINE = "Answer with one JSON object and nothing else.";

function encodeFormat(context: EncodeContext): Format {
  const { request, target, verdicts, isOwn } = context;
  const { format } = request.output;
  const place = { dialect: DIALECT, depth: 0 } as const;
  if (format === undefined || spells(request.ext, place, "output_format")) {
    return { member: undefined, instruction: undefined };
  }
  // The dialect has no mode for "some object": the model is told (R42).
  if (format.kind === "json") return { member: undefined, instruction: JSON_LINE };
  if (isOwn)
    return { member: { type: "json_schema", schema: raw(format.schema) }, instruction: undefined };
  if (target.capabilities.jsonSchema === false) {
    verdicts.loseNoted("R43", "", "D");
    const instruction = `${JSON_LINE} It must match this JSON Schema:\n${format.schema}`;
    return { member: undefined, instruction };
  }
  const { schema, changed } = outputSchema(format.schema);
  if (changed) verdicts.loseNoted("R43", "", "D");
  return { member: { type: "json_schema", schema }, instruction: undefined };
}

function encodeTier(context: EncodeContext): string | undefined {
  const { request, isOwn, verdicts } = context;
  const { tier } = request;
  if (tier === undefined || isOwn) return tier?.raw;
  switch (tier.class) {
    case "auto":
      return "auto";
    case "default":
      return "standard_only";
    case "priority":
      verdicts.loseNoted("R70", "", "D");
      return "auto";
    case "flex":
    case "other":
      verdicts.loseNoted("R70", "", "X");
      return undefined;
  }
}
