// `thinkingConfig`: a level for models that have words, a budget for the others, never both (translation.md B.6).
import { compact } from "../../lib/compact.ts";
import type { Effort, Reasoning } from "../../ir/request.ts";
import { budgetOf, effortOf, fitEffort, wantedEffort } from "../kit/effort.ts";
import type { Draft } from "../kit/residue.ts";
import type { EncodeContext } from "./request-encode-context.ts";

const LEVELS: readonly Effort[] = ["minimal", "low", "medium", "high"];
/** The largest budget that every model takes, and the least of those that cannot be without thoughts. */
const MOST_BUDGET = 24_576;
const LEAST_BUDGET = 128;
/** Leaves it to the model. */
const AUTOMATIC = -1;

/** The member; `undefined`: nothing was asked, or the model does not think. */
export function encodeReasoning(context: EncodeContext): Draft | undefined {
  const { request, target, isOwn } = context;
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  if (isOwn) return ownConfig(reasoning, context);
  if (target.capabilities.reasoning === "none") return lost(context);
  const config =
    target.capabilities.reasoning === "effort"
      ? levelOf(reasoning, context)
      : budgetFor(reasoning, context);
  const draft = compact({ includeThoughts: shown(reasoning), ...config });
  return Object.keys(draft).length === 0 ? undefined : draft;
}

function shown({ display }: Reasoning): boolean | undefined {
  return display === undefined ? undefined : display !== "hidden";
}

function lost({ verdicts }: EncodeContext): undefined {
  for (const id of ["R57", "R58", "R59"] as const) verdicts.loseNoted(id, "", "X");
}

/** As the client spelt it. */
function ownConfig(reasoning: Reasoning, { request }: EncodeContext): Draft {
  const { mode, effort, budget } = reasoning;
  const budgeted = request.uses.some(({ id }) => id === "R58");
  const thinkingBudget = mode === "off" ? 0 : (budget ?? (budgeted ? AUTOMATIC : undefined));
  return compact({
    includeThoughts: shown(reasoning),
    thinkingBudget,
    thinkingLevel: effort?.toUpperCase(),
  });
}

/** The word that is nearest to what was asked. */
function levelOf(reasoning: Reasoning, { target, verdicts }: EncodeContext): Draft {
  const asked = wantedEffort(reasoning);
  if (reasoning.budget !== undefined) verdicts.loseNoted("R58", "", "D");
  if (asked === undefined) {
    // Reasoning without a word on how much: the model's own default decides.
    if (reasoning.display === undefined) verdicts.loseNoted("R57", "", "D");
    return {};
  }
  const known = target.capabilities.efforts ?? LEVELS;
  const word = asked === "none" ? known.find((each) => each !== "none") : fitEffort(asked, known);
  if (word !== asked) {
    verdicts.loseNoted("R57", "", "D");
    verdicts.loseNoted("R58", "", "D");
  }
  return compact({ thinkingLevel: word?.toUpperCase() });
}

function budgetFor(reasoning: Reasoning, { target, verdicts }: EncodeContext): Draft {
  const { mode, effort, budget } = reasoning;
  const asked = mode === "off" || effort === "none" ? 0 : (budget ?? effortBudget(effort));
  if (asked === undefined) {
    // Reasoning without a word on how much: the model decides.
    return mode === "on" || reasoning.display === undefined ? { thinkingBudget: AUTOMATIC } : {};
  }
  const least = target.capabilities.reasoningOff === "no" ? LEAST_BUDGET : 0;
  const sent = Math.min(Math.max(asked, least), MOST_BUDGET);
  if (sent !== asked) verdicts.loseNoted("R58", "", "D");
  if (effortOf(sent) !== effortOf(asked)) verdicts.loseNoted("R57", "", "D");
  return { thinkingBudget: sent };
}

function effortBudget(effort: Effort | undefined): number | undefined {
  return effort === undefined ? undefined : budgetOf(effort);
}
