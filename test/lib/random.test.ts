import { expect, test } from "bun:test";
import { seeded } from "../../src/lib/random.ts";

test("the same seed gives the same numbers, another seed others, all from 0 to below 1", () => {
  const numbers = (seed: number): number[] => Array.from({ length: 1000 }, seeded(seed));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
  expect(numbers(3).every((each) => each >= 0 && each < 1)).toBe(true);
});

test("the numbers are spread evenly", () => {
  const draw = seeded(42);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let call = 0; call < 10_000; call++) {
    const at = Math.floor(draw() * 10);
    tenths[at] = (tenths[at] ?? 0) + 1;
  }
  // A tenth of 10,000 has a standard deviation of 30: five of them either side.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
