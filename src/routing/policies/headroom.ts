// Shares calls by what is left of the members' rate limits, as their providers last said it, so that all run dry together.
import { smoothTurns } from "../turns.ts";
import type { Policy } from "./policy.ts";

/** A member that is nearly dry still gets a little: what is left is known only from its own replies. */
const LEAST = 0.02;

/** Prefers members with much of their quota left. */
export const headroom: Policy = (members) => {
  const turns = smoothTurns(members.length);
  return (candidates) =>
    turns(
      candidates.map((candidate) => ({
        ...candidate,
        weight: candidate.weight * Math.max(candidate.headroom, LEAST),
      })),
    );
};
