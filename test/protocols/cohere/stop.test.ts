// Why generation ended, both ways (translation.md B.13, column CO).
import { expect, test } from "bun:test";
import type { StopClass } from "../../../src/ir/reply.ts";
import { decodeStop, encodeStop } from "../../../src/protocols/cohere/stop.ts";

test.each<[string, StopClass]>([
  ["COMPLETE", "end"],
  ["STOP_SEQUENCE", "stop_sequence"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool_calls"],
  ["ERROR", "error"],
  ["TIMEOUT", "error"],
  ["SOMETHING_NEW", "unknown"],
  ["constructor", "unknown"],
])("%s is read as %s", (raw, expected) => {
  expect(decodeStop(raw, false)).toEqual({ class: expected, raw });
});

test("calls win over a plain end, and no reason is one", () => {
  expect(decodeStop("COMPLETE", true).class).toBe("tool_calls");
  expect(decodeStop("MAX_TOKENS", true).class).toBe("length");
  expect(decodeStop(undefined, false)).toEqual({ class: "end" });
});

test.each<[StopClass, string]>([
  ["end", "COMPLETE"],
  ["stop_sequence", "STOP_SEQUENCE"],
  ["length", "MAX_TOKENS"],
  ["context_full", "MAX_TOKENS"],
  ["tool_calls", "TOOL_CALL"],
  ["refusal", "COMPLETE"],
  ["filtered", "ERROR"],
  ["recitation", "ERROR"],
  ["guardrail", "ERROR"],
  ["malformed_call", "ERROR"],
  ["pause", "COMPLETE"],
  ["compaction", "COMPLETE"],
  ["error", "ERROR"],
  ["unknown", "COMPLETE"],
])("%s is written as %s", (stop, expected) => {
  expect(encodeStop({ class: stop }, { hasText: true, hasCalls: true })).toBe(expected as never);
});

test("words that claim what is not there are not used", () => {
  const nothing = { hasText: false, hasCalls: false };
  expect(encodeStop({ class: "tool_calls" }, nothing)).toBe("COMPLETE");
  expect(encodeStop({ class: "refusal" }, nothing)).toBe("ERROR");
  expect(encodeStop({ class: "error", raw: "TIMEOUT" }, nothing)).toBe("TIMEOUT");
});
