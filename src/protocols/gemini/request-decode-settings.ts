// Everything that steers generation but is neither content nor tool (translation.md B.5, B.6, B.10, B.11).
import { compact, filled } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type {
  OutputFormat,
  OutputSpec,
  Reasoning,
  Req,
  Residue,
  Sampling,
  Tier,
} from "../../ir/request.ts";
import type { LossId } from "../../ir/loss.ts";
import { asEffort } from "../kit/effort.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { enumWord, MODALITIES } from "./enums.ts";
import { jsonSchemaOf } from "./openapi-decode.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning" | "tier" | "store">>;
  readonly residues: readonly Residue[];
};

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const config = body.fields("generationConfig");
  const store = body.boolean("store");
  if (store !== undefined) notes.use("R71", body.at("store"));
  const settings = config === undefined ? NO_SETTINGS : decodeConfig(config, notes);
  return {
    fields: compact({
      sampling: settings.sampling,
      output: settings.output,
      cache: {},
      identity: {},
      reasoning: settings.reasoning,
      tier: decodeTier(body, notes),
      store,
    }),
    residues: [
      ...settings.residues,
      ...(config?.rest("R00") ?? []),
      // Billing data, which is nobody else's (B.11 R68).
      ...body.residue("labels", "R68"),
      ...body.residue("safetySettings", "R67"),
      ...body.residue("cachedContent", "B02"),
      ...body.residue("continuationToken", "B03"),
      ...body.residue("modelArmorConfig", "B05"),
    ],
  };
}

type Settings = {
  readonly sampling: Sampling;
  readonly output: OutputSpec;
  readonly reasoning: Reasoning | undefined;
  readonly residues: readonly Residue[];
};

const NO_SETTINGS: Settings = { sampling: {}, output: {}, reasoning: undefined, residues: [] };

function decodeConfig(config: Fields, notes: Notes): Settings {
  const format = decodeFormat(config, notes);
  const modalities = decodeModalities(config, notes);
  const thinking = config.fields("thinkingConfig");
  const reasoning = thinking === undefined ? undefined : decodeReasoning(thinking, notes);
  return {
    sampling: decodeSampling(config, notes),
    output: compact({ ...decodeLimits(config, notes), format: format.value, modalities }),
    reasoning,
    residues: [
      ...format.residues,
      ...(thinking?.rest("R00") ?? []),
      ...config.residue("speechConfig", "R80"),
      ...config.residue("imageConfig", "R80"),
      ...config.residue("mediaResolution", "R09"),
      ...config.residue("responseFormat", "R43"),
    ],
  };
}

function numberOf(config: Fields, key: string, id: LossId, notes: Notes): number | undefined {
  const value = config.number(key);
  if (value !== undefined) notes.use(id, config.at(key));
  return value;
}

/** No penalty is what the server does by itself, so losing that loses nothing. */
function penaltyOf(config: Fields, key: string, notes: Notes): number | undefined {
  return config.record[key] === 0 ? config.number(key) : numberOf(config, key, "R51", notes);
}

function decodeSampling(config: Fields, notes: Notes): Sampling {
  const seed = config.text("seed");
  if (seed !== undefined) notes.use("R50", config.at("seed"));
  return compact({
    temperature: numberOf(config, "temperature", "R47", notes),
    topP: numberOf(config, "topP", "R48", notes),
    topK: numberOf(config, "topK", "R49", notes),
    seed,
    frequencyPenalty: penaltyOf(config, "frequencyPenalty", notes),
    presencePenalty: penaltyOf(config, "presencePenalty", notes),
  });
}

function decodeLimits(config: Fields, notes: Notes): Omit<OutputSpec, "format"> {
  const stop = (config.list("stopSequences") ?? []).flatMap((entry) => asString(entry) ?? []);
  if (stop.length > 0) notes.use("R53", config.at("stopSequences"));
  const candidates = config.number("candidateCount");
  if (candidates !== undefined && candidates > 1) notes.use("R55", config.at("candidateCount"));
  return compact({
    maxTokens: numberOf(config, "maxOutputTokens", "R54", notes),
    stop: filled(stop),
    candidates,
    logprobs: decodeLogprobs(config, notes),
  });
}

