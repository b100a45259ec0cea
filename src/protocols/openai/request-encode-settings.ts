// Settings on the way out: ranges, limits, and members that only OpenAI itself knows (translation.md B.5, B.8 to B.11).
import type { Printable } from "../../lib/json.ts";
import type { OutputFormat } from "../../ir/request.ts";
import { splitStops, type SplitStops } from "../kit/emulation.ts";
import {
  admits,
  clamped,
  encodeCache,
  encodeIdentity,
  encodeLimit,
  encodeSchema,
  encodeSpread,
  encodeStore,
  encodeTier,
  spliced,
  type Range,
} from "../kit/openai-settings-encode.ts";
import { spells, type Draft } from "../kit/residue.ts";
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

function encodeOutput(context: EncodeContext, stop: SplitStops["sent"]): Draft {
  const { output } = context.request;
  const { logprobs, candidates, verbosity } = output;
  const field = context.target.profile.maxTokensField ?? "max_completion_tokens";
  return {
    [field]: encodeLimit(context, 1),
    stop,
    n: candidates,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs?.top,
    ...encodeModalities(context),
    response_format: output.format === undefined ? undefined : encodeFormat(output.format, context),
    verbosity: verbosity !== undefined && admits(context, "R46") ? verbosity : undefined,
  };
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

const PENALTY: Range = { id: "R51", min: -2, max: 2 };

function encodeFormat(format: OutputFormat, context: EncodeContext): Printable {
  if (format.kind === "json") return { type: "json_object" };
  if (context.target.capabilities.jsonSchema === false) {
    context.verdicts.lose("R43", "", "D");
    return { type: "json_object" };
  }
  return { type: "json_schema", json_schema: encodeSchema(format, context) };
}
