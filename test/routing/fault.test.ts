import { expect, test } from "bun:test";
import { EFFECTS, effectOf, type Effect } from "../../src/routing/fault.ts";
import type { Scope } from "../../src/routing/scopes.ts";

const ALL: readonly Effect[] = Object.values(EFFECTS);

// The promise of the table, said once more in other words: who is at fault is who is penalised.
test("nothing that is the caller's fault penalises anybody", () => {
  for (const effect of ALL) {
    if (effect.culprit === "caller") expect(effect.bench).toEqual([]);
  }
});

test("a bug of our own penalises nobody and is not tried again", () => {
  expect(effectOf("internal")).toMatchObject({
    culprit: "gateway",
    bench: [],
    elsewhere: "nowhere",
  });
});

test.each<[string, readonly Scope[]]>([
  ["key", ["key", "key-model"]],
  ["model", ["model"]],
  ["network", ["member", "provider"]],
  ["provider", ["member"]],
])("what is %s's fault benches only %p", (culprit, scopes) => {
  const benched = ALL.filter((effect) => effect.culprit === culprit).flatMap(({ bench }) =>
    bench.map(([scope]) => scope),
  );
  expect(new Set(benched)).toEqual(new Set(scopes));
});

test("what only a person can mend is never called weather", () => {
  for (const { bench, transient, retryable } of ALL) {
    if (bench.some(([, penalty]) => penalty === "stick"))
      expect([transient, retryable]).toEqual([false, false]);
  }
});

test("whoever may come back later may also be served by somebody else now", () => {
  for (const effect of ALL) {
    if (effect.retryable) expect(["member", "key"]).toContain(effect.elsewhere);
  }
});

test("a malformed request is never sent to a second provider", () => {
  expect(effectOf("invalid").elsewhere).toBe("nowhere");
});
