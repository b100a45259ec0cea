// `tools` and `toolConfig` (translation.md B.3): all functions in one entry, each tool of the vendor's in its own.
import { raw, type JsonText, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { standInFor } from "../kit/client-tools.ts";
import { mayForce } from "../kit/forced-choice.ts";
import { searchOptions } from "../kit/hosted.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { describeTool } from "../kit/tool-description.ts";
import { wrapTool } from "../kit/wrapped-tool.ts";
import { DIALECT } from "./dialect.ts";
import { openApiOf } from "./openapi-encode.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** The members, and the functions among the tools. */
export type EncodedTools = {
  readonly tools: readonly Printable[] | undefined;
  readonly toolConfig: Draft | undefined;
  readonly functions: readonly Printable[];
};

type Hosted = Extract<ToolDef, { kind: "hosted" }>;

/** Encodes the tools. */
export function encodeTools(context: EncodeContext): EncodedTools {
  const { request, target, verdicts, isOwn } = context;
  const functions = request.tools.flatMap((tool) => encodeFunctions(tool, context));
  const mayMix =
    isOwn || functions.length === 0 || target.capabilities.hostedWithFunctions !== false;
  // All functions stand where the first of them stood.
  const first = request.tools.find((tool) => encodesFunction(tool));
  const entries = request.tools.flatMap((tool): readonly Printable[] => {
    if (tool === first) return functions.length === 0 ? [] : [{ functionDeclarations: functions }];
    if (tool.kind !== "hosted" || encodesFunction(tool)) return [];
    if (mayMix) return encodeHosted(tool, context);
    // The server refuses both at once, and the client's own tools are what it cannot do without (E104).
    verdicts.lose(tool.id, tool.path, "X");
    return [];
  });
  const isMixed = functions.length > 0 && entries.length > 1;
  const calling = functions.length === 0 ? undefined : encodeChoice(context);
  if (functions.length === 0 && !isOwn) {
    // Without functions there is no choice among them.
    for (const id of ["R30a", "R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "X");
  }
  // How many calls at once says nothing where none may be made.
  if (request.toolChoice?.kind === "none") verdicts.keep("R32", "");
  return {
    tools: entries.length === 0 ? undefined : entries,
    toolConfig: unlessEmpty({
      functionCallingConfig: calling,
      // What newer models demand of whoever offers both (B.3, guard).
      includeServerSideToolInvocations: isMixed ? true : undefined,
    }),
    functions,
  };
}

/** Whether a tool goes out as a function. */
function encodesFunction(tool: ToolDef): boolean {
  return tool.kind !== "hosted" || (tool.dialect !== DIALECT && standInFor(tool) !== undefined);
}

function unlessEmpty(draft: Draft): Draft | undefined {
  return Object.values(draft).every((value) => value === undefined) ? undefined : draft;
}

function encodeFunctions(tool: ToolDef, context: EncodeContext): readonly Printable[] {
  const { names, target, isOwn, verdicts } = context;
  if (!isOwn && target.capabilities.tools === false) {
    if (tool.kind !== "hosted") verdicts.lose("R20", tool.path, "X");
    return [];
  }
  switch (tool.kind) {
    case "function":
      return [encodeFunction(tool, context)];
    case "custom": {
      const { description, schema } = wrapTool(tool);
      return [{ name: names.wire(tool.name), description, parametersJsonSchema: schema }];
    }
    case "hosted": {
      const standIn = tool.dialect === DIALECT ? undefined : standInFor(tool);
      if (standIn === undefined) return [];
      verdicts.emulate(tool.id, tool.path);
      const { name, description } = standIn;
      const parameters = parametersOf(standIn.schema, tool, context);
      return [{ name: names.wire(name), description, ...parameters }];
    }
  }
  return unreachable(tool);
}

function encodeFunction(
  tool: Extract<ToolDef, { kind: "function" }>,
  context: EncodeContext,
): Draft {
  const isOlder = context.target.capabilities.schemaForm === "openapi";
  const output = tool.outputSchema;
  const draft: Draft = {
    name: context.names.wire(tool.name),
    description: describeTool(tool),
    ...(tool.schema === undefined ? {} : parametersOf(tool.schema, tool, context)),
    responseJsonSchema: output === undefined || isOlder ? undefined : raw(output),
    response: output === undefined || !isOlder ? undefined : raw(openApiOf(output).text),
  };
  return graft(draft, tool.ext, TOOL_GRAFT);
}

/** JSON Schema, or for models of older servers the subset of OpenAPI (R20). */
function parametersOf(schema: JsonText, { path }: ToolDef, context: EncodeContext): Draft {
  if (context.target.capabilities.schemaForm !== "openapi")
    return { parametersJsonSchema: raw(schema) };
  const { text, fate } = openApiOf(schema);
  if (fate === "lossy") context.verdicts.lose("R20", path, "D");
  if (fate === "respelt") context.verdicts.emulate("R20", path);
  return { parameters: raw(text) };
}

/** Another vendor's search is not the same search, so even a counterpart is reported. */
function encodeHosted(
  tool: Hosted,
  { verdicts, target, isOwn }: EncodeContext,
): readonly Printable[] {
  if (tool.dialect === DIALECT) return [raw(tool.text)];
  const runs = isOwn || target.capabilities.tools !== false;
  const sent = runs ? counterpart(tool) : undefined;
  verdicts.lose(tool.id, tool.path, sent === undefined ? "X" : "D");
  return sent === undefined ? [] : [sent];
}

function counterpart(tool: Hosted): Draft | undefined {
  switch (tool.service) {
    case "web-search": {
      const { blocked } = searchOptions(tool);
      return { googleSearch: { excludeDomains: blocked } };
    }
    case "code-execution":
      return { codeExecution: {} };
    case "url-fetch":
      return { urlContext: {} };
    case "mcp":
    case "client-tool":
    case "other":
      return undefined;
  }
}

/** Schemas are enforced for all functions or for none (R21). */
function isValidated({ request, verdicts }: EncodeContext): boolean {
  const { tools, toolChoice } = request;
  const functions = tools.filter((tool) => tool.kind !== "hosted");
  const all = functions.every((tool) => tool.kind === "function" && tool.strict === true);
  const isFree =
    toolChoice === undefined ||
    toolChoice.kind === "auto" ||
    (toolChoice.kind === "allowed" && toolChoice.mode === "auto");
  const isOn = all && isFree && functions.length > 0;
  if (isOn) verdicts.keep("R21", "");
  for (const tool of functions) {
    // Nothing is enforced unless somebody asks for it.
    if (tool.kind !== "function" || tool.strict !== true) verdicts.keep("R21", tool.path);
  }
  return isOn;
}

function encodeChoice(context: EncodeContext): Draft | undefined {
  const { request, isOwn, verdicts, target } = context;
  const { toolChoice } = request;
  const free = isValidated(context) ? "VALIDATED" : "AUTO";
  if (toolChoice === undefined) return free === "AUTO" ? undefined : { mode: free };
  const isForced =
    toolChoice.kind === "any" ||
    toolChoice.kind === "named" ||
    (toolChoice.kind === "allowed" && toolChoice.mode === "any");
  if (isForced && !isOwn && !mayForce(target.capabilities, request.reasoning)) {
    for (const id of ["R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "D");
    return { mode: "AUTO" };
  }
  return choiceOf(toolChoice, free, context);
}

function choiceOf(choice: ToolChoice, free: "AUTO" | "VALIDATED", context: EncodeContext): Draft {
  const { names, verdicts } = context;
  switch (choice.kind) {
    case "auto":
      return { mode: free };
    case "none":
      return { mode: "NONE" };
    case "any":
      return { mode: "ANY" };
    case "named":
      return { mode: "ANY", allowedFunctionNames: [names.wire(choice.name)] };
    case "allowed":
      // One tool that is allowed is a tool that is named.
      if (choice.mode === "any" && choice.names.length === 1) verdicts.loseNoted("R31", "", "D");
      return {
        mode: choice.mode === "any" ? "ANY" : "VALIDATED",
        allowedFunctionNames: choice.names.map(names.wire),
      };
  }
  return unreachable(choice);
}
