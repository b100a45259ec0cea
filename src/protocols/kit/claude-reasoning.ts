// How much reasoning Claude is asked for, whoever hosts it (translation.md B.6): budgets for models that take them, adaptive with an effort word for
// those that decide themselves.
import type { Block } from "../../ir/block.ts";
import { mayReplay } from "../../ir/opaque.ts";
import type { Effort, Reasoning, Req, Turn } from "../../ir/request.ts";
import { budgetOf, effortOf, fitEffort } from "./effort.ts";
import type { Draft } from "./residue.ts";
import type { HeaderList, Target } from "../protocol.ts";
import type { Verdicts } from "./verdicts.ts";

/** What deciding on reasoning needs to know. */
export type ClaudeContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly isOwn: boolean;
};

/** Whether a block is reasoning that may be sent back to the target. */
export function isProven(block: Block, { target }: Pick<ClaudeContext, "target">): boolean {
  return (
    block.kind === "thinking" && (block.opaque ?? []).some((token) => mayReplay(token, target))
  );
}

/** The members, and whether the model will think. */
export type EncodedReasoning = {
  readonly thinking: Draft | undefined;
  readonly effort: string | undefined;
  readonly isOn: boolean;
  /** Headers that the members need. */
  readonly headers?: HeaderList;
};

const NONE: EncodedReasoning = { thinking: undefined, effort: undefined, isOn: false };
const LEAST_BUDGET = 1024;

/** Encodes what the caller asked; nothing stays nothing, since the models' defaults differ. `room`: most for a budget. */
export function encodeReasoning(context: ClaudeContext, room: number): EncodedReasoning {
  const asked = encodeAsked(context, room);
  return context.isOwn ? asked : unbound(asked, context);
}

const BINDING_BETA: HeaderList = [["anthropic-beta", "thinking-binding-controls-2026-08-01"]];

/**
 * Translation changes the words before a thinking block, to which some models bind it: then it is to be dropped there
 * rather than refused (translation.md 0.4, E338).
 */
function unbound(asked: EncodedReasoning, context: ClaudeContext): EncodedReasoning {
  const { reasoningOff, bindsReasoning } = context.target.capabilities;
  const thinks = asked.thinking ?? (reasoningOff === "no" ? { type: "adaptive" } : undefined);
  const isBound = context.request.turns.some(({ blocks }) =>
    blocks.some((block) => isProven(block, context)),
  );
  if (bindsReasoning !== true || thinks === undefined || !isBound) return asked;
  const thinking = { ...thinks, block_binding: { prefix_mismatch_behavior: "drop_block" } };
  return { ...asked, thinking, headers: BINDING_BETA };
}

function encodeAsked(context: ClaudeContext, room: number): EncodedReasoning {
  const { reasoning } = context.request;
  if (reasoning === undefined) return NONE;
  if (context.isOwn) return asGiven(reasoning);
  if (reasoning.mode === "off" || reasoning.effort === "none") return switchedOff(context);
  switch (context.target.capabilities.reasoning) {
    // All of Claude is in the table; other servers of the dialect copy its first form.
    case "budget":
    case undefined:
      return budgeted(reasoning, room, context);
    case "adaptive": {
      const thinking = { type: "adaptive", display: displayOf(reasoning) };
      return { thinking, effort: wordOf(reasoning, context), isOn: true };
    }
    case "effort": {
      context.verdicts.loseNoted("R59", "", "X");
      const effort = wordOf(reasoning, context);
      if (effort === undefined) context.verdicts.loseNoted("R57", "", "D");
      return { ...NONE, effort };
    }
    case "none":
      break;
  }
  lost(context);
  return NONE;
}

function asGiven(reasoning: Reasoning): EncodedReasoning {
  const { mode, budget, effort } = reasoning;
  const display = displayOf(reasoning);
  if (mode === "off") return { thinking: { type: "disabled" }, effort, isOn: false };
  if (mode === "auto") return { thinking: undefined, effort, isOn: false };
  const thinking =
    budget === undefined
      ? { type: "adaptive", display }
      : { type: "enabled", budget_tokens: budget, display };
  return { thinking, effort, isOn: true };
}

/** Models that always think are asked for as little as they have (E164). */
function switchedOff(context: ClaudeContext): EncodedReasoning {
  const { reasoning, reasoningOff } = context.target.capabilities;
  if (reasoning === "none") return NONE;
  switch (reasoningOff) {
    case "between-tools":
      context.verdicts.loseNoted("R57", "", "D");
      return { ...NONE, thinking: { type: "between_tools" } };
    case "no":
      context.verdicts.loseNoted("R57", "", "D");
      context.verdicts.loseNoted("R58", "", "D");
      return { ...NONE, effort: "low" };
    case "yes":
    case undefined:
      break;
  }
  return { ...NONE, thinking: { type: "disabled" } };
}

function lost({ verdicts }: ClaudeContext): void {
  verdicts.loseNoted("R57", "", "X");
  verdicts.loseNoted("R58", "", "X");
  verdicts.loseNoted("R59", "", "X");
}

/** The budget stays below the limit of the answer; too small a limit leaves no room to think (E161). */
function budgeted(reasoning: Reasoning, room: number, context: ClaudeContext): EncodedReasoning {
  const wanted = wantedBudget(reasoning);
  const budget = Math.min(wanted, room);
  if (budget < LEAST_BUDGET || losesItsStart(context)) {
    lost(context);
    return NONE;
  }
  // Adapting by itself has no counterpart here; what is usual stands for it.
  if (reasoning.effort === undefined && reasoning.budget === undefined)
    context.verdicts.loseNoted("R57", "", "D");
  if (budget < wanted) {
    context.verdicts.loseNoted("R57", "", "D");
    context.verdicts.loseNoted("R58", "", "D");
  }
  const thinking = { type: "enabled", budget_tokens: budget, display: displayOf(reasoning) };
  return { thinking, effort: undefined, isOn: true };
}

/** With thinking on, a turn that calls tools must start with its thinking; if that is lost, thinking goes off (E189). */
function losesItsStart(context: ClaudeContext): boolean {
  const blocks = lastAnswer(context.request.turns).flatMap((turn) => turn.blocks);
  const [first] = blocks;
  const calls = blocks.some((block) => block.kind === "toolCall");
  return calls && (first === undefined || !isProven(first, context));
}

/** The assistant turns after the last words of anybody else, or of which the results are the last words. */
function lastAnswer(turns: readonly Turn[]): readonly Turn[] {
  const end = turns.findLastIndex((turn) => turn.role === "assistant") + 1;
  const before = turns.slice(0, end).findLastIndex((turn) => turn.role !== "assistant");
  return turns.slice(before + 1, end);
}

const DISPLAYS = { hidden: "omitted", summary: "summarized", full: "summarized" } as const;

function displayOf({ display }: Reasoning): string | undefined {
  return display === undefined ? undefined : DISPLAYS[display];
}

const WORDS: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

/** The word of the model that is nearest to what was asked. */
function wordOf({ effort, budget }: Reasoning, context: ClaudeContext): string | undefined {
  const { verdicts, target } = context;
  const asked = effort ?? (budget === undefined ? undefined : effortOf(budget));
  if (asked === undefined) return undefined;
  const word = fitEffort(asked, target.capabilities.efforts ?? WORDS);
  if (word !== asked) verdicts.loseNoted("R57", "", "D");
  if (effort === undefined) verdicts.loseNoted("R58", "", "D");
  return word;
}

/** The budget that was asked for, in tokens. */
export function wantedBudget({ budget, effort }: Reasoning): number {
  return budget ?? budgetOf(effort ?? "medium");
}
