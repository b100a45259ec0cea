// Power of two choices: of two members drawn by weight the one that is expected to answer first. Never all calls to the
// fastest, which would not be it for long, and never a herd that follows one measurement.
import type { Random } from "../../lib/time.ts";
import type { Candidate, Policy } from "./policy.ts";

/** Prefers members that answer fast. */
export const latency: Policy = () => (candidates, draw) => {
  const first = drawn(candidates, draw);
  const second = drawn(
    candidates.filter((candidate) => candidate !== first),
    draw,
  );
  if (first === undefined || second === undefined) return (first ?? second)?.index;
  return (second.expectedMs < first.expectedMs ? second : first).index;
};

/** One candidate, each as likely as its weight says. */
function drawn(candidates: readonly Candidate[], draw: Random): Candidate | undefined {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = draw() * total;
  for (const candidate of candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return candidates.at(-1);
}
