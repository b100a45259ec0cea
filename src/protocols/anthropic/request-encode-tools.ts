// Tools and the choice among them (translation.md B.3).
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import type { AnswerTool } from "../kit/answer-tool.ts";
import { objectSchema } from "../kit/object-schema.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { wrapTool } from "../kit/wrapped-tool.ts";
import { standInFor } from "../kit/client-tools.ts";
import { DIALECT, VENDOR } from "./dialect.ts";
import { cacheControl } from "./request-encode-cache.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { counterpart } from "./request-encode-hosted.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/**
 * The members that concern tools; without a tool there is no choice (E092). `thinking`: reasoning is on. `answer`: a tool
 * that stands for the form of the answer.
 */
export function encodeTools(
  context: EncodeContext,
  thinking: boolean,
  answer: AnswerTool | undefined,
): Draft {
  const offered = context.request.tools.filter((tool) => isOffered(tool, context, thinking));
  const tools = offered.flatMap((tool) => encodeTool(tool, context) ?? []);
  if (answer !== undefined) {
    const choice = answerChoice(answer, tools.length === 0);
    const { name, description, schema } = answer;
    return { tools: [...tools, { name, description, input_schema: schema }], tool_choice: choice };
  }
  if (tools.length === 0) return {};
  return { tools, tool_choice: encodeChoice(context, thinking) };
}

/** How the answer is demanded: alone by its name, beside real tools as one of them (E157). */
function answerChoice({ name }: AnswerTool, isAlone: boolean): Draft {
  return isAlone
    ? { type: "tool", name, disable_parallel_tool_use: true }
    : { type: "any", disable_parallel_tool_use: undefined };
}

/** An allowed subset, or a named tool that cannot be forced, is said by offering nothing else (R31, E097). */
function isOffered(tool: ToolDef, context: EncodeContext, thinking: boolean): boolean {
  const { toolChoice } = context.request;
  const name = tool.name ?? "";
  if (toolChoice?.kind === "allowed") return toolChoice.names.includes(name);
  if (toolChoice?.kind === "named" && !mayForce(context, thinking)) return toolChoice.name === name;
  return true;
}

function encodeTool(tool: ToolDef, context: EncodeContext): Printable {
  switch (tool.kind) {
    case "function":
      return encodeFunction(tool, context);
    case "custom":
      return encodeCustom(tool, context);
    case "hosted":
      return tool.dialect === DIALECT ? raw(tool.text) : encodeHosted(tool, context);
  }
  return unreachable(tool);
}

/** Another vendor's search is not the same search, so even a counterpart is reported. */
function encodeHosted(
  tool: Extract<ToolDef, { kind: "hosted" }>,
  { request, target, verdicts, names }: EncodeContext,
): Printable {
  const standIn = standInFor(tool);
  if (standIn !== undefined) {
    verdicts.emulate(tool.id, tool.path);
    const { name, description, schema } = standIn;
    return { name: names.wire(name), description, input_schema: raw(schema) };
  }
  // Other servers of the dialect run no tools, and the API refuses two tools of one name.
  const own = target.vendor === VENDOR ? counterpart(tool) : undefined;
  const isFree = request.tools.every(({ kind, name }) => kind === "hosted" || name !== own?.name);
  const sent = isFree ? own : undefined;
  verdicts.lose(tool.id, tool.path, sent === undefined ? "X" : "D");
  return sent;
}

function encodeFunction(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): Printable {
  const draft: Draft = {
    name: context.names.wire(tool.name),
    description: tool.description,
    input_schema: objectSchema(tool.schema),
    strict: strictOf(tool, context),
    input_examples: tool.examples?.map((example) => raw(example)),
    cache_control: cacheControl(context.breakpoints.get(tool)),
  };
  return graft(draft, tool.ext, TOOL_GRAFT);
}

/** Strict mode refuses schemas outside of its subset, so another dialect's wish is only passed on if it can be met. */
function strictOf(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): boolean | undefined {
  if (context.isOwn) return tool.strict;
  if (tool.strict !== true) return undefined;
  if (isStrictCompatible(tool.schema)) return true;
  context.verdicts.lose("R21", tool.path, "X");
  return undefined;
}

/** A free-form tool goes out as a function with one string; `restore.wrapped` names it (R24). */
function encodeCustom(
  tool: Extract<ToolDef, { kind: "custom" }>,
  context: EncodeContext,
): Printable {
  const { description, schema } = wrapTool(tool);
  return {
    name: context.names.wire(tool.name),
    description,
    input_schema: schema,
    cache_control: cacheControl(context.breakpoints.get(tool)),
  };
}

/** Whether the model can be made to call a tool (A.3, model generations). */
function mayForce({ target, isOwn }: EncodeContext, thinking: boolean): boolean {
  if (isOwn) return true;
  const { forcedToolChoice } = target.capabilities;
  return forcedToolChoice === "without-reasoning" ? !thinking : forcedToolChoice !== "no";
}

function encodeChoice(context: EncodeContext, thinking: boolean): Printable {
  const { request, isOwn, verdicts } = context;
  const { toolChoice, parallelCalls } = request;
  const single = parallelCalls === false;
  const spelt = parallelCalls === undefined || (!single && !isOwn) ? undefined : single;
  if (toolChoice === undefined) {
    return single ? { type: "auto", disable_parallel_tool_use: true } : undefined;
  }
  const choice = choiceOf(toolChoice, context);
  if ((choice["type"] === "any" || choice["type"] === "tool") && !mayForce(context, thinking)) {
    for (const id of ["R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "D");
    return { type: "auto", disable_parallel_tool_use: spelt };
  }
  return toolChoice.kind === "none" ? choice : { ...choice, disable_parallel_tool_use: spelt };
}

function choiceOf(choice: ToolChoice, { names }: EncodeContext): Draft {
  switch (choice.kind) {
    case "auto":
    case "none":
    case "any":
      return { type: choice.kind };
    case "named":
      return { type: "tool", name: names.wire(choice.name) };
    case "allowed":
      return { type: choice.mode };
  }
}
