// Finish reasons, both ways.
import { expect, test } from "bun:test";
import { decodeStop, encodeStop } from "../../../src/protocols/openai/stop.ts";

const PLAIN = { calls: false, refusal: false };

test("a word that nobody knows is kept beside its class", () => {
  expect(decodeStop("brand_new", PLAIN)).toEqual({ class: "unknown", raw: "brand_new" });
  expect(decodeStop("constructor", PLAIN).class).toBe("unknown");
});

test("E259 a reply that was cut stays cut, whatever it holds", () => {
  expect(decodeStop("length", { calls: true, refusal: true }).class).toBe("length");
});

test("a refusal that OpenAI ended normally goes back as it came", () => {
  const stop = decodeStop("stop", { calls: false, refusal: true });
  expect(stop).toEqual({ class: "refusal", raw: "stop" });
  expect(encodeStop(stop, false)).toBe("stop");
  expect(encodeStop({ class: "refusal", raw: "end_turn" }, false)).toBe("content_filter");
});

test("the older form of calls has a word of its own", () => {
  expect(encodeStop({ class: "tool_calls" }, true)).toBe("function_call");
  expect(encodeStop({ class: "tool_calls" }, false)).toBe("tool_calls");
});
