// Members that can serve, as policies see them.
import { seeded } from "../../src/lib/random.ts";
import type { Candidate, Picker } from "../../src/routing/policies/policy.ts";
import type { Member } from "../../src/routing/upstream.ts";

/** Candidates of weight 1 of which nothing is known. */
export function candidates(...indexes: readonly number[]): Candidate[] {
  return indexes.map((index) => candidate(index));
}

/** One candidate. */
export function candidate(index: number, more: Partial<Candidate> = {}): Candidate {
  return { index, weight: 1, inFlight: 0, expectedMs: 0, headroom: 1, ...more };
}

/** Members of these prices. */
export function priced(prices: readonly (number | undefined)[]): Member[] {
  return prices.map((price, index) => ({
    upstream: {
      name: `m${index}`,
      provider: "p",
      protocol: "x",
      model: "m",
      ...(price === undefined ? {} : { price }),
    },
    weight: 1,
    tier: 1,
  }));
}

/** How often each of three members was picked. */
export function counts(pick: Picker, given: readonly Candidate[], calls = 3000): number[] {
  const draw = seeded(7);
  const result = [0, 0, 0];
  for (let call = 0; call < calls; call++) {
    const index = pick(given, draw) ?? -1;
    result[index] = (result[index] ?? 0) + 1;
  }
  return result;
}
