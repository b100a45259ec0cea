import { expect, test } from "bun:test";
import fc from "fast-check";
import { weighted } from "../../../src/routing/policies/weighted.ts";
import type { Member } from "../../../src/routing/upstream.ts";
import { candidate, candidates } from "../../support/candidates.ts";

function members(weights: readonly number[]): Member[] {
  return weights.map((weight, index) => ({
    upstream: { name: `m${index}`, provider: "p", protocol: "x", model: "m" },
    weight,
    tier: 1,
  }));
}

function withWeights(weights: readonly number[]) {
  return weights.map((weight, index) => candidate(index, { weight }));
}

test("weights 5, 1, 1 give the smooth order that nginx documents: a a b a c a a", () => {
  const pick = weighted(members([5, 1, 1]));
  const order = Array.from({ length: 7 }, () => pick(withWeights([5, 1, 1]), Math.random));
  expect(order).toEqual([0, 0, 1, 0, 2, 0, 0]);
});

test("every run as long as the sum of the weights holds each member exactly its weight", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 3 }), (given, rounds) => {
      const pick = weighted(members(given));
      const usable = withWeights(given);
      const total = given.reduce((sum, weight) => sum + weight, 0);
      for (let skip = 0; skip < rounds * total; skip++) pick(usable, Math.random);
      const counts = given.map(() => 0);
      for (let call = 0; call < total; call++) {
        const index = pick(usable, Math.random) ?? -1;
        counts[index] = (counts[index] ?? 0) + 1;
      }
      expect(counts).toEqual(given);
    }),
  );
});

test("only usable members are picked, and nobody when there is none", () => {
  const pick = weighted(members([3, 1]));
  expect([[1], [1], []].map((usable) => pick(candidates(...usable), Math.random))).toEqual([
    1,
    1,
    undefined,
  ]);
});
