// Tools and the choice among them (translation.md B.3).
import { raw, type JsonText, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { standInFor } from "../kit/client-tools.ts";
import { mayForce } from "../kit/forced-choice.ts";
import { nestedFormat } from "../kit/grammar-format.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { DIALECT } from "./dialect.ts";
import { SEARCH_PATH } from "./request-decode-tools.ts";
import { describeTool } from "../kit/tool-description.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** The members that concern tools; without a tool there is neither choice nor parallel switch (E092). */
export function encodeTools(context: EncodeContext): Draft {
  const { request } = context;
  const tools = request.tools.flatMap((tool) => encodeTool(tool, context) ?? []);
  const search = request.tools.find((tool) => isOwnSearch(tool));
  const webSearch = search?.kind === "hosted" ? raw(search.text) : undefined;
  if (tools.length === 0) return { web_search_options: webSearch };
  return {
    tools,
    tool_choice: encodeChoice(context),
    parallel_tool_calls: request.parallelCalls,
    web_search_options: webSearch,
  };
}

function isOwnSearch(tool: ToolDef): boolean {
  return tool.kind === "hosted" && tool.dialect === DIALECT && tool.path === SEARCH_PATH;
}

function encodeTool(tool: ToolDef, context: EncodeContext): Printable {
  switch (tool.kind) {
    case "function":
      return encodeFunction(tool, context);
    case "custom": {
      const { name, description, format } = tool;
      const custom = {
        name: context.names.wire(name),
        description,
        format: format === undefined ? undefined : nestedFormat(format),
      };
      return { type: "custom", custom };
    }
    case "hosted":
      return encodeHosted(tool, context);
  }
  return unreachable(tool);
}

function spliced(text: JsonText | undefined): Printable {
  return text === undefined ? undefined : raw(text);
}

function encodeFunction(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): Printable {
  const definition = {
    name: context.names.wire(tool.name),
    description: describeTool(tool),
    parameters: spliced(tool.schema),
    strict: strictOf(tool, context),
  };
  return graft({ type: "function", function: definition }, tool.ext, TOOL_GRAFT);
}

/** Strict mode refuses schemas outside of its subset, so another dialect's wish is only passed on if it can be met (E091). */
function strictOf(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): boolean | undefined {
  if (tool.strict !== true || context.isOwn || isStrictCompatible(tool.schema)) return tool.strict;
  context.verdicts.lose("R21", tool.path, "X");
  return undefined;
}

function encodeHosted(
  tool: Extract<ToolDef, { kind: "hosted" }>,
  context: EncodeContext,
): Printable {
  const { verdicts } = context;
  if (tool.dialect === DIALECT) {
    return tool.path === SEARCH_PATH ? undefined : raw(tool.text);
  }
  const standIn = standInFor(tool);
  if (standIn === undefined) {
    verdicts.lose(tool.id, tool.path, "X");
    return undefined;
  }
  verdicts.emulate(tool.id, tool.path);
  const { name, description, schema } = standIn;
  const definition = { name: context.names.wire(name), description, parameters: raw(schema) };
  return { type: "function", function: definition };
}

/** The choice is a single member, wherever its dialect has it. */
const CHOICE_PATH = "";

function encodeChoice(context: EncodeContext): Printable {
  const { toolChoice } = context.request;
  if (toolChoice === undefined) return undefined;
  const isForced = toolChoice.kind === "any" || toolChoice.kind === "named";
  if (!isForced || mayForce(context.target.capabilities, context.request.reasoning))
    return choiceOf(toolChoice, context);
  context.verdicts.lose(toolChoice.kind === "any" ? "R30b" : "R30c", CHOICE_PATH, "D");
  return "auto";
}

function choiceOf(choice: ToolChoice, context: EncodeContext): Printable {
  switch (choice.kind) {
    case "auto":
    case "none":
      return choice.kind;
    case "any":
      return "required";
    case "named":
      return isOffered(choice.name, context)
        ? reference(choice.name, context)
        : dropChoice(context);
    case "allowed": {
      const tools = choice.names.map((name) => reference(name, context));
      const mode = choice.mode === "any" ? "required" : "auto";
      return { type: "allowed_tools", allowed_tools: { mode, tools } };
    }
  }
  return unreachable(choice);
}

/** The forced tool could not be sent; forcing it would make the request invalid. */
function dropChoice(context: EncodeContext): undefined {
  context.verdicts.lose("R30c", CHOICE_PATH, "X");
}

function isOffered(name: string, context: EncodeContext): boolean {
  return context.request.tools.some((tool) =>
    tool.kind === "hosted" ? standInFor(tool)?.name === name : tool.name === name,
  );
}

function reference(name: string, context: EncodeContext): Draft {
  const isCustom = context.request.tools.some(
    (tool) => tool.kind === "custom" && tool.name === name,
  );
  const type = isCustom ? "custom" : "function";
  return { type, [type]: { name: context.names.wire(name) } };
}
