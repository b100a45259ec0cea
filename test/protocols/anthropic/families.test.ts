// What Claude's generations accept, as their vendor's migration guides say.
import { expect, test } from "bun:test";
import { capabilitiesOf } from "../../../src/protocols/anthropic/families.ts";

test.each([
  { model: "claude-3-haiku-20240307", reasoning: "none", prefill: true, maxOutput: 4096 },
  { model: "claude-3-5-sonnet-latest", reasoning: "none", prefill: true, maxOutput: 8192 },
  { model: "claude-3-7-sonnet-20250219", reasoning: "budget", sampling: "all", maxOutput: 64_000 },
  { model: "claude-opus-4-20250514", reasoning: "budget", jsonSchema: false, maxOutput: 32_000 },
  { model: "claude-opus-4-1-20250805", reasoning: "budget", sampling: "one", maxOutput: 32_000 },
  { model: "claude-sonnet-4-20250514", reasoning: "budget", jsonSchema: false, maxOutput: 64_000 },
  { model: "claude-haiku-4-5-20251001", reasoning: "budget", jsonSchema: true, maxOutput: 64_000 },
  { model: "claude-opus-4-5", reasoning: "budget", jsonSchema: true, prefill: true },
  { model: "claude-opus-4-6", reasoning: "adaptive", sampling: "one", prefill: false },
  { model: "claude-sonnet-4-6", reasoning: "adaptive", maxOutput: 64_000, inlineSystem: false },
  { model: "claude-opus-4-7", reasoning: "adaptive", sampling: "none", inlineSystem: false },
  { model: "claude-opus-4-8", reasoning: "adaptive", sampling: "none", inlineSystem: true },
  { model: "claude-opus-5", reasoningOff: "yes", forcedToolChoice: "without-reasoning" },
  { model: "claude-fable-5", reasoningOff: "no", forcedToolChoice: "without-reasoning" },
  { model: "claude-fable-5-1", reasoningOff: "no", forcedToolChoice: "no" },
  { model: "claude-mythos-preview", reasoningOff: "no" },
  { model: "claude-opus-5-5", reasoningOff: "no", forcedToolChoice: "no", prefill: false },
  { model: "claude-sonnet-5-5", reasoningOff: "between-tools", forcedToolChoice: "no" },
  { model: "claude-haiku-5-5", reasoningOff: "yes", forcedToolChoice: "no" },
  { model: "claude-opus-7", reasoning: "adaptive", sampling: "none" },
])("$model", ({ model, ...expected }) => {
  expect(capabilitiesOf(model)).toMatchObject(expected);
});

test.each([
  ["us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6"],
  ["anthropic/claude-sonnet-5-5", "claude-sonnet-5-5"],
  ["claude-haiku-4-5@20251001", "claude-haiku-4-5"],
])("%s is %s behind a host's spelling", (spelt, plain) => {
  expect(capabilitiesOf(spelt)).toEqual(capabilitiesOf(plain));
});

test("nothing is claimed of models of other vendors", () => {
  expect(capabilitiesOf("kimi-k2")).toEqual({});
});
