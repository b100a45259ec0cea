// Everything that steers generation but is neither message nor tool: sampling, limits, form of the answer, reasoning,
// caching, identity (translation.md B.5, B.6, B.8, B.10, B.11).
import { compact } from "../../lib/compact.ts";
import { asArray, asString } from "../../lib/json.ts";
import type { OutputFormat, OutputSpec, Req, Residue, Sampling } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import { wrongType, type Notes } from "../kit/notes.ts";
import {
  decodeCache,
  decodeIdentity,
  decodeTier,
  decodeVerbosity,
  numberOf,
  textOf,
  type Piece,
} from "../kit/openai-settings-decode.ts";
import { decodeReasoning } from "./request-decode-reasoning.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning" | "parallelCalls" | "tier" | "store">>;
  readonly residues: readonly Residue[];
};

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const sampling = decodeSampling(body, notes);
  const output = decodeOutput(body, notes);
  const reasoning = decodeReasoning(body, notes);
  const cache = decodeCache(body, notes);
  const identity = decodeIdentity(body, notes);
  const parallelCalls = body.boolean("parallel_tool_calls");
  if (parallelCalls === false) notes.use("R32", body.at("parallel_tool_calls"));
  const tier = decodeTier(body, notes);
  const store = body.boolean("store");
  if (store !== undefined) notes.use("R71", body.at("store"));
  return {
    fields: compact({
      sampling: sampling.value,
      output: output.value,
      cache: cache.value,
      identity: identity.value,
      reasoning: reasoning.value,
      parallelCalls,
      tier,
      store,
    }),
    residues: [
      ...sampling.residues,
      ...output.residues,
      ...reasoning.residues,
      ...cache.residues,
      ...identity.residues,
      ...body.residue("prediction", "R74"),
      ...body.residue("moderation", "R75"),
      ...body.residue("audio", "R80"),
    ],
  };
}

/** No penalty is what a server does by itself, so losing that loses nothing. */
function penaltyOf(body: Fields, key: string, notes: Notes): number | undefined {
  return body.record[key] === 0 ? body.number(key) : numberOf(body, key, "R51", notes);
}

function decodeSampling(body: Fields, notes: Notes): Piece<Sampling> {
  const temperature = numberOf(body, "temperature", "R47", notes);
  const topP = numberOf(body, "top_p", "R48", notes);
  const topK = body.number("top_k");
  const seed = textOf(body, "seed", "R50", notes);
  const frequencyPenalty = penaltyOf(body, "frequency_penalty", notes);
  const presencePenalty = penaltyOf(body, "presence_penalty", notes);
  const logitBias = textOf(body, "logit_bias", "R52", notes);
  return {
    value: compact({
      temperature,
      topP,
      topK,
      seed,
      frequencyPenalty,
      presencePenalty,
      logitBias,
    }),
    // OpenAI has no such member, many compatible servers do.
    residues: topK === undefined ? [] : body.residue("top_k", "R49"),
  };
}

function decodeOutput(body: Fields, notes: Notes): Piece<OutputSpec> {
  const modern = body.number("max_completion_tokens");
  const older = modern === undefined ? body.number("max_tokens") : undefined;
  const maxTokens = modern ?? older;
  if (maxTokens !== undefined) {
    notes.use("R54", body.at(modern === undefined ? "max_tokens" : "max_completion_tokens"));
  }
  const format = decodeFormat(body, notes);
  const stop = decodeStop(body, notes);
  const candidates = body.number("n");
  if (candidates !== undefined && candidates > 1) notes.use("R55", body.at("n"));
  const logprobs = decodeLogprobs(body, notes);
  const modalities = decodeModalities(body, notes);
  const verbosity = decodeVerbosity(body, notes);
  return {
    value: compact({
      maxTokens,
      format: format.value,
      stop,
      candidates,
      logprobs,
      modalities,
      verbosity,
    }),
    residues: format.residues,
  };
}

function decodeFormat(body: Fields, notes: Notes): Piece<OutputFormat | undefined> {
  const format = body.fields("response_format");
  if (format === undefined) return { value: undefined, residues: [] };
  const type = format.string("type");
  if (type === "json_schema") return decodeSchemaFormat(format, notes);
  if (type === "text") return { value: undefined, residues: format.rest("R00") };
  // Grammars and regular expressions of other servers stay as they are.
  if (type !== "json_object") {
    return { value: undefined, residues: body.residue("response_format", "R00") };
  }
  notes.use("R42", format.path);
  return { value: { kind: "json" }, residues: format.rest("R00") };
}

function decodeSchemaFormat(format: Fields, notes: Notes): Piece<OutputFormat | undefined> {
  const inner = format.fields("json_schema");
  notes.use("R43", format.path);
  if (inner === undefined) return { value: { kind: "json" }, residues: format.rest("R00") };
  const schema = inner.text("schema");
  const name = inner.string("name");
  const description = inner.string("description");
  // Off is the default here, and no other dialect has the choice.
  const strict = inner.boolean("strict") ?? false;
  // A name is compulsory, and the customary one says nothing; others that take a schema are always strict.
  const named = name !== undefined && name !== "response";
  if (named || description !== undefined) notes.use("R44", inner.path);
  const residues = [...inner.rest("R00"), ...format.rest("R00")];
  const details = compact({ name, description, strict });
  if (schema === undefined) return { value: { kind: "json" }, residues };
  return { value: { kind: "schema", schema, ...details }, residues };
}

function decodeStop(body: Fields, notes: Notes): readonly string[] | undefined {
  const value = body.any("stop");
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? [value] : asArray(value);
  if (list === undefined) {
    notes.reject(wrongType("/stop", "one of a string or array of strings", value));
    return undefined;
  }
  const stop = list.flatMap((entry) => asString(entry) ?? []);
  if (stop.length === 0) return undefined;
  notes.use("R53", body.at("stop"));
  return stop;
}

function decodeLogprobs(body: Fields, notes: Notes): OutputSpec["logprobs"] {
  const wanted = body.boolean("logprobs");
  const top = body.number("top_logprobs");
  if (wanted !== true && top === undefined) return undefined;
  notes.use("R56", body.at(wanted === true ? "logprobs" : "top_logprobs"));
  return compact({ top });
}

function decodeModalities(body: Fields, notes: Notes): readonly string[] | undefined {
  const list = body.list("modalities")?.flatMap((entry) => asString(entry) ?? []);
  const others = list?.filter((modality) => modality !== "text") ?? [];
  if (others.length === 0) return undefined;
  notes.use(others.includes("audio") ? "R18" : "R19", body.at("modalities"));
  return others;
}
