// Sampling, limits, form of the answer, identity and tier (translation.md B.5, B.8, B.10, B.11).
import { filled } from "../../lib/compact.ts";
import { raw, type Printable } from "../../lib/json.ts";
import { answerTool, type AnswerTool } from "../kit/answer-tool.ts";
import { acceptedSampling } from "../kit/unit-sampling.ts";
import { emulationOf, splitStops, type SplitStops } from "../kit/emulation.ts";
import { hash16 } from "../kit/hash.ts";
import type { Draft } from "../kit/residue.ts";
import { spells } from "../kit/residue.ts";
import type { Emulation, HeaderList } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { cacheControl } from "./request-encode-cache.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeReasoning, wantedBudget, type EncodedReasoning } from "../kit/claude-reasoning.ts";
import { outputSchema } from "./output-schema.ts";

/** The settings, what must be said to the model beside them, and whether it will think. */
export type EncodedSettings = {
  readonly draft: Draft;
  readonly instructions: readonly string[];
  readonly isThinking: boolean;
  /** The tool that carries the schema, where the model takes none. */
  readonly answer: AnswerTool | undefined;
  readonly headers: HeaderList | undefined;
  readonly emulate: Emulation | undefined;
};

/** Output tokens when neither the caller nor the table says how many: what every model of the vendor takes. */
const FALLBACK_OUTPUT = 8192;
/** Room for the answer beside a budget, when the limit is ours to set (B.6, clamp). */
const ANSWER_ROOM = 4096;

/** Encodes the settings. */
export function encodeSettings(context: EncodeContext): EncodedSettings {
  const { request, verdicts } = context;
  const { maxTokens, room } = limitOf(context);
  const reasoning = encodeReasoning(context, room);
  const answer = answerTool(context, reasoning.isOn);
  const format = answer === undefined ? encodeFormat(context) : NO_FORMAT;
  if (answer !== undefined) verdicts.emulate("R43", "");
  const { effort } = reasoning;
  const config = { effort, format: format.member };
  const stops = encodeStops(context);
  // Thirty minutes become the vendor's five.
  if (request.cache.ttl === "30m") verdicts.loseNoted("R63t", "", "D");
  // A vendor that never stores satisfies a wish not to store.
  if (request.store === false) verdicts.keep("R71", "");
  return {
    draft: {
      max_tokens: maxTokens,
      ...encodeSampling(context, reasoning),
      stop_sequences: stops.sent,
      thinking: reasoning.thinking,
      output_config: effort === undefined && format.member === undefined ? undefined : config,
      metadata: encodeUser(context),
      service_tier: encodeTier(context),
      cache_control: cacheControl(request.cache.automatic),
    },
    instructions: format.instruction === undefined ? [] : [format.instruction],
    isThinking: reasoning.isOn,
    answer,
    headers: reasoning.headers,
    emulate: emulationOf(request.output, stops, true),
  };
}

/** The limit, and how much of it a budget may take. */
type Limit = { readonly maxTokens: number; readonly room: number };

/** The dialect demands a limit: the model's own, so that nothing is cut short that would not be anyway (E210, E162). */
function limitOf(context: EncodeContext): Limit {
  const { request, target, verdicts, isOwn } = context;
  const { maxTokens } = request.output;
  const most = target.capabilities.maxOutput;
  if (maxTokens === undefined) {
    const asked = request.reasoning === undefined ? 0 : wantedBudget(request.reasoning);
    const limit = most ?? Math.max(FALLBACK_OUTPUT, asked + ANSWER_ROOM);
    return { maxTokens: limit, room: limit - ANSWER_ROOM };
  }
  if (isOwn || most === undefined || maxTokens <= most) return { maxTokens, room: maxTokens - 1 };
  verdicts.loseNoted("R54", "", "D");
  return { maxTokens: most, room: most - 1 };
}

/** Blank sequences are refused, so the gateway looks for them; of others the API takes as many as one likes. */
function encodeStops({ request, verdicts, isOwn }: EncodeContext): SplitStops {
  const { stop = [] } = request.output;
  if (isOwn) return { sent: filled(stop), enforced: undefined };
  const stops = splitStops(stop, { max: Infinity, blank: false });
  if (stops.enforced !== undefined) verdicts.emulate("R53", "");
  return stops;
}

/** Longest end-user id that the API takes, in characters. */
const MAX_USER = 256;

function encodeUser({ request, isOwn }: EncodeContext): Printable {
  const { user } = request.identity;
  if (user === undefined) return undefined;
  return { user_id: isOwn || user.length <= MAX_USER ? user : hash16(user) };
}

function encodeSampling(context: EncodeContext, reasoning: EncodedReasoning): Draft {
  const { request, target, verdicts, isOwn } = context;
  const { temperature, topP, topK } = request.sampling;
  if (isOwn) return { temperature, top_p: topP, top_k: topK };
  const isNarrow = reasoning.isOn && target.capabilities.reasoning === "budget";
  const sent = acceptedSampling(request.sampling, target.capabilities.sampling, isNarrow);
  const rows = [
    ["R47", temperature, sent.temperature],
    ["R48", topP, sent.topP],
    ["R49", topK, sent.topK],
  ] as const;
  for (const [id, asked, given] of rows) {
    if (asked !== given) verdicts.loseNoted(id, "", given === undefined ? "X" : "D");
  }
  return { temperature: sent.temperature, top_p: sent.topP, top_k: sent.topK };
}

type Format = { readonly member: Printable; readonly instruction: string | undefined };

const NO_FORMAT: Format = { member: undefined, instruction: undefined };
const JSON_LINE = "Answer with one JSON object and nothing else.";

function encodeFormat(context: EncodeContext): Format {
  const { request, target, verdicts, isOwn } = context;
  const { format } = request.output;
  const place = { dialect: DIALECT, depth: 0 } as const;
  if (format === undefined || spells(request.ext, place, "output_format")) {
    return NO_FORMAT;
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
