// The built-in table of what models accept: `config/capabilities.yaml`. The bundler turns the file into code, and patterns
// are compiled when the first model is looked up, so the start pays nothing; a test proves the shape declared here.
import data from "../../config/capabilities.yaml";
import { baseModel } from "../ir/opaque.ts";
import type { ModelCapabilities } from "../protocols/protocol.ts";

/** How files spell the fields. */
export const CAPABILITY_KEYS = {
  maxOutput: "max_output",
  contextWindow: "context_window",
  sampling: "sampling",
  efforts: "efforts",
  reasoning: "reasoning",
  reasoningOff: "reasoning_off",
  forcedToolChoice: "forced_tool_choice",
  prefill: "prefill",
  inlineSystem: "inline_system",
  jsonSchema: "json_schema",
  vision: "vision",
  audio: "audio",
  video: "video",
  pdf: "pdf",
  stop: "stop",
  vendor: "vendor",
  family: "family",
  tools: "tools",
  strictTools: "strict_tools",
  cachePoints: "cache_points",
  topSystem: "top_system",
  userFirst: "user_first",
  userLast: "user_last",
  schemaForm: "schema_form",
  schemaWithTools: "schema_with_tools",
  hostedWithFunctions: "hosted_with_functions",
  resultMedia: "result_media",
  resultStatus: "result_status",
  callIds: "call_ids",
  fetchesUrls: "fetches_urls",
  needsSignatures: "needs_signatures",
  bindsReasoning: "binds_reasoning",
} as const satisfies Record<keyof ModelCapabilities, string>;

/** What a model accepts, as files spell it. */
export type CapabilitiesEntry = {
  readonly [K in keyof ModelCapabilities as (typeof CAPABILITY_KEYS)[K]]: ModelCapabilities[K];
};

/** A kind of rows: its own fields on top of those of the kind that it extends. */
export type CapabilityKind = CapabilitiesEntry & { readonly extends?: string };

/** A row: which models it is for, and what they accept. */
export type CapabilityRow = CapabilityKind & {
  /** Regular expression over the base name of a model. */
  readonly match: string;
  /** The only protocol that the row is for. */
  readonly protocol?: string;
};

/** The file. Its head explains it. */
export type CapabilityTable = {
  /** By protocol: what every model starts from. */
  readonly defaults: Readonly<Record<string, CapabilitiesEntry>>;
  readonly kinds: Readonly<Record<string, CapabilityKind>>;
  readonly rows: readonly CapabilityRow[];
};

/** The table as the file has it. */
export const CAPABILITY_TABLE: CapabilityTable = data;

const patterns = new Map<string, RegExp>();

/** What the table says of a model behind a protocol: the first row that fits, on top of the protocol's defaults. */
export function knownCapabilities(protocol: string, model: string): ModelCapabilities {
  const name = baseModel(model);
  const { defaults, rows } = CAPABILITY_TABLE;
  const row = rows.find(
    (candidate) => (candidate.protocol ?? protocol) === protocol && patternOf(candidate).test(name),
  );
  const start = Object.hasOwn(defaults, protocol) ? toCapabilities(defaults[protocol]) : {};
  return row === undefined ? start : { ...start, ...inherited(row) };
}

function patternOf({ match }: CapabilityRow): RegExp {
  const known = patterns.get(match) ?? new RegExp(match);
  patterns.set(match, known);
  return known;
}

/** The fields of a kind or row on top of what it extends. Kinds form a tree; a test proves it. */
function inherited(kind: CapabilityKind): ModelCapabilities {
  const parent = kind.extends === undefined ? undefined : CAPABILITY_TABLE.kinds[kind.extends];
  return { ...(parent === undefined ? {} : inherited(parent)), ...toCapabilities(kind) };
}

/** Reads the fields as files spell them; others are left aside. */
export function toCapabilities(entry: CapabilitiesEntry = {}): ModelCapabilities {
  const capabilities: ModelCapabilities = {};
  for (const [field, key] of Object.entries(CAPABILITY_KEYS)) {
    const value = entry[key];
    // The types of both sides are the same field by field (`CapabilitiesEntry`).
    if (value !== undefined) Reflect.set(capabilities, field, value);
  }
  return capabilities;
}
