// What a target has no member for, in a tool's description (translation.md B.3 R22).
import type { ToolDef } from "../../ir/request.ts";

/** Example inputs have no member of their own (R22). */
export function describeTool(tool: Extract<ToolDef, { kind: "function" }>): string | undefined {
  const { description, examples = [] } = tool;
  if (examples.length === 0) return description;
  const lines = ["Examples of input:", ...examples];
  return [...(description === undefined ? [] : [description]), ...lines].join("\n");
}
