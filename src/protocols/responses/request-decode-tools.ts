// Tools and the choice among them (translation.md B.3). Functions are flat here; groups of them are flattened for others.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type Json, type JsonRecord } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue, ToolChoice, ToolDef, ToolGroup } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { isClientTool, recordsIn } from "./client-items.ts";
import { DIALECT } from "./dialect.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly groups: ReadonlyMap<string, ToolGroup>;
  readonly toolChoice: ToolChoice | undefined;
  readonly residues: readonly Residue[];
  /** Names of tools that the client runs in a form of its own (R29). */
  readonly clientTools: ReadonlySet<string> | undefined;
};

type Context = { readonly notes: Notes; readonly groups: Map<string, ToolGroup> };

/** Reads `tools` and `tool_choice`. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  const context: Context = { notes, groups: new Map() };
  const tools = (body.list("tools") ?? []).flatMap((entry, index) => {
    const fields = fieldsAt(entry, `/tools/${index}`, notes);
    return fields === undefined ? [] : decodeTool(fields, context);
  });
  return {
    tools,
    groups: context.groups,
    clientTools: clientTools(body),
    ...decodeChoice(body, notes),
  };
}

/** Tools that the client runs in a form of its own; a function of the same name would be mistaken for one. */
function clientTools(body: Fields): ReadonlySet<string> | undefined {
  const records = recordsIn(body.record["tools"]);
  const functions = new Set(records.map(({ name }) => name));
  const types = records.filter(isClientTool).flatMap(({ type }) => asString(type) ?? []);
  const names = new Set(types.filter((type) => !functions.has(type)));
  return names.size === 0 ? undefined : names;
}

/** The name under which a tool of a group stands among the others (R33, E101). */
export function groupedName(group: string, name: string): string {
  return `${group}__${name}`;
}

function decodeTool(tool: Fields, context: Context): readonly ToolDef[] {
  const type = asString(tool.record["type"]) ?? "function";
  switch (type) {
    case "function":
      return [decodeFunction(tool, context.notes)];
    case "custom":
      return [decodeCustom(tool, context.notes)];
    case "namespace":
      return decodeGroup(tool, context);
    default:
      return [hosted(tool, type, context.notes)];
  }
}

function decodeFunction(tool: Fields, notes: Notes): ToolDef {
  tool.skip("type");
  notes.use("R20", tool.path);
  const schema = asRecord(tool.record["parameters"]);
  if (schema !== undefined || tool.record["parameters"] === null) tool.skip("parameters");
  const text = schema === undefined ? undefined : notes.document.textOf(schema);
  const strict = strictOf(tool, text, notes);
  const outputSchema = tool.text("output_schema");
  if (outputSchema !== undefined) notes.use("R23", tool.at("output_schema"));
  return compact({
    kind: "function",
    name: tool.required("name"),
    description: tool.string("description"),
    schema: text,
    strict,
    outputSchema,
    path: tool.path,
    ext: extrasOf(tool),
  });
}

/** When the tool is loaded, who may call it, and what the vendor adds. */
function extrasOf(tool: Fields): readonly Residue[] | undefined {
  const isAtOnce = tool.record["defer_loading"] === false;
  if (isAtOnce) tool.skip("defer_loading");
  const deferred = isAtOnce ? [] : tool.residue("defer_loading", "R33");
  return filled([...deferred, ...tool.residue("allowed_callers", "R34"), ...tool.rest("R00")]);
}

/** Strict is the default here, but only for schemas that strict mode accepts (R21, E090). */
function strictOf(
  tool: Fields,
  schema: Parameters<typeof isStrictCompatible>[0],
  notes: Notes,
): boolean | undefined {
  const given = tool.boolean("strict");
  const strict = given ?? (isStrictCompatible(schema) ? true : undefined);
  if (strict !== undefined) notes.use("R21", tool.at("strict"));
  return strict;
}

function decodeCustom(tool: Fields, notes: Notes): ToolDef {
  tool.skip("type");
  notes.use("R24", tool.path);
  return compact({
    kind: "custom",
    name: tool.required("name"),
    description: tool.string("description"),
    format: tool.text("format"),
    path: tool.path,
    ext: extrasOf(tool),
  });
}

