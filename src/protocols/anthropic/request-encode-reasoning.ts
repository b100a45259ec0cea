// How much reasoning is asked for (translation.md B.6): budgets for models that take them, adaptive with an effort word for
// those that decide themselves.
import type { Effort, Reasoning } from "../../ir/request.ts";
import { budgetOf, effortOf } from "../kit/effort.ts";
import type { Draft } from "../kit/residue.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** The members, and whether the model will think. */
export type EncodedReasoning = {
  readonly thinking: Draft | undefined;
  readonly effort: string | undefined;
  readonly isOn: boolean;
};

const NONE: EncodedReasoning = { thinking: undefined, effort: undefined, isOn: false };
const LEAST_BUDGET = 1024;

/** Encodes what the caller asked; nothing stays nothing, since the models' defaults differ. */
export function encodeReasoning(context: EncodeContext, maxTokens: number): EncodedReasoning {
  const { reasoning } = context.request;
  if (reasoning === undefined) return NONE;
  if (context.isOwn) return asGiven(reasoning);
  if (reasoning.mode === "off" || reasoning.effort === "none") return switchedOff(context);
  switch (context.target.capabilities.reasoning) {
    case "budget":
      return budgeted(reasoning, maxTokens, context);
    case "adaptive":
      weaken(reasoning, context);
      return {
        thinking: { type: "adaptive", display: displayOf(reasoning) },
        effort: wordOf(reasoning),
        isOn: true,
      };
    case "effort":
      weaken(reasoning, context);
      return { ...NONE, effort: wordOf(reasoning) };
    case "none":
    case undefined:
      break;
  }
  lost(context);
  return NONE;
}

/** The weakest word of others is not among these, and a budget becomes a word. */
function weaken({ effort, budget }: Reasoning, { verdicts }: EncodeContext): void {
  if (effort !== undefined && WORDS[effort] !== effort) verdicts.loseNoted("R57", "", "D");
  if (effort === undefined && budget !== undefined) verdicts.loseNoted("R58", "", "D");
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

function switchedOff(context: EncodeContext): EncodedReasoning {
  const { reasoning, reasoningOff } = context.target.capabilities;
  if (reasoning === "none" || reasoning === undefined) return NONE;
  switch (reasoningOff) {
    case "between-tools":
      return { ...NONE, thinking: { type: "between_tools" } };
    case "no":
      lost(context);
      return NONE;
    case "yes":
    case undefined:
      break;
  }
  return { ...NONE, thinking: { type: "disabled" } };
}

function lost({ verdicts }: EncodeContext): void {
  verdicts.loseNoted("R57", "", "X");
  verdicts.loseNoted("R58", "", "X");
}

/** The budget stays below the limit of the answer; too small a limit leaves no room to think (E161). */
function budgeted(
  reasoning: Reasoning,
  maxTokens: number,
  context: EncodeContext,
): EncodedReasoning {
  const wanted = reasoning.budget ?? budgetOf(reasoning.effort ?? "medium");
  const budget = Math.min(wanted, maxTokens - 1);
  if (budget < LEAST_BUDGET || losesItsStart(context)) {
    lost(context);
    return NONE;
  }
  if (budget < wanted) context.verdicts.loseNoted("R58", "", "D");
  const thinking = { type: "enabled", budget_tokens: budget, display: displayOf(reasoning) };
  return { thinking, effort: undefined, isOn: true };
}

/** With thinking on, a turn that calls tools must start with its thinking; if that is lost, thinking goes off (E189). */
function losesItsStart({ request }: EncodeContext): boolean {
  const last = request.turns.findLast((turn) => turn.role === "assistant");
  const calls = last?.blocks.some((block) => block.kind === "toolCall") === true;
  return calls && last?.blocks[0]?.kind !== "thinking";
}

const DISPLAYS = { hidden: "omitted", summary: "summarized", full: "full" } as const;

function displayOf({ display }: Reasoning): string | undefined {
  return display === undefined ? undefined : DISPLAYS[display];
}

const WORDS = {
  none: "low",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
} as const satisfies Record<Effort, string>;

function wordOf({ effort, budget }: Reasoning): string | undefined {
  const word = effort ?? (budget === undefined ? undefined : effortOf(budget));
  return word === undefined ? undefined : WORDS[word];
}

/** The budget that a default limit must leave room for; 0 if none is asked. */
export function wantedBudget({ request, target }: EncodeContext): number {
  const { reasoning } = request;
  if (
    reasoning === undefined ||
    reasoning.mode === "off" ||
    target.capabilities.reasoning !== "budget"
  )
    return 0;
  return reasoning.budget ?? budgetOf(reasoning.effort ?? "medium");
}
