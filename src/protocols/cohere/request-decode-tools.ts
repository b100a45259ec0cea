// Tools and the choice among them (translation.md B.3).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString } from "../../lib/json.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { missing, wrongValue, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly toolChoice: ToolChoice | undefined;
};

/** Reads `tools`, `strict_tools` and `tool_choice`. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  // The switch is one for all tools (R21).
  const strict = body.boolean("strict_tools");
  const isStrict = strict === true ? true : undefined;
  if (isStrict !== undefined) notes.use("R21", body.at("strict_tools"));
  const tools = (body.list("tools") ?? []).flatMap((entry, index) => {
    const tool = fieldsAt(entry, `/tools/${index}`, notes);
    return tool === undefined ? [] : [decodeTool(tool, isStrict, notes)];
  });
  return { tools, toolChoice: decodeChoice(body, notes) };
}

function decodeTool(tool: Fields, strict: true | undefined, notes: Notes): ToolDef {
  const type = asString(tool.record["type"]) ?? "function";
  if (type !== "function") return verbatim(tool, notes);
  tool.skip("type");
  notes.use("R20", tool.path);
  const inner = tool.fields("function");
  if (inner !== undefined) return decodeFunction(inner, tool, strict, notes);
  notes.reject(missing(tool.at("function")));
  return { kind: "function", name: "", path: tool.path };
}

function decodeFunction(
  inner: Fields,
  tool: Fields,
  strict: true | undefined,
  notes: Notes,
): ToolDef {
  const schema = asRecord(inner.record["parameters"]);
  if (schema !== undefined) inner.skip("parameters");
  return compact({
    kind: "function",
    name: inner.required("name"),
    description: inner.string("description"),
    schema: schema === undefined ? undefined : notes.document.textOf(schema),
    strict,
    path: tool.path,
    ext: filled([...inner.rest("R00"), ...tool.rest("R00")]),
  });
}

/** A kind of tool that the vendor added. */
function verbatim(tool: Fields, notes: Notes): ToolDef {
  notes.use("R29", tool.path);
  const text = notes.document.textOf(tool.record);
  return { kind: "hosted", dialect: DIALECT, service: "other", text, id: "R29", path: tool.path };
}

function decodeChoice(body: Fields, notes: Notes): ToolChoice | undefined {
  const word = body.string("tool_choice");
  switch (word) {
    case undefined:
      return undefined;
    case "REQUIRED":
      notes.use("R30b", body.at("tool_choice"));
      return { kind: "any" };
    case "NONE":
      notes.use("R30a", body.at("tool_choice"));
      return { kind: "none" };
    default:
      notes.reject(wrongValue(body.at("tool_choice"), word, ["REQUIRED", "NONE"]));
      return undefined;
  }
}
