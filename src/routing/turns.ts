// Smooth weighted turns, as nginx takes them: in every run of as many picks as the weights add up to, each gets exactly its
// weight, spread as evenly as possible.

/** Something that has its turn in proportion to its weight. */
export type Weighted = { readonly index: number; readonly weight: number };

/** Takes turns among those that are given; `undefined`: there is nobody. */
export type Turns = (among: readonly Weighted[]) => number | undefined;

/** Starts taking turns among `count`; weights may change from pick to pick. */
export function smoothTurns(count: number): Turns {
  const current = Array.from({ length: count }, () => 0);
  return (among) => {
    let total = 0;
    let best: number | undefined;
    for (const { index, weight } of among) {
      total += weight;
      const score = (current[index] ?? 0) + weight;
      current[index] = score;
      if (best === undefined || score > (current[best] ?? 0)) best = index;
    }
    if (best !== undefined) current[best] = (current[best] ?? 0) - total;
    return best;
  };
}
