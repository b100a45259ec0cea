// Tools and the choice among them (translation.md B.3).
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { ToolChoice, ToolDef } from "../../ir/request.ts";
import { standInFor } from "../kit/client-tools.ts";
import { mayForce } from "../kit/forced-choice.ts";
import { objectSchema } from "../kit/object-schema.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isStrictCompatible } from "../kit/strict-schema.ts";
import { describeTool } from "../kit/tool-description.ts";
import { wrapTool } from "../kit/wrapped-tool.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const TOOL_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** The members that concern tools. */
export function encodeTools(context: EncodeContext): Draft {
  const { toolChoice } = context.request;
  const offered = context.request.tools.filter((tool) => isOffered(tool, toolChoice));
  const tools = offered.flatMap((tool) => encodeTool(tool, context) ?? []);
  // How many calls at once says nothing where none may be made.
  if (toolChoice?.kind === "none") context.verdicts.keep("R32", "");
  const strict = encodeStrict(offered, context);
  if (tools.length === 0) return dropChoice(context);
  return { tools, strict_tools: strict, tool_choice: encodeChoice(context) };
}

/** A choice without tools would be refused (E092). */
function dropChoice({ verdicts }: EncodeContext): Draft {
  for (const id of ["R30a", "R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "X");
  return {};
}

/** A named tool, or an allowed subset, is said by offering nothing else (R30c, R31; E096). */
function isOffered(tool: ToolDef, choice: ToolChoice | undefined): boolean {
  const name = tool.kind === "hosted" ? standInFor(tool)?.name : tool.name;
  if (choice?.kind === "named") return choice.name === name;
  return choice?.kind !== "allowed" || (name !== undefined && choice.names.includes(name));
}

/** The switch is one for all tools (R21): it is set if each of them wants it. */
function encodeStrict(tools: readonly ToolDef[], context: EncodeContext): true | undefined {
  const wants = (tool: ToolDef): boolean => tool.kind === "function" && tool.strict === true;
  const isStrict =
    tools.length > 0 && tools.every((tool) => wants(tool) && mayBeStrict(tool, context));
  if (isStrict) context.verdicts.keep("R21", "");
  for (const tool of context.request.tools)
    if (!wants(tool)) context.verdicts.keep("R21", tool.path);
  return isStrict ? true : undefined;
}

/** Another dialect's wish is only passed on if the schema is of the form that strict modes demand. */
function mayBeStrict(tool: ToolDef, { isOwn }: EncodeContext): boolean {
  return isOwn || (tool.kind === "function" && isStrictCompatible(tool.schema));
}

function encodeTool(tool: ToolDef, context: EncodeContext): Printable {
  const { names, verdicts } = context;
  switch (tool.kind) {
    case "function": {
      const draft = definition(tool.name, describeTool(tool), objectSchema(tool.schema), context);
      noteName(tool.name, tool.path, context);
      return graft(draft, tool.ext, TOOL_GRAFT);
    }
    case "custom": {
      const { description, schema } = wrapTool(tool);
      return definition(names.wire(tool.name), description, schema, context);
    }
    case "hosted": {
      if (tool.dialect === DIALECT) return raw(tool.text);
      const standIn = standInFor(tool);
      if (standIn === undefined) {
        verdicts.lose(tool.id, tool.path, "X");
        return undefined;
      }
      verdicts.emulate(tool.id, tool.path);
      return definition(standIn.name, standIn.description, raw(standIn.schema), context);
    }
  }
  return unreachable(tool);
}

/** A name that had to change comes back by itself, but the model sees another one. */
export function noteName(name: string, path: string, { names, verdicts }: EncodeContext): void {
  if (names.changed(name)) verdicts.emulate("R20", path);
}

function definition(
  name: string,
  description: string | undefined,
  parameters: Printable,
  { names }: EncodeContext,
): Draft {
  return { type: "function", function: { name: names.wire(name), description, parameters } };
}

/** Auto is what is meant without a choice. */
function encodeChoice(context: EncodeContext): "REQUIRED" | "NONE" | undefined {
  const { request, target, verdicts } = context;
  const { toolChoice } = request;
  if (toolChoice === undefined || toolChoice.kind === "auto") return undefined;
  if (toolChoice.kind === "none") return "NONE";
  if (toolChoice.kind === "allowed" && toolChoice.mode === "auto") return undefined;
  if (mayForce(target.capabilities, request.reasoning)) return "REQUIRED";
  for (const id of ["R30b", "R30c", "R31"] as const) verdicts.loseNoted(id, "", "D");
  return undefined;
}
