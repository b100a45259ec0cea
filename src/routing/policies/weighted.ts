// Smooth weighted round robin, as nginx does it: in every run of as many picks as the weights add up to, each member
// gets exactly its weight, spread as evenly as possible.
import type { Policy } from "./policy.ts";

/** Shares calls by weight among the members that can serve now. */
export const weighted: Policy = (members) => {
  const current = members.map(() => 0);
  return (usable) => {
    let total = 0;
    let best: number | undefined;
    for (const index of usable) {
      const weight = members[index]?.weight ?? 0;
      total += weight;
      const score = (current[index] ?? 0) + weight;
      current[index] = score;
      if (best === undefined || score > (current[best] ?? 0)) best = index;
    }
    if (best !== undefined) current[best] = (current[best] ?? 0) - total;
    return best;
  };
};
