// Tools and the choice among them (translation.md B.3).
import { compact, filled } from "../../lib/compact.ts";
import { asString } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { wrongValue, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { cacheOf } from "./request-decode-blocks.ts";

/** What the request says about tools. */
export type DecodedTools = {
  readonly tools: readonly ToolDef[];
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelCalls: boolean | undefined;
};

/** Reads `tools` and `tool_choice`. */
export function decodeTools(body: Fields, notes: Notes): DecodedTools {
  const tools = (body.list("tools") ?? []).flatMap((entry, index) => {
    const fields = fieldsAt(entry, `/tools/${index}`, notes);
    return fields === undefined ? [] : [decodeTool(fields, notes)];
  });
  const choice = body.fields("tool_choice");
  return { tools, ...(choice === undefined ? NO_CHOICE : decodeChoice(choice, notes)) };
}

const NO_CHOICE = { toolChoice: undefined, parallelCalls: undefined } as const;

function decodeTool(tool: Fields, notes: Notes): ToolDef {
  const type = asString(tool.record["type"]) ?? "custom";
  return type === "custom" ? decodeCustom(tool, notes) : decodeHosted(tool, type, notes);
}

/** `custom` is this dialect's word for a function of the client's. */
function decodeCustom(tool: Fields, notes: Notes): ToolDef {
  tool.skip("type");
  notes.use("R20", tool.path);
  const examples = tool.list("input_examples");
  if (examples !== undefined) notes.use("R22", tool.at("input_examples"));
  const strict = tool.boolean("strict");
  if (strict === true) notes.use("R21", tool.at("strict"));
  const deferred = tool.residue("defer_loading", "R33");
  const callers = tool.residue("allowed_callers", "R34");
  const { cache, residues } = cacheOf(tool, notes, "R63d");
  return compact({
    kind: "function",
    name: tool.required("name"),
    description: tool.string("description"),
    schema: tool.text("input_schema"),
    strict,
    examples: examples?.map((example) => notes.document.textOf(example)),
    cache,
    path: tool.path,
    ext: filled([...deferred, ...callers, ...residues, ...tool.rest("R00")]),
  });
}

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

/** Which feature a built-in tool is, by the beginning of its type. */
const BUILT_IN: readonly (readonly [string, Hosted["service"], LossId])[] = [
  ["web_search_", "web-search", "R25"],
  ["code_execution_", "code-execution", "R26"],
  ["web_fetch_", "url-fetch", "R27"],
  ["mcp_toolset", "mcp", "R28"],
  ["tool_search_tool_", "other", "R33"],
  ["bash_", "client-tool", "R29"],
  ["text_editor_", "client-tool", "R29"],
  ["computer_", "client-tool", "R29"],
  ["memory_", "client-tool", "R29"],
];

function decodeHosted(tool: Fields, type: string, notes: Notes): ToolDef {
  const [, service, id] = BUILT_IN.find(([prefix]) => type.startsWith(prefix)) ?? [
    "",
    "other",
    "R29",
  ];
  notes.use(id, tool.path);
  return compact({
    kind: "hosted",
    dialect: DIALECT,
    service,
    name: tool.string("name"),
    text: notes.document.textOf(tool.record),
    id,
    path: tool.path,
  });
}

const TYPES = ["auto", "any", "tool", "none"] as const;

function decodeChoice(
  choice: Fields,
  notes: Notes,
): Pick<DecodedTools, "toolChoice" | "parallelCalls"> {
  const single = choice.boolean("disable_parallel_tool_use");
  if (single === true) notes.use("R32", choice.at("disable_parallel_tool_use"));
  const toolChoice = decodeType(choice, notes);
  return { toolChoice, parallelCalls: single === undefined ? undefined : !single };
}

function decodeType(choice: Fields, notes: Notes): ToolChoice | undefined {
  const word = choice.required("type");
  switch (TYPES.find((known) => known === word)) {
    case "auto":
      return { kind: "auto" };
    case "none":
      notes.use("R30a", choice.path);
      return { kind: "none" };
    case "any":
      notes.use("R30b", choice.path);
      return { kind: "any" };
    case "tool":
      notes.use("R30c", choice.path);
      return { kind: "named", name: choice.required("name") };
    case undefined:
      if (word !== "") notes.reject(wrongValue(choice.at("type"), word, TYPES));
      return undefined;
  }
}
