import { expect, test } from "bun:test";
import { smoothTurns } from "../../src/routing/turns.ts";

test("weights 5, 1, 1 take the smooth turns that nginx documents: a a b a c a a", () => {
  const turns = smoothTurns(3);
  const among = [5, 1, 1].map((weight, index) => ({ index, weight }));
  expect(Array.from({ length: 7 }, () => turns(among))).toEqual([0, 0, 1, 0, 2, 0, 0]);
});

test("a weight that changes counts from the next turn on", () => {
  const turns = smoothTurns(2);
  const of = (weight: number) => [
    { index: 0, weight },
    { index: 1, weight: 1 },
  ];
  const count = (weight: number): number =>
    Array.from({ length: 100 }, () => turns(of(weight))).filter((index) => index === 0).length;
  expect(count(1)).toBe(50);
  expect(count(0.25)).toBe(20);
});
