import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { expected, measure, percentile, type Gauge } from "../../src/routing/gauge.ts";

function gaugeOf(times: readonly number[], every = 1000): Gauge | undefined {
  return times.reduce<Gauge | undefined>(
    (gauge, took, index) => measure(gauge, took, ms(index * every)),
    undefined,
  );
}

test("a slower answer counts at once, faster ones only by and by", () => {
  expect(expected(gaugeOf([100, 900]), 0, ms(1000))).toBe(900);
  // One second later: 900 e^(-0.1) + 100 (1 - e^(-0.1)).
  expect(expected(gaugeOf([100, 900, 100]), 0, ms(2000))).toBeCloseTo(823.87, 1);
});

test("the more calls are under way, the longer a new one takes; of the unknown nothing is expected", () => {
  expect(expected(gaugeOf([100]), 3, ms(0))).toBe(400);
  expect(expected(undefined, 3, ms(0))).toBe(0);
});

test("who was slow long ago gets another chance", () => {
  expect(expected(gaugeOf([900]), 0, ms(60_000))).toBeLessThan(10);
});

test("percentiles of the recent times, once there are enough", () => {
  const times = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(gaugeOf(times.slice(0, 9)), 0.95)).toBeUndefined();
  // Of 37 to 100 the 61st of 64 is 97.
  expect(percentile(gaugeOf(times), 0.95)).toBe(ms(97));
});