function decodeGroup(group: Fields, context: Context): readonly ToolDef[] {
  const { notes, groups } = context;
  const name = group.required("name");
  const description = group.string("description");
  notes.use("R33", group.path);
  return (group.list("tools") ?? []).flatMap((entry, index) => {
    const fields = fieldsAt(entry, `${group.at("tools")}/${index}`, notes);
    return (fields === undefined ? [] : decodeTool(fields, context)).map((tool): ToolDef => {
      if (tool.kind === "hosted") return tool;
      const whole = groupedName(name, tool.name);
      groups.set(whole, compact({ group: name, name: tool.name, description }));
      return { ...tool, name: whole };
    });
  });
}

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

/** Which feature a tool of the vendor is, by its type; the first row whose beginning fits. */
const BUILT_IN: readonly (readonly [prefix: string, Hosted["service"], LossId])[] = [
  ["web_search", "web-search", "R25"],
  ["code_interpreter", "code-execution", "R26"],
  ["mcp", "mcp", "R28"],
  ["file_search", "other", "B04"],
  ["image_generation", "other", "R19"],
  ["tool_search", "other", "R33"],
  ["programmatic_tool_calling", "other", "R34"],
];

function hosted(tool: Fields, type: string, notes: Notes): ToolDef {
  const [, service, id] = BUILT_IN.find(([prefix]) => type.startsWith(prefix)) ?? [
    "",
    type === "shell" && !isClientTool(tool.record) ? "code-execution" : "client-tool",
    "R29",
  ];
  notes.use(id, tool.path);
  const text = notes.document.textOf(tool.record);
  return { kind: "hosted", dialect: DIALECT, service, text, id, path: tool.path };
}

function decodeChoice(
  body: Fields,
  notes: Notes,
): { readonly toolChoice: ToolChoice | undefined; readonly residues: readonly Residue[] } {
  const value = body.any("tool_choice");
  if (value === undefined) return { toolChoice: undefined, residues: [] };
  const choice = typeof value === "string" ? choiceOfWord(value) : choiceOfRecord(value);
  if (choice === undefined)
    return { toolChoice: undefined, residues: body.residue("tool_choice", "R30c") };
  const id = CHOICES[choice.kind];
  if (id !== undefined) notes.use(id, body.at("tool_choice"));
  if (choice.kind === "named" && choice.custom === true) notes.use("R24", body.at("tool_choice"));
  // The vendor's own tools have no names to allow them by; they return as they were.
  const isWhole = choice.kind !== "allowed" || choice.names.length === entriesOf(value);
  return { toolChoice: choice, residues: isWhole ? [] : body.residue("tool_choice", "R31") };
}

function entriesOf(choice: Json): number {
  return asArray(asRecord(choice)?.["tools"])?.length ?? 0;
}

const CHOICES = {
  auto: undefined,
  none: "R30a",
  any: "R30b",
  named: "R30c",
  allowed: "R31",
} as const satisfies Record<ToolChoice["kind"], LossId | undefined>;

function choiceOfWord(word: string): ToolChoice | undefined {
  if (word === "auto" || word === "none") return { kind: word };
  return word === "required" ? { kind: "any" } : undefined;
}

function choiceOfRecord(value: Json): ToolChoice | undefined {
  const record = asRecord(value);
  if (record === undefined) return undefined;
  switch (asString(record["type"]) ?? "") {
    case "function":
      return named(record, false);
    case "custom":
      return named(record, true);
    case "allowed_tools": {
      const names = (asArray(record["tools"]) ?? []).flatMap(
        (tool) => asString(asRecord(tool)?.["name"]) ?? [],
      );
      return { kind: "allowed", mode: record["mode"] === "required" ? "any" : "auto", names };
    }
    default:
      return undefined;
  }
}

function named(record: JsonRecord, custom: boolean): ToolChoice | undefined {
  const name = asString(record["name"]);
  if (name === undefined) return undefined;
  return custom ? { kind: "named", name, custom } : { kind: "named", name };
}
