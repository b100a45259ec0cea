// The one table between effort words and reasoning budgets (translation.md B.6): a word becomes its budget and comes
// back as the same word.
import type { Effort, Reasoning } from "../../ir/request.ts";

const STEPS = [
  { effort: "none", budget: 0, below: 1 },
  { effort: "minimal", budget: 1024, below: 2048 },
  { effort: "low", budget: 4096, below: 6144 },
  { effort: "medium", budget: 8192, below: 12_288 },
  { effort: "high", budget: 16_384, below: 24_576 },
  { effort: "xhigh", budget: 32_768, below: 49_152 },
  { effort: "max", budget: 65_536, below: Infinity },
] as const satisfies readonly { effort: Effort; budget: number; below: number }[];

/** All effort words, weakest first. */
export const EFFORTS: readonly Effort[] = STEPS.map((step) => step.effort);

/** Recognises one of the seven effort words; `undefined` for anything else. */
export function asEffort(word: string | undefined): Effort | undefined {
  return STEPS.find((step) => step.effort === word)?.effort;
}

/** The reasoning budget in tokens that stands for a word. */
export function budgetOf(effort: Effort): number {
  return STEPS.find((step) => step.effort === effort)?.budget ?? 0;
}

/** The word in whose range a budget in tokens falls. */
export function effortOf(budget: number): Effort {
  return STEPS.find((step) => budget < step.below)?.effort ?? "max";
}

/** A budget stands for the word in whose range it falls (R58). */
export function wantedEffort(reasoning: Reasoning): Effort | undefined {
  if (reasoning.mode === "off") return "none";
  if (reasoning.effort !== undefined) return reasoning.effort;
  return reasoning.budget === undefined ? undefined : effortOf(reasoning.budget);
}

/**
 * The strongest word of a model that is not stronger than the one asked for, or else its weakest; `none` only where it was
 * asked for. `undefined`: the model has no words.
 */
export function fitEffort(asked: Effort, known: readonly Effort[]): Effort | undefined {
  if (known.includes(asked)) return asked;
  const words = EFFORTS.filter((word) => word !== "none" && known.includes(word));
  const weaker = words.filter((word) => EFFORTS.indexOf(word) < EFFORTS.indexOf(asked));
  return weaker.at(-1) ?? words[0];
}
