// Whether a model can be made to call a tool (translation.md B.3 R30b, R30c).
import type { Reasoning } from "../../ir/request.ts";
import type { ModelCapabilities } from "../protocol.ts";

/** Whether the model takes a forced choice with the reasoning that is asked for. */
export function mayForce(
  { forcedToolChoice }: ModelCapabilities,
  reasoning: Reasoning | undefined,
): boolean {
  if (forcedToolChoice === "without-reasoning")
    return reasoning === undefined || reasoning.mode === "off";
  return forcedToolChoice !== "no";
}
