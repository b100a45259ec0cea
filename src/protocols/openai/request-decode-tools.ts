// Tools, the choice among them, and the hosted search that has a member of its own (translation.md B.3).
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json } from "../../lib/json.ts";
import type { CachePoint } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue, ToolChoice, ToolDef } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { ttlPoint } from "../kit/openai-parts-decode.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly toolChoice: ToolChoice | undefined;
  readonly residues: readonly Residue[];
  /** Whether the caller uses the older `functions`, and so expects `function_call` in the reply (E106). */
  readonly legacyCalls: boolean;
};

/** Reads `tools`, `functions`, `tool_choice`, `function_call` and `web_search_options`. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  const tools = (body.list("tools") ?? []).flatMap((entry, index) => {
    const fields = fieldsAt(entry, `/tools/${index}`, notes);
    return fields === undefined ? [] : [decodeTool(fields, notes)];
  });
  const legacy = (body.list("functions") ?? []).flatMap((entry, index) => {
    const fields = fieldsAt(entry, `/functions/${index}`, notes);
    return fields === undefined ? [] : [decodeFunction(fields, fields, notes)];
  });
  const search = decodeSearch(body, notes);
  const all = [...tools, ...legacy, ...search];
  const present = decodeChoice(body, notes);
  const older = present.choice === undefined ? decodeLegacyChoice(body, notes) : undefined;
  body.skip("function_call");
  return {
    tools: all,
    toolChoice: present.choice ?? older,
    residues: present.residues,
    legacyCalls: legacy.length > 0 && tools.length === 0,
  };
}

function decodeTool(tool: Fields, notes: Notes): ToolDef {
  const type = asString(tool.record["type"]) ?? "function";
  const inner = asRecord(tool.record[type]);
  if (type === "function") return decodeFunctionTool(tool, notes);
  if (type === "custom" && inner !== undefined) return decodeCustomTool(tool, notes);
  return hosted(tool, notes, type.includes("web_search") ? "R25" : "R29");
}

function decodeFunctionTool(tool: Fields, notes: Notes): ToolDef {
  tool.skip("type");
  const inner = tool.fields("function");
  // Some clients leave out the inner object, as the Responses protocol does.
  if (inner === undefined && asString(tool.record["name"]) !== undefined) {
    return decodeFunction(tool, tool, notes);
  }
  if (inner === undefined) {
    notes.reject(missing(tool.at("function")));
    return { kind: "function", name: "", path: tool.path };
  }
  return decodeFunction(inner, tool, notes);
}

/** `definition` holds name and schema; `tool` is what it is an element of. */
function decodeFunction(definition: Fields, tool: Fields, notes: Notes): ToolDef {
  const name = definition.required("name");
  notes.use("R20", tool.path);
  const description = definition.string("description");
  const schema = asRecord(definition.record["parameters"]);
  if (schema !== undefined) definition.skip("parameters");
  const strict = definition.boolean("strict");
  if (strict !== undefined) notes.use("R21", definition.at("strict"));
  const cache = decodeToolCache(tool, notes);
  const ext = [
    ...cache.residues,
    ...definition.rest("R00"),
    ...(definition === tool ? [] : tool.rest("R00")),
  ];
  return compact({
    kind: "function",
    name,
    description,
    schema: schema === undefined ? undefined : notes.document.textOf(schema),
    strict,
    cache: cache.point,
    path: tool.path,
    ext: filled(ext),
  });
}

/** Anthropic's `cache_control`, which resellers of its models accept here. */
function decodeToolCache(
  tool: Fields,
  notes: Notes,
): { readonly point: CachePoint | undefined; readonly residues: readonly Residue[] } {
  const control = asRecord(tool.record["cache_control"]);
  if (control === undefined) return { point: undefined, residues: [] };
  if (control["ttl"] !== undefined) notes.use("R63t", `${tool.at("cache_control")}/ttl`);
  return { point: ttlPoint(control["ttl"]), residues: tool.residue("cache_control", "R63d") };
}

