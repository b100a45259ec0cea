// What a routing policy is; one policy a file beside this one.
import type { Random } from "../../lib/time.ts";
import type { Member } from "../upstream.ts";

/** A member that can serve now, with what policies go by. */
export type Candidate = {
  /** Its place in the pool. */
  readonly index: number;
  /** Its share at this moment: the configured weight, less while it is on its ramp. */
  readonly weight: number;
  /** Calls under way. */
  readonly inFlight: number;
  /** What a new call has to expect before its first byte, in milliseconds; 0: nothing is known. */
  readonly expectedMs: number;
  /** What is left of its tightest rate limit, 0 to 1, as the provider last said; 1: nothing is known. */
  readonly headroom: number;
};

/** Picks one of the candidates (at least one) for the next call, by its place in the pool. `draw`: chance, the same for the same call. */
export type Picker = (candidates: readonly Candidate[], draw: Random) => number | undefined;

/** Makes a picker for a pool's members; the picker owns the counters that it needs. */
export type Policy = (members: readonly Member[]) => Picker;

/** The candidate for which `score` is least; among equals the first. */
export function least(
  candidates: readonly Candidate[],
  score: (candidate: Candidate) => number,
): number | undefined {
  let best: number | undefined;
  let lowest = Infinity;
  for (const candidate of candidates) {
    const value = score(candidate);
    if (best === undefined || value < lowest) {
      best = candidate.index;
      lowest = value;
    }
  }
  return best;
}
