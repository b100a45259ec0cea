import { expect, test } from "bun:test";
import { pickForSession } from "../../src/routing/affinity.ts";
import type { Member } from "../../src/routing/upstream.ts";
import { candidates } from "../support/candidates.ts";

const MEMBERS: readonly Member[] = [1, 2, 1].map((weight, index) => ({
  upstream: { name: `model-${index}`, provider: "p", protocol: "x", model: "m" },
  weight,
  tier: 1,
}));

test("sessions spread over the members in proportion to the weights", () => {
  const counts = [0, 0, 0];
  for (let session = 0; session < 8000; session++) {
    const index = pickForSession(MEMBERS, candidates(0, 1, 2), `session-${session}`) ?? -1;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  // Binomial with p = 1/4 and n = 8000 has a standard deviation of 39: five of them either side.
  expect(Math.abs((counts[0] ?? 0) - 2000)).toBeLessThan(200);
  expect(Math.abs((counts[1] ?? 0) - 4000)).toBeLessThan(225);
  expect(Math.abs((counts[2] ?? 0) - 2000)).toBeLessThan(200);
});

test("when a member drops out only its own sessions move", () => {
  for (let session = 0; session < 500; session++) {
    const home = pickForSession(MEMBERS, candidates(0, 1, 2), `s${session}`);
    const without = pickForSession(MEMBERS, candidates(0, 2), `s${session}`);
    if (home !== 1) expect(without).toBe(home);
  }
});

test("with no usable member there is no pick", () => {
  expect(pickForSession(MEMBERS, candidates(), "s")).toBeUndefined();
});
