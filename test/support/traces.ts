// Losses whose trace stands elsewhere than the lost feature, and losses that leave none. Each entry says why.
import type { Loss, LossId, Use } from "../../src/ir/loss.ts";
import type { Difference } from "./diff.ts";

/** Where else the loss of a feature may show. */
const ELSEWHERE: Partial<Record<LossId, RegExp>> = {
  // An inline instruction becomes a user's words at its place.
  R03: /^\/messages\/\d+/,
  // What is no block elsewhere becomes text, or stands in a message of its own.
  R12: /^\/messages\/\d+\/content/,
  R13: /^\/messages\/\d+\/content/,
  R14: /^\/messages\/\d+\/content/,
  R37: /^\/messages\/\d+/,
  R38: /^\/messages\/\d+/,
  // A free-form tool becomes a function.
  R24: /^\/tools\/\d+/,
  // The wish for JSON becomes an instruction.
  R42: /^\/messages\/\d+/,
  // A budget becomes a word of effort.
  R58: /^\/(?:thinking|output_config)/,
  // A turn of nothing else goes, and its neighbours become one.
  R33: /^\/messages\/\d+/,
  S06: /^\/messages\/\d+/,
  // One wish in two members.
  R56: /^\/top_logprobs$/,
  // The canonical form joins the spellings of reasoning.
  R61: /^\/messages\/\d+\/(?:reasoning|proofs)/,
  R62: /^\/messages\/\d+\/(?:reasoning|proofs)/,
  // A refusal becomes ordinary text of a turn that stopped as refused.
  S02: /^\/(?:choices|messages)\/\d+\/(?:message\/)?(?:content|refusal|finish_reason)/,
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
