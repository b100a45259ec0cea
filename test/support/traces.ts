// Losses whose trace stands elsewhere than the lost feature, and losses that leave none. Each entry says why.
import type { Loss, LossId, Use } from "../../src/ir/loss.ts";
import type { Difference } from "./diff.ts";

/** Where else the loss of a feature may show. */
const ELSEWHERE: Partial<Record<LossId, RegExp>> = {
  // A refusal becomes ordinary text of a turn that stopped as refused.
  S02: /^\/choices\/\d+\/(?:message\/content|finish_reason)$/,
  // The explanation of a refusal becomes the refusal's text.
  S02b: /^\/content\/\d+$/,
};

/** Features whose loss cannot be seen in a document that went there and back. */
const TRACELESS: ReadonlySet<LossId> = new Set<LossId>([]);

/** Whether a loss explains a difference that is not at its own place. */
export function mayExplain(use: Use, found: Difference): boolean {
  const pattern = ELSEWHERE[use.id];
  if (pattern !== undefined && pattern.test(found.path)) return true;
  // A part that vanished may take its emptied message with it.
  return found.kind === "removed" && use.path.startsWith(`${found.path}/`);
}

/** Whether the loss must show as a difference. */
export function leavesTrace(loss: Loss): boolean {
  return !TRACELESS.has(loss.id);
}
