import { expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { keyRing, passTurn, pickKey, restKey, soonestKey } from "../../src/routing/keys.ts";

const NONE: ReadonlySet<number> = new Set();

test("keys take turns", () => {
  let ring = keyRing(3);
  const order: (number | undefined)[] = [];
  for (let call = 0; call < 4; call++) {
    const key = pickKey(ring, ms(1), NONE);
    order.push(key);
    ring = passTurn(ring, key ?? 0);
  }
  expect(order).toEqual([0, 1, 2, 0]);
});

test("a resting key is passed over until its time has come", () => {
  const ring = restKey(keyRing(2), 0, ms(500));
  expect(pickKey(ring, ms(499), NONE)).toBe(1);
  expect(pickKey(ring, ms(500), NONE)).toBe(0);
});

test("a shorter rest never cuts a longer one", () => {
  const ring = restKey(restKey(keyRing(1), 0, ms(900)), 0, ms(100));
  expect(soonestKey(ring)).toBe(ms(900));
});

test("keys that the call has tried are not picked again", () => {
  expect(pickKey(keyRing(2), ms(1), new Set([0]))).toBe(1);
  expect(pickKey(keyRing(2), ms(1), new Set([0, 1]))).toBeUndefined();
});
