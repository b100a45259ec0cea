// A part of the fault injection, on every run; `bun run inject` is the whole.
import { expect, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { cases, FAULTS, faultsOf, inject, type Case, type Tally } from "./inject.ts";

const EVERY = 5;

test("clients see no error while a member is sound, the sound share alike, and nothing is left open", async () => {
  const path = await binary();
  const some = cases(1, { calls: 60, atOnce: 12 }).filter((_, index) => index % EVERY === 0);
  const found: string[] = [];
  for (const given of some) found.push(...faultsOf(given, await inject(path, given)));
  expect(found).toEqual([]);
}, 120_000);

test("all faults and all protocols are met, on both sides", () => {
  const all = [0, 1, 2, 3, 4, 5].flatMap((round) => cases(round, { calls: 1, atOnce: 1 }));
  expect(new Set(all.map(({ fault }) => fault))).toEqual(new Set(FAULTS.map(({ fault }) => fault)));
  expect(
    new Set(all.map(({ client, provider }) => `${client}>${provider}`)).size,
  ).toBeGreaterThanOrEqual(18);
  expect(new Set(all.map(({ client }) => client)).size).toBe(6);
  expect(new Set(all.map(({ provider }) => provider)).size).toBe(6);
});

const GIVEN: Case = {
  fault: "cut=3",
  inContent: true,
  client: "openai",
  provider: "gemini",
  stream: true,
  broken: 1,
  calls: 100,
  atOnce: 4,
};
const FINE: Tally = { calls: 100, errors: [], shares: [50, 50], late: 0, isClean: true };

test.each<[string, Partial<Case>, Partial<Tally>, number]>([
  ["all is well", {}, {}, 0],
  [
    "a stream that breaks after content may say so",
    {},
    { errors: ["200 told in the stream x"] },
    0,
  ],
  ["a stream that breaks in silence", {}, { errors: ["200 not told x"] }, 1],
  ["an error before content", { inContent: false }, { errors: ["200 told in the stream x"] }, 1],
  ["an innocent that lost its share", {}, { shares: [30, 70] }, 1],
  ["a late call", {}, { late: 1 }, 1],
  ["a gateway that does not end", {}, { isClean: false }, 1],
])("the judge: %s", (_what, given, tally, count) => {
  expect(faultsOf({ ...GIVEN, ...given }, { ...FINE, ...tally }).length).toBe(count);
});
