// Why generation ended (translation.md B.13).
import { expect, test } from "bun:test";
import type { StopClass } from "../../../src/ir/reply.ts";
import { decodeStop, encodeStop } from "../../../src/protocols/anthropic/stop.ts";

test.each([
  ["end_turn", "end"],
  ["max_tokens", "length"],
  ["stop_sequence", "stop_sequence"],
  ["tool_use", "tool_calls"],
  ["pause_turn", "pause"],
  ["refusal", "refusal"],
  ["model_context_window_exceeded", "context_full"],
  ["compaction", "compaction"],
] as const)("%s is %s and comes back", (word, stop) => {
  expect(decodeStop(word, null, null)).toEqual({ class: stop, raw: word });
  expect(encodeStop({ class: stop })).toBe(word);
});

test.each([
  ["filtered", "refusal"],
  ["recitation", "refusal"],
  ["guardrail", "refusal"],
  ["malformed_call", "end_turn"],
  ["error", "end_turn"],
  ["unknown", "end_turn"],
] as const satisfies readonly (readonly [StopClass, string])[])(
  "%s is told as %s",
  (stop, word) => {
    expect(encodeStop({ class: stop })).toBe(word);
  },
);

test("E258 a word of a later model is unknown, kept, and never passed on", () => {
  const stop = decodeStop("new_reason", undefined, undefined);
  expect(stop).toEqual({ class: "unknown", raw: "new_reason" });
  expect(encodeStop(stop)).toBe("end_turn");
});

test("names of an object's own members are no words", () => {
  expect(decodeStop("constructor", null, null).class).toBe("unknown");
});

test("the sequence that matched and the refusal's details are kept", () => {
  expect(decodeStop("stop_sequence", "END", null).sequence).toBe("END");
  const details = { type: "refusal", category: "cyber", explanation: "no" };
  expect(decodeStop("refusal", null, details).refusal).toEqual({
    category: "cyber",
    explanation: "no",
  });
});
