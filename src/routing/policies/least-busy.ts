// The member with the fewest calls under way for its weight; equals take turns.
import { smoothTurns } from "../turns.ts";
import type { Policy } from "./policy.ts";

/** Sends calls where the least is going on. */
export const leastBusy: Policy = (members) => {
  const turns = smoothTurns(members.length);
  return (candidates) => {
    const loads = candidates.map(({ inFlight, weight }) => (inFlight + 1) / weight);
    const lowest = Math.min(...loads);
    return turns(candidates.filter((_, at) => loads[at] === lowest));
  };
};
