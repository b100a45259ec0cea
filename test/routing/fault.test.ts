import { expect, test } from "bun:test";
import { EFFECTS, effectOf } from "../../src/routing/fault.ts";

// The promise of the table, said once more in other words: who is at fault is who is penalised.
test("nothing that is the caller's fault penalises anybody", () => {
  for (const effect of Object.values(EFFECTS)) {
    if (effect.culprit === "caller") expect(effect.penalty).toBe("none");
  }
});

test("a bug of our own penalises nobody and is not tried again", () => {
  expect(effectOf("internal")).toMatchObject({
    culprit: "gateway",
    penalty: "none",
    elsewhere: "no",
  });
});

test("whoever may come back later may also be served by somebody else now", () => {
  for (const effect of Object.values(EFFECTS)) {
    if (effect.retryable) expect(effect.elsewhere).toBe("any");
  }
});

test("a malformed request is never sent to a second provider", () => {
  expect(effectOf("invalid").elsewhere).toBe("no");
});
