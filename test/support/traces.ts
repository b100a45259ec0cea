// Losses whose trace stands elsewhere than the lost feature. Each entry says why.
import type { LossId, Use } from "../../src/ir/loss.ts";
import type { Dialect } from "./dialect.ts";
import type { Difference } from "./diff.ts";

/** Where else the loss of a feature may show. */
const ELSEWHERE: Partial<Record<LossId, RegExp>> = {
  // Instructions without a place become the user's first words.
  R01: /^\/(?:messages|input)(?:\/[0-2](?:\/content(?:\/\d+)?)?)?$/,
  // The named tool is the only one that is offered, or the choice goes.
  R30c: /^\/tools\/\d+/,
  // Only the allowed tools are offered.
  R31: /^\/tools\/\d+/,
  // The shape of the answer becomes an instruction, or a tool that must be called.
  R43: /^\/(?:messages\/0|system|output_config|tools|tool_choice|parallel_tool_calls)(?:\/|$)/,
  // Several dialects of one have their own members for it.
  R57: /^\/(?:reasoning_effort|reasoning|thinking)(?:\/|$)/,
  // Without such a choice the tools are left out, or the model is told.
  R30a: /^\/(?:tools|toolConfig|parallel_tool_calls|system|instructions|messages\/0|input\/0)(?:\/|$)/,
  // A point that the vendor sets itself becomes one of the request's own.
  R65: /^\/messages\/\d+\/content/,
  // The former name of the same id.
  R69: /^\/safety_identifier$/,
  // Results name the call by its id.
  R40: /\/(?:toolUseId|tool_use_id|tool_call_id|call_id|id)$/,
  // The canonical form has one spelling of breakpoints.
  R63: /\/prompt_cache_breakpoint$/,
  R63t: /\/prompt_cache_breakpoint(?:\/|$)/,
  // A free-form tool becomes a function.
  R24: /^\/tools\/\d+/,
  // The wish for JSON becomes an instruction at the top.
  R42: /^\/messages\/0(?:\/|$)/,
  // One wish in two members.
  R56: /^\/top_logprobs$/,
  // A budget becomes a word of effort.
  R58: /^\/(?:thinking|output_config|reasoning_effort)/,
  // The canonical form joins the spellings of reasoning.
  R61: /^\/messages\/\d+\/(?:reasoning|proofs)/,
  R62: /^\/messages\/\d+\/(?:reasoning|proofs)/,
  S18: /^\/choices\/\d+\/message\/proofs/,
  // A refusal becomes ordinary text of a turn that stopped as refused.
  S02: /^\/(?:choices|messages)\/\d+\/(?:message\/)?(?:content|refusal|finish_reason)/,
  // The explanation of a refusal becomes the refusal's text.
  S02b: /^\/content\/\d+$/,
};

/**
 * Features of one message whose loss may show in that message as a whole or in its neighbours: an inline instruction
 * becomes a user's words; what is no block elsewhere becomes text or a message of its own; a turn of nothing else goes, and
 * its neighbours become one.
 */
const NEARBY: ReadonlySet<LossId> = new Set<LossId>([
  "R01",
  "R03",
  "R04",
  "R06",
  "R07",
  "R10",
  "R12",
  "R13",
  "R14",
  "R33",
  "R37",
  "R38",
  "R63",
  "S06",
]);
const REACH = 2;

/** Whether a loss explains a difference that is not at its own place. */
export function mayExplain(use: Use, found: Difference, dialect: Dialect): boolean {
  if (dialect.traces?.[use.id]?.test(found.path) === true) return true;
  if (ELSEWHERE[use.id]?.test(found.path) === true) return true;
  // A part that vanished may take its emptied message with it.
  if (found.kind === "removed" && use.path.startsWith(`${found.path}/`)) return true;
  const { messageIndex } = dialect;
  const apart = indexIn(use.path, messageIndex) - indexIn(found.path, messageIndex);
  return NEARBY.has(use.id) && Math.abs(apart) <= REACH;
}

/** Index of the message that a pointer leads into; `NaN` if it leads elsewhere, which is near to nothing. */
function indexIn(path: string, message: RegExp): number {
  return Number(message.exec(path)?.[1]);
}
