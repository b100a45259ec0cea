// Everything that steers generation but is neither message nor tool (translation.md B.5, B.6, B.8, B.10, B.11).
import { compact, filled } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
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
import { missing, type Notes } from "../kit/notes.ts";
import { cacheOf } from "./request-decode-blocks.ts";

/** The settings as members of the neutral request, and what stays residue. */
export type DecodedSettings = {
  readonly fields: Pick<Req, "sampling" | "output" | "cache" | "identity"> &
    Partial<Pick<Req, "reasoning" | "tier">>;
  readonly residues: readonly Residue[];
};

/** Members that only this vendor understands, and the feature that each is. */
const BOUND: readonly (readonly [string, LossId])[] = [
  ["speed", "R70b"],
  ["inference_geo", "R81"],
  ["container", "B04"],
  ["mcp_servers", "R28"],
  ["context_management", "R73"],
  ["compaction", "R73"],
  // To hold the conversation is what a store is asked for.
  ["thread", "R71"],
  ["diagnostics", "B03"],
];

/** Reads all settings. */
export function decodeSettings(body: Fields, notes: Notes): DecodedSettings {
  const config = body.fields("output_config");
  const reasoning = decodeReasoning(body, config, notes);
  const output = decodeOutput(body, config, notes);
  const { cache, residues: cacheResidues } = cacheOf(body, notes, "R65");
  const metadata = body.fields("metadata");
  const user = metadata?.string("user_id");
  if (user !== undefined) notes.use("R69", "/metadata/user_id");
  const raw = body.string("service_tier");
  if (raw !== undefined) notes.use("R70", "/service_tier");
  return {
    fields: compact({
      sampling: decodeSampling(body, notes),
      output: output.value,
      cache: cache === undefined ? {} : { automatic: cache },
      identity: user === undefined ? {} : { user },
      reasoning: reasoning.value,
      tier: raw === undefined ? undefined : tierOf(raw),
    }),
    residues: [
      ...reasoning.residues,
      ...output.residues,
      ...cacheResidues,
      ...(config?.rest("R00") ?? []),
      ...(metadata?.rest("R00") ?? []),
      ...BOUND.flatMap(([key, id]) => body.residue(key, id)),
    ],
  };
}

function decodeSampling(body: Fields, notes: Notes): Sampling {
  const temperature = body.number("temperature");
  const topP = body.number("top_p");
  const topK = body.number("top_k");
  if (temperature !== undefined) notes.use("R47", "/temperature");
  if (topP !== undefined) notes.use("R48", "/top_p");
  if (topK !== undefined) notes.use("R49", "/top_k");
  return compact({ temperature, topP, topK });
}

type Piece<T> = { readonly value: T; readonly residues: readonly Residue[] };

function decodeOutput(body: Fields, config: Fields | undefined, notes: Notes): Piece<OutputSpec> {
  const maxTokens = body.number("max_tokens");
  if (maxTokens === undefined) notes.reject(missing("/max_tokens"));
  else notes.use("R54", "/max_tokens");
  const stop = body.list("stop_sequences")?.flatMap((entry) => asString(entry) ?? []) ?? [];
  if (stop.length > 0) notes.use("R53", "/stop_sequences");
  const format = decodeFormat(body, config, notes);
  return {
    value: compact({ maxTokens, format: format.value, stop: filled(stop) }),
    residues: format.residues,
  };
}

/** The older beta spells the format as a member of its own; each returns to its own place (E158). */
function decodeFormat(
  body: Fields,
  config: Fields | undefined,
  notes: Notes,
): Piece<OutputFormat | undefined> {
  const newer = config?.fields("format");
  const format = newer ?? body.fields("output_format");
  if (format === undefined) return { value: undefined, residues: [] };
  notes.use("R43", format.path);
  format.skip("type");
  const schema = format.text("schema");
  const residues = newer === undefined ? body.residue("output_format", "R43") : format.rest("R00");
  return { value: schema === undefined ? undefined : { kind: "schema", schema }, residues };
}

const DISPLAYS = { summarized: "summary", omitted: "hidden" } as const;

/** `thinking` and `output_config.effort` are two sides of one question (B.6). */
function decodeReasoning(
  body: Fields,
  config: Fields | undefined,
  notes: Notes,
): Piece<Reasoning | undefined> {
  const effort = asEffort(config?.string("effort"));
  if (effort !== undefined) notes.use("R57", "/output_config/effort");
  const thinking = body.fields("thinking");
  if (thinking === undefined) {
    return { value: effort === undefined ? undefined : { mode: "auto", effort }, residues: [] };
  }
  const type = thinking.required("type");
  // `auto` is left for an effort without a word on thinking; adaptive is `on` without a budget.
  const mode = type === "disabled" ? "off" : "on";
  const budget = thinking.number("budget_tokens");
  if (budget !== undefined) notes.use("R58", "/thinking/budget_tokens");
  else if (effort === undefined) notes.use("R57", "/thinking");
  const display = decodeDisplay(thinking, notes);
  // `between_tools`, and modes to come, are only this vendor's.
  const isShared = type === "enabled" || type === "adaptive" || type === "disabled";
  const scope = isShared ? [] : body.residue("thinking", "R60");
  return {
    value: compact({ mode, effort, budget, display }),
    residues: [...scope, ...thinking.rest("R00")],
  };
}

function decodeDisplay(thinking: Fields, notes: Notes): Reasoning["display"] {
  const word = asString(thinking.record["display"]);
  const display = Object.entries(DISPLAYS).find(([known]) => known === word)?.[1];
  if (display === undefined) return undefined;
  thinking.skip("display");
  notes.use("R59", "/thinking/display");
  return display;
}

function tierOf(raw: string): Tier {
  if (raw === "auto") return { class: "auto", raw };
  return { class: raw === "standard_only" ? "default" : "other", raw };
}
