// Sampling, limits, form of the answer, reasoning and tier (translation.md B.5, B.6, B.10, B.11), with what a family of models
// takes beside the protocol (A.5, "Family quirks").
import { filled } from "../../lib/compact.ts";
import { raw, type Printable } from "../../lib/json.ts";
import type { Effort, OutputFormat } from "../../ir/request.ts";
import { answerTool, type AnswerTool } from "../kit/answer-tool.ts";
import { encodeReasoning as claudeReasoning } from "../kit/claude-reasoning.ts";
import { fitEffort, wantedEffort } from "../kit/effort.ts";
import { emulationOf, splitStops, type SplitStops } from "../kit/emulation.ts";
import type { Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { acceptedSampling } from "../kit/unit-sampling.ts";
import type { Emulation } from "../protocol.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { MAX_STOPS, spellsFamily } from "./request-decode-settings.ts";

/** The settings, what must be said to the model beside them, and whether it will think. */
export type EncodedSettings = {
  readonly draft: Draft;
  readonly instructions: readonly string[];
  readonly isThinking: boolean;
  /** The tool that carries the schema, where the model takes none. */
  readonly answer: AnswerTool | undefined;
  readonly emulate: Emulation | undefined;
};

/** Room for the answer beside a budget, when the limit is not the caller's (B.6, clamp). */
const ANSWER_ROOM = 4096;

/** Encodes the settings. */
export function encodeSettings(context: EncodeContext): EncodedSettings {
  const { request, verdicts } = context;
  const reasoning = encodeReasoning(context);
  const answer = answerTool(context, reasoning.isOn);
  const format = answer === undefined ? encodeFormat(context) : NO_FORMAT;
  if (answer !== undefined) verdicts.emulate("R43", "");
  const stops = encodeStops(context);
  const sampling = encodeSampling(context, reasoning.isOn);
  if (request.store === false) verdicts.keep("R71", "");
  // Thirty minutes become the service's five.
  if (request.cache.ttl === "30m") verdicts.loseNoted("R63t", "", "D");
  const { effort } = reasoning;
  const output = { effort, textFormat: format.member };
  return {
    draft: {
      inferenceConfig: unlessEmpty({
        maxTokens: encodeLimit(context, reasoning.budget),
        temperature: sampling.temperature,
        topP: sampling.topP,
        stopSequences: stops.sent,
      }),
      additionalModelRequestFields: unlessEmpty({ ...reasoning.family, ...sampling.family }),
      outputConfig: unlessEmpty(output),
      serviceTier: encodeTier(context),
      ...encodeIdentity(context),
    },
    instructions: format.instruction === undefined ? [] : [format.instruction],
    isThinking: reasoning.isOn,
    answer,
    emulate: emulationOf(request.output, stops, true),
  };
}

function unlessEmpty(draft: Draft): Draft | undefined {
  return Object.values(draft).every((value) => value === undefined) ? undefined : draft;
}

function encodeLimit(context: EncodeContext, budget: number): number | undefined {
  const { request, target, verdicts, isOwn } = context;
  const { maxTokens } = request.output;
  const most = target.capabilities.maxOutput ?? Infinity;
  // The service's own limit may be below the budget; the answer needs room beside it.
  if (maxTokens === undefined) return budget > 0 ? Math.min(budget + ANSWER_ROOM, most) : undefined;
  const inside = isOwn ? maxTokens : Math.max(Math.min(maxTokens, most), 1);
  if (inside !== maxTokens) verdicts.loseNoted("R54", "", "D");
  return inside;
}

/** Blank sequences are refused, so the gateway looks for them. */
function encodeStops({ request, verdicts, isOwn }: EncodeContext): SplitStops {
  const { stop = [] } = request.output;
  if (isOwn) return { sent: filled(stop), enforced: undefined };
  const stops = splitStops(stop, { max: MAX_STOPS, blank: false });
  if (stops.enforced !== undefined) verdicts.emulate("R53", "");
  return stops;
}

type EncodedSampling = {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly family: Draft;
};

function encodeSampling(context: EncodeContext, isThinking: boolean): EncodedSampling {
  const { request, target, verdicts, isOwn } = context;
  const { temperature, topP, topK } = request.sampling;
  if (isOwn) return { temperature, topP, family: {} };
  const { sampling, reasoning, family } = target.capabilities;
  const sent = acceptedSampling(request.sampling, sampling, isThinking && reasoning === "budget");
  if (temperature !== sent.temperature)
    verdicts.loseNoted("R47", "", sent.temperature === undefined ? "X" : "D");
  if (topP !== sent.topP) verdicts.loseNoted("R48", "", sent.topP === undefined ? "X" : "D");
  const top = topK === undefined || sent.topK === undefined ? undefined : topKOf(sent.topK, family);
  if (topK !== undefined && top === undefined) verdicts.loseNoted("R49", "", "X");
  return { temperature: sent.temperature, topP: sent.topP, family: top ?? {} };
}

/** Where the family takes `top_k`; `undefined`: it does not (R49). */
function topKOf(
  topK: number,
  family: EncodeContext["target"]["capabilities"]["family"],
): Draft | undefined {
  switch (family) {
    case "claude":
      return { top_k: topK };
    case "nova":
      return { inferenceConfig: { topK } };
    case "command":
      return { k: topK };
    case "mistral":
    case "gpt":
    case "llama":
    case "deepseek":
    case "palmyra":
    case undefined:
      return undefined;
  }
}

type EncodedReasoning = {
  readonly family: Draft;
  readonly effort: string | undefined;
  readonly isOn: boolean;
  /** Tokens that thinking may take, where a budget is sent. */
  readonly budget: number;
};

const NO_REASONING: EncodedReasoning = { family: {}, effort: undefined, isOn: false, budget: 0 };

function encodeReasoning(context: EncodeContext): EncodedReasoning {
  const { request, target, isOwn } = context;
  const { reasoning } = request;
  if (reasoning === undefined) return NO_REASONING;
  if (isOwn) return ownReasoning(context);
  switch (target.capabilities.family) {
    case "claude":
      return forClaude(context);
    case "gpt":
      return { ...NO_REASONING, family: wordIn("reasoning_effort", context, GPT_WORDS) };
    case "nova":
      return forNova(context);
    case "mistral":
    case "llama":
    case "command":
    case "deepseek":
    case "palmyra":
    case undefined:
      break;
  }
  return byEffort(context);
}

/** What the family's own fields spell returns with them. */
function ownReasoning({ request }: EncodeContext): EncodedReasoning {
  const { ext, reasoning } = request;
  const spelt = ["thinking", "reasoning_effort", "reasoningConfig"].some((member) =>
    spellsFamily(ext, member),
  );
  const isOn = reasoning?.mode === "on";
  const given = request.uses.some(({ path }) => path === "/outputConfig/effort");
  return { ...NO_REASONING, effort: spelt && !given ? undefined : reasoning?.effort, isOn };
}

function forClaude(context: EncodeContext): EncodedReasoning {
  const { maxTokens } = context.request.output;
  const most = context.target.capabilities.maxOutput ?? Infinity;
  const room = maxTokens === undefined ? most - ANSWER_ROOM : maxTokens - 1;
  const { thinking, effort, isOn, headers } = claudeReasoning(context, room);
  const budget = thinking?.["budget_tokens"];
  // What is a header elsewhere is a member here.
  const betas = headers?.flatMap(([, value]) => value.split(","));
  return {
    family: { thinking, anthropic_beta: betas },
    effort,
    isOn,
    budget: typeof budget === "number" ? budget : 0,
  };
}

const GPT_WORDS: readonly Effort[] = ["low", "medium", "high"];
const CONVERSE_WORDS: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

/** The word of the model that is nearest to what was asked. */
function wordOf(context: EncodeContext, words: readonly Effort[]): Effort | undefined {
  const { request, verdicts, target } = context;
  const asked = request.reasoning === undefined ? undefined : wantedEffort(request.reasoning);
  const known = target.capabilities.efforts ?? words;
  if (asked === undefined) {
    // Reasoning without a word on how much: the model's own default decides.
    verdicts.loseNoted("R57", "", "D");
    return undefined;
  }
  const word = fitEffort(asked, known);
  if (word !== asked) verdicts.loseNoted("R57", "", "D");
  if (request.reasoning?.budget !== undefined) verdicts.loseNoted("R58", "", "D");
  return word;
}

function lost({ verdicts }: EncodeContext): EncodedReasoning {
  for (const id of ["R57", "R58", "R59"] as const) verdicts.loseNoted(id, "", "X");
  return NO_REASONING;
}

function wordIn(member: string, context: EncodeContext, words: readonly Effort[]): Draft {
  if (context.target.capabilities.reasoning === "none") {
    lost(context);
    return {};
  }
  context.verdicts.loseNoted("R59", "", "X");
  return { [member]: wordOf(context, words) };
}

function forNova(context: EncodeContext): EncodedReasoning {
  const { request, target, verdicts } = context;
  if (target.capabilities.reasoning === "none") return lost(context);
  verdicts.loseNoted("R59", "", "X");
  if (request.reasoning?.mode === "off") {
    return { ...NO_REASONING, family: { reasoningConfig: { type: "disabled" } } };
  }
  // It can be switched on without a word on how much, as elsewhere.
  const isPlain = request.reasoning !== undefined && wantedEffort(request.reasoning) === undefined;
  const maxReasoningEffort = isPlain ? undefined : wordOf(context, GPT_WORDS);
  return {
    ...NO_REASONING,
    family: { reasoningConfig: { type: "enabled", maxReasoningEffort } },
    isOn: true,
  };
}

/** The protocol's own word, for families without fields of theirs. */
function byEffort(context: EncodeContext): EncodedReasoning {
  const { request, target, verdicts } = context;
  if (target.capabilities.reasoning === "none") return lost(context);
  verdicts.loseNoted("R59", "", "X");
  if (request.reasoning?.mode === "off" || request.reasoning?.effort === "none") {
    // There is no word for none at all; nothing is what comes nearest.
    verdicts.loseNoted("R57", "", "D");
    return NO_REASONING;
  }
  return { ...NO_REASONING, effort: wordOf(context, CONVERSE_WORDS), isOn: true };
}

type Format = { readonly member: Printable; readonly instruction: string | undefined };

const NO_FORMAT: Format = { member: undefined, instruction: undefined };
const JSON_LINE = "Answer with one JSON object and nothing else.";

function encodeFormat(context: EncodeContext): Format {
  const { request, target, verdicts, isOwn } = context;
  const { format } = request.output;
  if (format === undefined) return NO_FORMAT;
  // The dialect has no mode for "some object": the model is told (R42).
  if (format.kind === "json") return { member: undefined, instruction: JSON_LINE };
  if (!isOwn && target.capabilities.jsonSchema === false) {
    verdicts.loseNoted("R43", "", "D");
    const instruction = `${JSON_LINE} It must match this JSON Schema:\n${format.schema}`;
    return { member: undefined, instruction };
  }
  // Here every schema is enforced, whether the caller asked for that or not.
  const isLoose = format.strict !== true && isStrictCompatible(format.schema);
  if (!isOwn && isLoose) verdicts.loseNoted("R44", "", "D");
  return { member: nativeFormat(format), instruction: undefined };
}

/** The schema is a text here, which keeps its order and spelling by itself (E153). */
function nativeFormat(format: Extract<OutputFormat, { kind: "schema" }>): Draft {
  const { schema, name, description } = format;
  return { type: "json_schema", structure: { jsonSchema: { schema, name, description } } };
}

function encodeTier(context: EncodeContext): Draft | undefined {
  const { tier } = context.request;
  if (tier === undefined) return undefined;
  if (context.isOwn) return { type: tier.raw };
  if (tier.class === "auto" || tier.class === "other") {
    context.verdicts.loseNoted("R70", "", "X");
    return undefined;
  }
  return { type: tier.class };
}

/** Metadata here is billing data, and a person has no place in it: neither is sent unless the client itself said so. */
function encodeIdentity({ request, verdicts, isOwn }: EncodeContext): Draft {
  const { metadata } = request.identity;
  if (isOwn && metadata !== undefined) return { requestMetadata: raw(metadata) };
  verdicts.loseNoted("R68", "", "X");
  verdicts.loseNoted("R69", "", "X");
  return {};
}