function decodeCustomTool(tool: Fields, notes: Notes): ToolDef {
  tool.skip("type");
  const inner = tool.fields("custom");
  const name = inner?.string("name");
  if (name === undefined) notes.reject(missing(`${tool.at("custom")}/name`));
  notes.use("R24", tool.path);
  const description = inner?.string("description");
  const format = inner?.text("format");
  // Nothing else is defined in a free-form tool; what a vendor adds is at least reported.
  inner?.rest("R00");
  tool.rest("R00");
  return compact({ kind: "custom", name: name ?? "", description, format, path: tool.path });
}

/** Tools of vendors that share this protocol (`openrouter:web_search`): kept whole. */
function hosted(tool: Fields, notes: Notes, id: LossId): ToolDef {
  notes.use(id, tool.path);
  return {
    kind: "hosted",
    dialect: DIALECT,
    service: id === "R25" ? "web-search" : "other",
    text: notes.document.textOf(tool.record),
    id,
    path: tool.path,
  };
}

/** Path that marks the search which is a member of the body instead of a tool. */
export const SEARCH_PATH = "/web_search_options";

function decodeSearch(body: Fields, notes: Notes): readonly ToolDef[] {
  const options = body.fields("web_search_options");
  return options === undefined ? [] : [hosted(options, notes, "R25")];
}

type DecodedChoice = {
  readonly choice: ToolChoice | undefined;
  readonly residues: readonly Residue[];
};

function decodeChoice(body: Fields, notes: Notes): DecodedChoice {
  const value = body.any("tool_choice");
  if (value === undefined) return { choice: undefined, residues: [] };
  const choice = typeof value === "string" ? choiceOfWord(value) : choiceOfRecord(value);
  if (choice === undefined) return { choice, residues: body.residue("tool_choice", "R30c") };
  noteChoice(choice, body.at("tool_choice"), notes);
  return { choice, residues: [] };
}

function noteChoice(choice: ToolChoice, path: string, notes: Notes): void {
  switch (choice.kind) {
    case "auto":
      return;
    case "none":
      return notes.use("R30a", path);
    case "any":
      return notes.use("R30b", path);
    case "named":
      return notes.use("R30c", path);
    case "allowed":
      return notes.use("R31", path);
  }
}

/** Mistral says `any` where OpenAI says `required`. */
function choiceOfWord(word: string): ToolChoice | undefined {
  if (word === "auto" || word === "none") return { kind: word };
  return word === "required" || word === "any" ? { kind: "any" } : undefined;
}

function choiceOfRecord(value: Json): ToolChoice | undefined {
  const record = asRecord(value);
  const type = asString(record?.["type"]);
  const inner = type === undefined ? undefined : asRecord(record?.[type]);
  const name = asString(inner?.["name"]) ?? asString(record?.["name"]);
  if (type === "allowed_tools") return allowedTools(inner ?? record ?? {});
  if (name === undefined) return undefined;
  return type === "custom" ? { kind: "named", name, custom: true } : { kind: "named", name };
}

function allowedTools(allowed: Readonly<Record<string, Json>>): ToolChoice {
  const tools = asArray(allowed["tools"]) ?? [];
  const names = tools.flatMap((tool) => {
    const record = asRecord(tool);
    const inner = asRecord(record?.[asString(record["type"]) ?? ""]);
    return asString(inner?.["name"]) ?? asString(record?.["name"]) ?? [];
  });
  return { kind: "allowed", mode: allowed["mode"] === "required" ? "any" : "auto", names };
}

function decodeLegacyChoice(body: Fields, notes: Notes): ToolChoice | undefined {
  const value = body.any("function_call");
  const name = asString(asRecord(value)?.["name"]);
  const choice: ToolChoice | undefined =
    name !== undefined
      ? { kind: "named", name }
      : value === "auto" || value === "none"
        ? { kind: value }
        : undefined;
  if (choice !== undefined) noteChoice(choice, body.at("function_call"), notes);
  return choice;
}
