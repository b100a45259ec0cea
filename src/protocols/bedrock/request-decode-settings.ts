// Everything that steers generation but is neither message nor tool (translation.md B.5, B.6, B.10, B.11). What a family of
// models takes beside the protocol stands in `additionalModelRequestFields` (R78).
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, asString, jsonText } from "../../lib/json.ts";
import type {
  OutputFormat,
  OutputSpec,
  Reasoning,
  Req,
  Residue,
  Sampling,
  Tier,
} from "../../ir/request.ts";
import { asEffort } from "../kit/effort.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning" | "tier">>;
  readonly residues: readonly Residue[];
};

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const config = body.fields("inferenceConfig");
  const family = body.fields("additionalModelRequestFields");
  const output = body.fields("outputConfig");
  const metadata = body.text("requestMetadata");
  if (metadata !== undefined) notes.use("R68", body.at("requestMetadata"));
  const format = output === undefined ? undefined : decodeFormat(output, notes);
  return {
    fields: compact({
      sampling: decodeSampling(config, family, notes),
      output: compact({ ...decodeLimits(config, notes), format }),
      cache: {},
      identity: compact({ metadata }),
      reasoning: decodeReasoning(output, family, notes),
      tier: decodeTier(body, notes),
    }),
    residues: [
      ...(config?.rest("R00") ?? []),
      ...familyResidues(family),
      ...(output?.rest("R00") ?? []),
      ...body.residue("guardrailConfig", "B05"),
      ...body.residue("performanceConfig", "R70b"),
      ...body.residue("promptVariables", "B03"),
      ...body.residue("additionalModelResponseFieldPaths", "R78"),
    ],
  };
}

function decodeSampling(
  config: Fields | undefined,
  family: Fields | undefined,
  notes: Notes,
): Sampling {
  const temperature = config?.number("temperature");
  const topP = config?.number("topP");
  const nested = asRecord(family?.record["inferenceConfig"])?.["topK"];
  const topK =
    family?.number("top_k") ??
    asNumber(family?.record["k"]) ??
    (typeof nested === "number" ? nested : undefined);
  if (temperature !== undefined) notes.use("R47", "/inferenceConfig/temperature");
  if (topP !== undefined) notes.use("R48", "/inferenceConfig/topP");
  return compact({ temperature, topP, topK });
}

function decodeLimits(config: Fields | undefined, notes: Notes): Omit<OutputSpec, "format"> {
  const maxTokens = config?.number("maxTokens");
  if (maxTokens !== undefined) notes.use("R54", "/inferenceConfig/maxTokens");
  const list = config?.list("stopSequences") ?? [];
  const stop = list.flatMap((entry) => asString(entry) ?? []);
  if (stop.length > 0) notes.use("R53", "/inferenceConfig/stopSequences");
  return compact({ maxTokens, stop: stop.length === 0 ? undefined : stop });
}

/** The schema is a text that holds JSON (E153). */
function decodeFormat(output: Fields, notes: Notes): OutputFormat | undefined {
  const format = output.fields("textFormat");
  const inner = format?.fields("structure")?.fields("jsonSchema");
  if (format === undefined || inner === undefined) return undefined;
  notes.use("R43", format.path);
  format.skip("type");
  const schema = jsonText(inner.string("schema") ?? "");
  const name = inner.string("name");
  const description = inner.string("description");
  if ((name !== undefined && name !== "response") || description !== undefined)
    notes.use("R44", inner.path);
  return schema === undefined
    ? { kind: "json" }
    : { kind: "schema", schema, ...compact({ name, description }) };
}

/** Families say it in forms of their own: Claude, Nova, and those that take a word. */
function decodeReasoning(
  output: Fields | undefined,
  family: Fields | undefined,
  notes: Notes,
): Reasoning | undefined {
  const own = asEffort(output?.string("effort"));
  if (own !== undefined) notes.use("R57", "/outputConfig/effort");
  const effort = own ?? asEffort(asString(family?.record["reasoning_effort"]));
  if (effort === "none") return { mode: "off", effort };
  return (
    claudeReasoning(asRecord(family?.record["thinking"]), effort) ??
    novaReasoning(asRecord(family?.record["reasoningConfig"])) ??
    (effort === undefined ? undefined : { mode: "on", effort })
  );
}

type Given = ReturnType<typeof asRecord>;

function claudeReasoning(thinking: Given, effort: Reasoning["effort"]): Reasoning | undefined {
  const type = asString(thinking?.["type"]);
  if (type === undefined) return undefined;
  if (type === "disabled") return compact({ mode: "off", effort });
  const budget = asNumber(thinking?.["budget_tokens"]);
  return compact({ mode: "on", effort, budget, display: displayOf(thinking) });
}

function novaReasoning(config: Given): Reasoning | undefined {
  if (config === undefined) return undefined;
  const effort = asEffort(asString(config["maxReasoningEffort"]));
  return compact({ mode: config["type"] === "disabled" ? "off" : "on", effort });
}

const DISPLAYS = { summarized: "summary", omitted: "hidden" } as const;

function displayOf(thinking: Given): Reasoning["display"] {
  const word = asString(thinking?.["display"]);
  return word === "summarized" || word === "omitted" ? DISPLAYS[word] : undefined;
}

/** What a family takes is kept for its own way back; what others know too is theirs as well. */
function familyResidues(family: Fields | undefined): readonly Residue[] {
  if (family === undefined) return [];
  const budget = asRecord(family.record["thinking"])?.["budget_tokens"] !== undefined;
  return [
    ...family.residue("thinking", budget ? "R58" : "R57"),
    ...family.residue("reasoning_effort", "R57"),
    ...family.residue("reasoningConfig", "R57"),
    ...family.residue("top_k", "R49"),
    ...family.residue("k", "R49"),
    ...(isOnlyTopK(family) ? family.residue("inferenceConfig", "R49") : []),
    ...family.rest("R78"),
  ];
}

/** Nova has one more setting, where the protocol has its own. */
function isOnlyTopK(family: Fields): boolean {
  const config = asRecord(family.record["inferenceConfig"]);
  return config !== undefined && Object.keys(config).every((key) => key === "topK");
}

const TIERS: readonly Tier["class"][] = ["default", "flex", "priority"];

function decodeTier(body: Fields, notes: Notes): Tier | undefined {
  const tier = body.fields("serviceTier");
  const raw = tier?.string("type");
  if (raw === undefined) return undefined;
  notes.use("R70", body.at("serviceTier"));
  return { class: TIERS.find((known) => known === raw) ?? "other", raw };
}

/** Whether a body's own fields for the family spell a setting. */
export function spellsFamily(ext: readonly Residue[], member: string): boolean {
  return ext.some(({ path }) => path === `/additionalModelRequestFields/${member}`);
}

/** Stop sequences of Converse are few for some families; the protocol itself has no limit below this. */
export const MAX_STOPS = 2500;
