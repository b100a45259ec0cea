// Everything that steers generation but is neither message nor tool (translation.md B.5, B.6, B.10, B.11).
import { compact } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type {
  OutputFormat,
  OutputSpec,
  Reasoning,
  Req,
  Residue,
  Sampling,
} from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { numberOf, textOf } from "../kit/openai-settings-decode.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning">>;
  readonly residues: readonly Residue[];
};

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const format = body.fields("response_format");
  const thinking = body.fields("thinking");
  return {
    fields: compact({
      sampling: decodeSampling(body, notes),
      output: compact({
        ...decodeLimits(body, notes),
        format: format === undefined ? undefined : decodeFormat(format, notes),
      }),
      cache: {},
      identity: {},
      reasoning: thinking === undefined ? undefined : decodeThinking(thinking, notes),
    }),
    residues: [
      ...(format?.rest("R00") ?? []),
      ...(thinking?.rest("R00") ?? []),
      ...body.residue("safety_mode", "R67s"),
      // A number with a meaning of its own, which no tier of another vendor has.
      ...body.residue("priority", "R70"),
    ],
  };
}

function decodeSampling(body: Fields, notes: Notes): Sampling {
  return compact({
    temperature: numberOf(body, "temperature", "R47", notes),
    topP: numberOf(body, "p", "R48", notes),
    topK: unlessZero(body, "k", "R49", notes),
    seed: textOf(body, "seed", "R50", notes),
    frequencyPenalty: unlessZero(body, "frequency_penalty", "R51", notes),
    presencePenalty: unlessZero(body, "presence_penalty", "R51", notes),
  });
}

/** Zero is the default here, and says that the setting is not used. */
function unlessZero(body: Fields, key: string, id: LossId, notes: Notes): number | undefined {
  if (body.number(key) === 0) return undefined;
  return numberOf(body, key, id, notes);
}

function decodeLimits(body: Fields, notes: Notes): Omit<OutputSpec, "format"> {
  const maxTokens = numberOf(body, "max_tokens", "R54", notes);
  const list = body.list("stop_sequences") ?? [];
  const stop = list.flatMap((entry) => asString(entry) ?? []);
  if (stop.length > 0) notes.use("R53", body.at("stop_sequences"));
  const logprobs = body.boolean("logprobs") === true;
  if (logprobs) notes.use("R56", body.at("logprobs"));
  return compact({
    maxTokens,
    stop: stop.length === 0 ? undefined : stop,
    logprobs: logprobs ? {} : undefined,
  });
}

/** `schema` is how the member was called before it was `json_schema`; the service still takes it. */
function decodeFormat(format: Fields, notes: Notes): OutputFormat | undefined {
  const type = format.string("type");
  if (type === "text") return undefined;
  const older = format.fields("schema")?.record;
  const record = format.fields("json_schema")?.record ?? older;
  notes.use(record === undefined ? "R42" : "R43", format.path);
  if (record === undefined) return { kind: "json" };
  return { kind: "schema", schema: notes.document.textOf(record) };
}

function decodeThinking(thinking: Fields, notes: Notes): Reasoning {
  const type = thinking.string("type");
  const budget = thinking.number("token_budget");
  if (budget !== undefined) notes.use("R58", thinking.at("token_budget"));
  notes.use("R57", thinking.at("type"));
  return compact({ mode: type === "disabled" ? "off" : "on", budget });
}
