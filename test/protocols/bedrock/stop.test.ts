// Why generation ended (translation.md B.13).
import { expect, test } from "bun:test";
import type { StopClass } from "../../../src/ir/reply.ts";
import { decodeStop, encodeStop } from "../../../src/protocols/bedrock/stop.ts";

test.each([
  ["end_turn", "end"],
  ["max_tokens", "length"],
  ["stop_sequence", "stop_sequence"],
  ["tool_use", "tool_calls"],
  ["guardrail_intervened", "guardrail"],
  ["content_filtered", "filtered"],
  ["malformed_tool_use", "malformed_call"],
  ["model_context_window_exceeded", "context_full"],
] as const)("%s is %s and comes back", (word, stop) => {
  expect(decodeStop(word)).toEqual({ class: stop, raw: word });
  expect(encodeStop({ class: stop })).toBe(word);
});

test.each([
  ["refusal", "content_filtered"],
  ["recitation", "content_filtered"],
  ["pause", "end_turn"],
  ["compaction", "end_turn"],
  ["error", "end_turn"],
] as const satisfies readonly (readonly [StopClass, string])[])(
  "%s is told as %s",
  (stop, word) => {
    expect(encodeStop({ class: stop })).toBe(word);
  },
);

test("two words of one class return as they were", () => {
  expect(encodeStop(decodeStop("malformed_model_output"))).toBe("malformed_model_output");
});

test("a word of a later model is unknown, kept, and never passed on; so are names of an object's own members", () => {
  const stop = decodeStop("constructor");
  expect(stop).toEqual({ class: "unknown", raw: "constructor" });
  expect(encodeStop(stop)).toBe("end_turn");
});

test("no word at all is an ordinary end", () => {
  expect(decodeStop(undefined)).toEqual({ class: "end" });
});
