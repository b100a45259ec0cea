// `toolConfig` (translation.md B.3). The service demands it whenever the history holds calls or results.
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { CachePoint } from "../../ir/block.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import type { AnswerTool } from "../kit/answer-tool.ts";
import { standInFor } from "../kit/client-tools.ts";
import { objectSchema } from "../kit/object-schema.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { describeTool } from "../kit/tool-description.ts";
import { wrapTool } from "../kit/wrapped-tool.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 3 } as const;

/** The member, and what the model must be told beside it. */
export type EncodedTools = {
  readonly toolConfig: Draft | undefined;
  readonly instructions: readonly string[];
};

const NO_TOOLS: EncodedTools = { toolConfig: undefined, instructions: [] };
const DO_NOT_CALL = "Do not call any tool in this answer.";

/** Encodes the tools. `isThinking`: reasoning is on. `answer`: a tool that stands for the form of the answer. */
export function encodeTools(
  context: EncodeContext,
  isThinking: boolean,
  answer: AnswerTool | undefined,
): EncodedTools {
  const { request, verdicts, isOwn } = context;
  const offered = request.tools.filter((tool) => isOffered(tool, context, isThinking));
  const tools = offered.flatMap((tool) => encodeTool(tool, context));
  if (answer !== undefined) {
    const all = [...tools, specOf(answer.name, answer.description, answer.schema)];
    const toolChoice = tools.length === 0 ? { tool: { name: answer.name } } : { any: {} };
    return { toolConfig: { tools: all, toolChoice }, instructions: [] };
  }
  const needed = tools.length === 0 && !isOwn ? stubs(context) : [];
  if (tools.length === 0 && needed.length === 0) return NO_TOOLS;
  const isNone = request.toolChoice?.kind === "none";
  // Without calls in the history the tools can simply be left out (R30a, E095).
  if (isNone && !hasToolBlocks(context)) {
    verdicts.emulate("R30a", "");
    return NO_TOOLS;
  }
  const toolChoice = needed.length > 0 ? undefined : encodeChoice(context, isThinking);
  const toolConfig = { tools: [...tools, ...needed], toolChoice };
  return { toolConfig, instructions: isNone ? [DO_NOT_CALL] : [] };
}

function hasToolBlocks({ request }: EncodeContext): boolean {
  return request.turns.some(({ blocks }) =>
    blocks.some(({ kind }) => kind === "toolCall" || kind === "toolResult"),
  );
}

/** What the history calls must be defined, although nothing is offered any more (E142). */
function stubs(context: EncodeContext): readonly Printable[] {
  const { request, names, verdicts } = context;
  const called = request.turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === "toolCall" ? [block.name] : [])),
  );
  if (called.length > 0) verdicts.emulate("R20", "/tools");
  return [...new Set(called)].map((name) =>
    specOf(names.wire(name), undefined, objectSchema(undefined)),
  );
}

/** An allowed subset, or a named tool that cannot be forced, is said by offering nothing else (R31, E097). */
function isOffered(tool: ToolDef, context: EncodeContext, isThinking: boolean): boolean {
  const { toolChoice } = context.request;
  const name = tool.name ?? "";
  if (toolChoice?.kind === "allowed") return toolChoice.names.includes(name);
  if (toolChoice?.kind === "named" && !mayForce(context, isThinking))
    return toolChoice.name === name;
  return true;
}

function mayForce({ target, isOwn }: EncodeContext, isThinking: boolean): boolean {
  const { forcedToolChoice } = target.capabilities;
  if (isOwn) return true;
  return forcedToolChoice === "without-reasoning" ? !isThinking : forcedToolChoice !== "no";
}

function specOf(name: string, description: string | undefined, schema: Printable): Draft {
  // An empty description is refused (E081).
  const words = description === "" ? undefined : description;
  return { toolSpec: { name, description: words, inputSchema: { json: schema } } };
}

function encodeTool(tool: ToolDef, context: EncodeContext): readonly Printable[] {
  const { breakpoints, names } = context;
  switch (tool.kind) {
    case "function":
      return [encodeFunction(tool, context), ...pointAfter(breakpoints.get(tool))];
    case "custom": {
      const { description, schema } = wrapTool(tool);
      const spec = specOf(names.wire(tool.name), description, schema);
      return [spec, ...pointAfter(breakpoints.get(tool))];
    }
    case "hosted":
      return encodeHosted(tool, context);
  }
  return unreachable(tool);
}

/** The block that marks a breakpoint after what stands before it. Lifetimes that the service does not have are its default. */
export function pointAfter(point: CachePoint | undefined): readonly Draft[] {
  if (point === undefined) return [];
  const ttl = point.ttl === "30m" ? undefined : point.ttl;
  return [{ cachePoint: { type: "default", ttl } }];
}

function encodeFunction(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): Draft {
  const { toolSpec } = specOf(
    context.names.wire(tool.name),
    describeTool(tool),
    objectSchema(tool.schema),
  );
  const spec: Draft = { ...(toolSpec as Draft), strict: strictOf(tool, context) };
  return graft({ toolSpec: spec }, tool.ext, TOOL_GRAFT);
}

function strictOf(
  tool: Extract<ToolDef, { kind: "function" }>,
  { isOwn, target, verdicts }: EncodeContext,
): boolean | undefined {
  if (isOwn) return tool.strict;
  if (tool.strict !== true) return undefined;
  const takes = target.capabilities.strictTools !== false;
  if (takes && isStrictCompatible(tool.schema)) return true;
  verdicts.lose("R21", tool.path, "X");
  return undefined;
}

function encodeHosted(
  tool: Extract<ToolDef, { kind: "hosted" }>,
  { target, verdicts, names }: EncodeContext,
): readonly Printable[] {
  if (tool.dialect === DIALECT) return [raw(tool.text)];
  if (tool.service === "web-search" && target.capabilities.family === "nova") {
    verdicts.lose(tool.id, tool.path, "D");
    return [{ systemTool: { name: "nova_grounding" } }];
  }
  const standIn = standInFor(tool);
  if (standIn === undefined) {
    verdicts.lose(tool.id, tool.path, "X");
    return [];
  }
  verdicts.emulate(tool.id, tool.path);
  return [specOf(names.wire(standIn.name), standIn.description, raw(standIn.schema))];
}

function encodeChoice(context: EncodeContext, isThinking: boolean): Draft | undefined {
  const { request, isOwn, verdicts } = context;
  const { toolChoice, parallelCalls } = request;
  // The service has no switch for it (R32), and needs none where no call may be made.
  if (toolChoice?.kind === "none") verdicts.keep("R32", "");
  else if (parallelCalls === false) verdicts.loseNoted("R32", "", "X");
  if (toolChoice === undefined) return undefined;
  const isForced =
    toolChoice.kind === "any" || toolChoice.kind === "named" || isAllowedAny(toolChoice);
  if (isForced && !mayForce(context, isThinking)) {
    for (const id of ["R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "D");
    return isOwn ? undefined : { auto: {} };
  }
  return choiceOf(toolChoice, context);
}

function isAllowedAny(choice: ToolChoice): boolean {
  return choice.kind === "allowed" && choice.mode === "any";
}

function choiceOf(choice: ToolChoice, { names }: EncodeContext): Draft | undefined {
  switch (choice.kind) {
    case "auto":
      return { auto: {} };
    case "none":
      return undefined;
    case "any":
      return { any: {} };
    case "named":
      return { tool: { name: names.wire(choice.name) } };
    case "allowed":
      return choice.mode === "any" ? { any: {} } : { auto: {} };
  }
}
