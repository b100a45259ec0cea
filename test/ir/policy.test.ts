import { expect, test } from "bun:test";
import type { Loss, LossId, Report } from "../../src/ir/loss.ts";
import { COMPAT, judge, policyOf, toldLosses, type LossPolicy } from "../../src/ir/policy.ts";

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
  expect(judge(report(loss("R16"), loss("R17")), policy)?.losses).toEqual([loss("R17")]);
});

test("a refusal names every loss that is not put up with, and the first one's place as the member at fault", () => {
  const audio = { id: "R16", path: "/messages/0/content/1", level: "X" } as const;
  const prefill = { id: "R41", path: "/messages/1", level: "D" } as const;
  const policy: LossPolicy = { strict: true, allow: new Set(["R49"]) };
  expect(judge(report(loss("R49"), audio, prefill), policy)).toEqual({
    class: "untranslatable",
    message:
      "R16 (audio in) at /messages/0/content/1 cannot be sent to this upstream; " +
      "R41 (prefill) at /messages/1 would reach it weakened. " +
      "To go without, send the header x-recloser-allow-loss: R16, R41",
    code: "untranslatable_field",
    param: "/messages/0/content/1",
    losses: [audio, prefill],
  });
});

test("a refusal spells out no more losses than one reads", () => {
  const losses = Array.from({ length: 20 }, (_, index) => ({ ...loss("R16"), path: `/${index}` }));
  const refusal = judge(report(...losses), COMPAT);
  expect(refusal?.message).toContain(
    "; and 4 more. To go without, send the header x-recloser-allow-loss: R16",
  );
  expect(refusal?.losses).toHaveLength(20);
});

test("the last word on strictness counts, and every place may allow losses", () => {
  const rules = [{ strict: true, allow: ["R16"] }, undefined, { allow: ["B01"] }] as const;
  expect(policyOf(rules)).toEqual({ strict: true, allow: new Set<LossId>(["R16", "B01"]) });
  expect(policyOf([...rules, { strict: false, allow: [] }]).strict).toBe(false);
  expect(policyOf([])).toEqual(COMPAT);
});
