// Everything that steers generation but is neither item nor tool (translation.md B.5, B.6, B.8, B.10, B.11).
import { compact } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type { OutputFormat, OutputSpec, Reasoning, Req, Residue } from "../../ir/request.ts";
import { asEffort } from "../kit/effort.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import {
  decodeCache,
  decodeIdentity,
  decodeTier,
  decodeVerbosity,
  numberOf,
  type Piece,
} from "../kit/openai-settings-decode.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning" | "parallelCalls" | "tier" | "store">>;
  readonly residues: readonly Residue[];
};

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const sampling = compact({
    temperature: numberOf(body, "temperature", "R47", notes),
    topP: numberOf(body, "top_p", "R48", notes),
  });
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
      sampling,
      output: output.value,
      cache: cache.value,
      identity: identity.value,
      reasoning: reasoning.value,
      parallelCalls,
      tier,
      store,
    }),
    residues: [
      ...output.residues,
      ...reasoning.residues,
      ...cache.residues,
      ...identity.residues,
      ...body.residue("moderation", "R75"),
      ...truncation(body),
      ...body.residue("context_management", "R73"),
    ],
  };
}

/** `disabled` is what everybody does by itself. */
function truncation(body: Fields): readonly Residue[] {
  if (body.record["truncation"] === "disabled") body.skip("truncation");
  return body.record["truncation"] === "disabled" ? [] : body.residue("truncation", "R73");
}

const LOGPROBS = "message.output_text.logprobs";
const ENCRYPTED = "reasoning.encrypted_content";

function decodeOutput(body: Fields, notes: Notes): Piece<OutputSpec> {
  const maxTokens = numberOf(body, "max_output_tokens", "R54", notes);
  const text = body.fields("text");
  const format = text === undefined ? NO_FORMAT : decodeFormat(text, notes);
  const verbosity = text === undefined ? undefined : decodeVerbosity(text, notes);
  const included = decodeInclude(body);
  const top = body.number("top_logprobs");
  // None beside the tokens themselves is the default.
  const wants = included.logprobs || (top !== undefined && top > 0);
  if (wants) notes.use("R56", body.at(top === undefined ? "include" : "top_logprobs"));
  return {
    value: compact({
      maxTokens,
      format: format.value,
      logprobs: wants ? compact({ top }) : undefined,
      verbosity,
    }),
    residues: [...format.residues, ...included.residues, ...(text?.rest("R00") ?? [])],
  };
}

/** What is to be included beside the answer: log probabilities are a wish of their own, tokens always come along. */
function decodeInclude(body: Fields): {
  readonly logprobs: boolean;
  readonly residues: readonly Residue[];
} {
  const words = (body.list("include") ?? []).map((entry) => asString(entry));
  const others = words.filter((word) => word !== LOGPROBS && word !== ENCRYPTED);
  return {
    logprobs: words.includes(LOGPROBS),
    residues: others.length === 0 ? [] : body.residue("include", "R00"),
  };
}

const NO_FORMAT: Piece<OutputFormat | undefined> = { value: undefined, residues: [] };

function decodeFormat(text: Fields, notes: Notes): Piece<OutputFormat | undefined> {
  const format = text.fields("format");
  if (format === undefined) return NO_FORMAT;
  const type = format.string("type");
  if (type === "text") return { value: undefined, residues: format.rest("R00") };
  if (type === "json_object") {
    notes.use("R42", format.path);
    return { value: { kind: "json" }, residues: format.rest("R00") };
  }
  if (type !== "json_schema") return { value: undefined, residues: text.residue("format", "R00") };
  notes.use("R43", format.path);
  const schema = format.text("schema");
  const name = format.string("name");
  const description = format.string("description");
  // Off is the default here, and no other dialect has the choice.
  const strict = format.boolean("strict") ?? false;
  // A name is compulsory, and the customary one says nothing; others that take a schema are always strict.
  if ((name !== undefined && name !== "response") || description !== undefined)
    notes.use("R44", format.path);
  if (schema === undefined) return { value: { kind: "json" }, residues: format.rest("R00") };
  const value = { kind: "schema", schema, ...compact({ name, description, strict }) } as const;
  return { value, residues: format.rest("R00") };
}

function decodeReasoning(body: Fields, notes: Notes): Piece<Reasoning | undefined> {
  const reasoning = body.fields("reasoning");
  if (reasoning === undefined) return { value: undefined, residues: [] };
  const word = reasoning.string("effort");
  const effort = asEffort(word);
  if (effort !== undefined) notes.use("R57", reasoning.at("effort"));
  const display = decodeSummary(reasoning, notes);
  const residues = [
    ...reasoning.residue("context", "R60"),
    ...(reasoning.record["mode"] === "standard" ? [] : reasoning.residue("mode", "R60")),
    // A word of a model to come.
    ...(word !== undefined && effort === undefined ? reasoning.residue("effort", "R57") : []),
  ];
  reasoning.skip("mode");
  residues.push(...reasoning.rest("R00"));
  if (effort === undefined && display === undefined) return { value: undefined, residues };
  const mode = effort === "none" ? "off" : effort === undefined ? "auto" : "on";
  return { value: compact({ mode, effort, display }), residues };
}

/** Any word asks for a summary (R59); `generate_summary` is the former name. */
function decodeSummary(reasoning: Fields, notes: Notes): Reasoning["display"] {
  const word = reasoning.string("summary") ?? reasoning.string("generate_summary");
  reasoning.skip("generate_summary");
  if (word === undefined) return undefined;
  notes.use("R59", reasoning.at("summary"));
  return word === "detailed" ? "full" : "summary";
}