function decodeLogprobs(config: Fields, notes: Notes): OutputSpec["logprobs"] {
  const wanted = config.boolean("responseLogprobs");
  const top = config.number("logprobs");
  if (wanted !== true && top === undefined) return undefined;
  notes.use("R56", config.at(wanted === true ? "responseLogprobs" : "logprobs"));
  return compact({ top });
}

function decodeModalities(config: Fields, notes: Notes): readonly string[] | undefined {
  const given = config.list("responseModalities") ?? [];
  const list = given.flatMap((entry) => enumWord(entry, MODALITIES) ?? []);
  const others = list.map((word) => word.toLowerCase()).filter((word) => word !== "text");
  if (others.includes("audio")) notes.use("R18", config.at("responseModalities"));
  if (others.includes("image")) notes.use("R19", config.at("responseModalities"));
  return filled(others);
}

type Format = { readonly value: OutputFormat | undefined; readonly residues: readonly Residue[] };

const JSON_MIME = "application/json";

function decodeFormat(config: Fields, notes: Notes): Format {
  const mime = config.string("responseMimeType");
  const schema = config.text("responseJsonSchema");
  const older = config.text("responseSchema");
  const given = schema ?? (older === undefined ? undefined : jsonSchemaOf(older));
  const residues = isPlain(mime) ? [] : config.residue("responseMimeType", "R42");
  if (given !== undefined) {
    const key = schema === undefined ? "responseSchema" : "responseJsonSchema";
    notes.use("R43", config.at(key));
    return { value: { kind: "schema", schema: given }, residues };
  }
  if (mime !== JSON_MIME) return { value: undefined, residues };
  notes.use("R42", config.at("responseMimeType"));
  return { value: { kind: "json" }, residues };
}

function isPlain(mime: string | undefined): boolean {
  return mime === undefined || mime === JSON_MIME || mime === "text/plain" || mime === "";
}

/** A budget of -1 leaves it to the model (A.4). */
const AUTOMATIC = -1;

function decodeReasoning(thinking: Fields, notes: Notes): Reasoning | undefined {
  const budget = thinking.number("thinkingBudget");
  const level = asEffort(thinking.string("thinkingLevel")?.toLowerCase());
  const shown = thinking.boolean("includeThoughts");
  if (budget !== undefined) notes.use("R58", thinking.at("thinkingBudget"));
  if (level !== undefined) notes.use("R57", thinking.at("thinkingLevel"));
  // Hidden is what they are anyway.
  if (shown === true) notes.use("R59", thinking.at("includeThoughts"));
  return reasoningOf(budget, level, shown);
}

function reasoningOf(
  budget: number | undefined,
  effort: Reasoning["effort"],
  shown: boolean | undefined,
): Reasoning | undefined {
  const display = shown === undefined ? undefined : shown ? "summary" : "hidden";
  if (budget === 0) return compact({ mode: "off", display });
  const amount = budget === AUTOMATIC ? undefined : budget;
  if (effort !== undefined || amount !== undefined)
    return compact({ mode: "on", effort, budget: amount, display });
  return budget === undefined && shown !== true ? undefined : compact({ mode: "auto", display });
}

const TIERS: Readonly<Record<string, Tier["class"]>> = {
  unspecified: "auto",
  standard: "default",
  flex: "flex",
  priority: "priority",
};

/** The class of a tier's word; the server's enums have a prefix in some places. */
export function tierClass(raw: string): Tier["class"] {
  const word = raw.toLowerCase().replace(/^service_tier_/, "");
  return (Object.hasOwn(TIERS, word) ? TIERS[word] : undefined) ?? "other";
}

function decodeTier(body: Fields, notes: Notes): Tier | undefined {
  const raw = body.string("serviceTier");
  if (raw === undefined) return undefined;
  notes.use("R70", body.at("serviceTier"));
  return { class: tierClass(raw), raw };
}
