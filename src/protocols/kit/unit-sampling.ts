// Sampling for models whose temperature lies between 0 and 1, and for those that take little of it (translation.md B.6, B.10).
import { compact } from "../../lib/compact.ts";
import type { Sampling } from "../../ir/request.ts";
import type { ModelCapabilities } from "../protocol.ts";

/** What the model takes of it. `isNarrow`: it thinks within a budget, which leaves little choice (B.6, sampling). */
export function acceptedSampling(
  { temperature, topP, topK }: Sampling,
  takes: ModelCapabilities["sampling"],
  isNarrow: boolean,
): Sampling {
  if (takes === "none") return {};
  const heat = temperature === undefined ? undefined : clamp(temperature);
  const mass = topP === undefined ? undefined : clamp(topP);
  const one = takes === "one" && heat !== undefined;
  if (!isNarrow) return compact({ temperature: heat, topP: one ? undefined : mass, topK });
  return compact({
    temperature: heat === 1 ? heat : undefined,
    topP: !one && mass !== undefined && mass >= LEAST_MASS ? mass : undefined,
  });
}

/** Least `top_p` beside thinking on models with budgets (B.6, sampling). */
const LEAST_MASS = 0.95;

/** Both ranges are 0 to 1. */
function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
