// `toolConfig`: tools and the choice among them (translation.md B.3).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString } from "../../lib/json.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { cachePointOf } from "./request-decode-blocks.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly toolChoice: ToolChoice | undefined;
};

/** Reads `toolConfig`. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  const config = body.fields("toolConfig");
  if (config === undefined) return { tools: [], toolChoice: undefined };
  const tools: ToolDef[] = [];
  for (const [index, entry] of (config.list("tools") ?? []).entries()) {
    const fields = fieldsAt(entry, `${config.at("tools")}/${index}`, notes);
    if (fields === undefined) continue;
    const point = cachePointOf(fields, silent(notes));
    const last = tools.at(-1);
    if (point === undefined) tools.push(decodeTool(fields, notes));
    else if (last !== undefined && last.kind !== "hosted") {
      notes.use("R63d", fields.path);
      if (point.ttl === "1h") notes.use("R63t", `${fields.path}/cachePoint/ttl`);
      tools[tools.length - 1] = { ...last, cache: point };
    } else notes.use("R63d", fields.path);
  }
  return { tools, toolChoice: decodeChoice(config, notes) };
}

/** A point among the tools is a feature of its own. */
function silent(notes: Notes): Notes {
  return { ...notes, use: () => undefined };
}

function decodeTool(tool: Fields, notes: Notes): ToolDef {
  const spec = tool.fields("toolSpec");
  if (spec === undefined) return hosted(tool, notes);
  notes.use("R20", tool.path);
  const schema = asRecord(asRecord(spec.record["inputSchema"])?.["json"]);
  if (spec.record["inputSchema"] === undefined) notes.reject(missing(spec.at("inputSchema")));
  spec.skip("inputSchema");
  const strict = spec.boolean("strict");
  if (strict !== undefined) notes.use("R21", spec.at("strict"));
  return compact({
    kind: "function",
    name: spec.required("name"),
    description: spec.string("description"),
    schema: schema === undefined ? undefined : notes.document.textOf(schema),
    strict,
    path: tool.path,
    ext: filled([...spec.rest("R00"), ...tool.rest("R00")]),
  });
}

/** Tools that the service runs. */
function hosted(tool: Fields, notes: Notes): ToolDef {
  const name = asString(asRecord(tool.record["systemTool"])?.["name"]);
  const isSearch = name?.includes("grounding") === true || name?.includes("search") === true;
  const isCode = name?.includes("code") === true;
  const id = isSearch ? "R25" : isCode ? "R26" : "R29";
  notes.use(id, tool.path);
  return compact({
    kind: "hosted",
    dialect: DIALECT,
    service: isSearch ? "web-search" : isCode ? "code-execution" : "other",
    name,
    text: notes.document.textOf(tool.record),
    id,
    path: tool.path,
  });
}

function decodeChoice(config: Fields, notes: Notes): ToolChoice | undefined {
  const choice = config.fields("toolChoice");
  if (choice === undefined) return undefined;
  const name = choice.fields("tool")?.required("name");
  if (name !== undefined) {
    notes.use("R30c", choice.path);
    return { kind: "named", name };
  }
  if (choice.record["any"] === undefined) return { kind: "auto" };
  notes.use("R30b", choice.path);
  return { kind: "any" };
}
