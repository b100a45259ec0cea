// Free-form tools for targets that have functions only (translation.md B.3 R24): a function with one string, which the way
// back unwraps.
import type { ToolDef } from "../../ir/request.ts";
import type { Draft } from "./residue.ts";

/** What stands for a free-form tool. */
export type WrappedTool = {
  /** `undefined`: there is nothing to say. */
  readonly description: string | undefined;
  readonly schema: Draft;
};

/** Wraps a tool. The grammar is not enforced, so the model is told of it. */
export function wrapTool(tool: Extract<ToolDef, { kind: "custom" }>): WrappedTool {
  const grammar =
    tool.format === undefined ? [] : [`The input must follow this format: ${tool.format}`];
  const description = [
    ...(tool.description === undefined ? [] : [tool.description]),
    ...grammar,
  ].join("\n");
  return {
    description: description === "" ? undefined : description,
    schema: {
      type: "object",
      properties: { input: { type: "string", description: "The whole input, as plain text." } },
      required: ["input"],
    },
  };
}
