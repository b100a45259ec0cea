import { expect, test } from "bun:test";
import type { Loss, LossId, Report } from "../../src/ir/loss.ts";
import { COMPAT, judge, rejection, toldLosses, type LossPolicy } from "../../src/ir/policy.ts";

const report = (...losses: readonly Loss[]): Report => ({ losses, emulated: [] });
const loss = (id: LossId, level: Loss["level"] = "X"): Loss => ({ id, path: `/${id}`, level });

/** One feature of each severity: metadata S0, top_k S1, prefill S2, audio in S3. */
test.each([
  { id: "R68", level: "X", compat: "silent", strict: "tell" },
  { id: "R49", level: "X", compat: "tell", strict: "refuse" },
  { id: "R49", level: "D", compat: "tell", strict: "refuse" },
  { id: "R41", level: "X", compat: "tell", strict: "refuse" },
  { id: "R16", level: "X", compat: "refuse", strict: "refuse" },
  { id: "R16", level: "D", compat: "tell", strict: "refuse" },
] as const)("$id lost as $level: $compat, strictly $strict", ({ id, level, compat, strict }) => {
  const outcome = (policy: LossPolicy): string => {
    if (judge(report(loss(id, level)), policy) !== undefined) return "refuse";
    return toldLosses(report(loss(id, level)), policy).length > 0 ? "tell" : "silent";
  };
  expect(outcome(COMPAT)).toBe(compat);
  expect(outcome({ strict: true, allow: new Set() })).toBe(strict);
});

test.each([false, true])("a loss allowed by name is told, not refused (strict %p)", (strict) => {
  const policy: LossPolicy = { strict, allow: new Set(["R16"]) };
  expect(judge(report(loss("R16")), policy)).toBeUndefined();
  expect(toldLosses(report(loss("R16")), policy)).toEqual([loss("R16")]);
  expect(judge(report(loss("R16"), loss("R17")), policy)).toEqual(loss("R17"));
});

test("a refusal names the loss, its place and the member at fault", () => {
  expect(rejection({ id: "R16", path: "/messages/0/content/1", level: "X" })).toEqual({
    class: "untranslatable",
    message: "R16 (audio in) at /messages/0/content/1 has no place in the upstream's protocol",
    code: "untranslatable_field",
    param: "/messages/0/content/1",
  });
});
