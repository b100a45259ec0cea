// Tools and the choice among them (translation.md B.3): functions are flat here.
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { standInFor } from "../kit/client-tools.ts";
import { mayForce } from "../kit/forced-choice.ts";
import { flatFormat } from "../kit/grammar-format.ts";
import { searchOptions } from "../kit/hosted.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { describeTool } from "../kit/tool-description.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 2 } as const;
const GROUPED_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** The members that concern tools; without a tool there is neither choice nor parallel switch (E092). */
export function encodeTools(context: EncodeContext): Draft {
  const { request } = context;
  const tools = context.isOwn
    ? ownTools(context)
    : request.tools.flatMap((tool) => encodeTool(tool, context) ?? []);
  if (tools.length === 0) return {};
  return {
    tools,
    tool_choice: encodeChoice(context),
    parallel_tool_calls: request.parallelCalls,
  };
}

/** A client's own groups of tools return as they were. */
function ownTools(context: EncodeContext): readonly Printable[] {
  const { tools, groups } = context.request;
  const written = new Set<string>();
  return tools.flatMap((tool): readonly Printable[] => {
    const place = tool.kind === "hosted" ? undefined : groups?.get(tool.name);
    if (place === undefined)
      return encodeTool(tool, context) === undefined ? [] : [encodeTool(tool, context)];
    if (written.has(place.group)) return [];
    written.add(place.group);
    const members = tools.flatMap((other): readonly Printable[] => {
      const inner = other.kind === "hosted" ? undefined : groups?.get(other.name);
      if (inner?.group !== place.group || other.kind === "hosted") return [];
      const plain = { ...other, name: inner.name };
      return [encodeGrouped(plain, context)];
    });
    return [
      { type: "namespace", name: place.group, description: place.description, tools: members },
    ];
  });
}

function encodeGrouped(
  tool: Exclude<ToolDef, { kind: "hosted" }>,
  context: EncodeContext,
): Printable {
  const { ext, ...bare } = tool;
  const draft =
    bare.kind === "custom" ? encodeCustom(bare, context) : encodeFunction(bare, context);
  return graft(draft, ext, GROUPED_GRAFT);
}

function encodeTool(tool: ToolDef, context: EncodeContext): Printable {
  switch (tool.kind) {
    case "function":
      return encodeFunction(tool, context);
    case "custom":
      return graft(encodeCustom(tool, context), tool.ext, TOOL_GRAFT);
    case "hosted":
      return encodeHosted(tool, context);
  }
  return unreachable(tool);
}

function encodeCustom(
  { name, description, format }: Extract<ToolDef, { kind: "custom" }>,
  { names }: EncodeContext,
): Draft {
  return {
    type: "custom",
    name: names.wire(name),
    description,
    format: format === undefined ? undefined : flatFormat(format),
  };
}

const NO_PARAMETERS = { type: "object", properties: {} } as const;

function encodeFunction(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): Draft {
  const { schema, outputSchema } = tool;
  const draft = {
    type: "function",
    name: context.names.wire(tool.name),
    description: describeTool(tool),
    parameters: schema === undefined ? NO_PARAMETERS : raw(schema),
    strict: strictOf(tool, context),
    output_schema: outputSchema === undefined ? undefined : raw(outputSchema),
  };
  return graft(draft, tool.ext, TOOL_GRAFT);
}

/** Absent means on here, so it is always said; another dialect's wish only if strict mode takes the schema (E090, E091). */
function strictOf(
  { strict = false, schema, path }: Extract<ToolDef, { kind: "function" }>,
  { isOwn, verdicts }: EncodeContext,
): boolean {
  if (!strict || isOwn || isStrictCompatible(schema)) return strict;
  verdicts.lose("R21", path, "X");
  return false;
}

function encodeHosted(
  tool: Extract<ToolDef, { kind: "hosted" }>,
  context: EncodeContext,
): Printable {
  if (tool.dialect === DIALECT) return raw(tool.text);
  const { verdicts } = context;
  const counterpart = context.isOpenai ? counterpartOf(tool) : undefined;
  // Another vendor's search is not the same search, so even a counterpart is reported.
  if (counterpart !== undefined) {
    verdicts.lose(tool.id, tool.path, "D");
    return counterpart;
  }
  const standIn = standInFor(tool);
  if (standIn === undefined) {
    verdicts.lose(tool.id, tool.path, "X");
    return undefined;
  }
  verdicts.emulate(tool.id, tool.path);
  const { name, description, schema } = standIn;
  return {
    type: "function",
    name: context.names.wire(name),
    description,
    parameters: raw(schema),
    strict: false,
  };
}

/** The vendor's own tool for one of another vendor (R25, R26); `undefined`: it has none. */
function counterpartOf(tool: Extract<ToolDef, { kind: "hosted" }>): Draft | undefined {
  switch (tool.service) {
    case "web-search": {
      const { allowed, location } = searchOptions(tool);
      const filters = allowed === undefined ? undefined : { allowed_domains: allowed };
      return { type: "web_search", filters, user_location: location };
    }
    case "code-execution":
      return { type: "code_interpreter", container: { type: "auto" } };
    case "url-fetch":
    case "mcp":
    case "client-tool":
    case "other":
      return undefined;
  }
}

/** The choice is a single member, wherever its dialect has it. */
const CHOICE_PATH = "";

function encodeChoice(context: EncodeContext): Printable {
  const { toolChoice, reasoning } = context.request;
  if (toolChoice === undefined) return undefined;
  const isForced = toolChoice.kind === "any" || toolChoice.kind === "named";
  if (!isForced || context.isOwn || mayForce(context.target.capabilities, reasoning))
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
      if (isOffered(choice.name, context)) return reference(choice.name, context);
      // Forcing a tool that could not be sent would make the request invalid.
      context.verdicts.lose("R30c", CHOICE_PATH, "X");
      return undefined;
    case "allowed": {
      const tools = choice.names.map((name) => reference(name, context));
      return { type: "allowed_tools", mode: choice.mode === "any" ? "required" : "auto", tools };
    }
  }
  return unreachable(choice);
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
  return { type: isCustom ? "custom" : "function", name: context.names.wire(name) };
}
