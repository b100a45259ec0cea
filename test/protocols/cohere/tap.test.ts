// What the tap sees of streams and buffered replies, held against recorded traffic.
import { expect, test } from "bun:test";
import { cohere } from "../../../src/protocols/cohere/index.ts";
import { recorded } from "../../support/corpus.ts";
import { tapAll } from "../../support/taps.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const end = (delta: object): string => event("message-end", { delta });

const USAGE = {
  billed_units: { input_tokens: 1, output_tokens: 2 },
  tokens: { input_tokens: 100, output_tokens: 7 },
  cached_tokens: 60,
};

test("content, the end and the usage in it", () => {
  const text =
    event("message-start", { id: "1" }) +
    event("tool-plan-delta", { delta: { message: { tool_plan: "I" } } }) +
    end({ finish_reason: "COMPLETE", usage: USAGE }) +
    "data: [DONE]\n\n";
  const seen = tapAll(cohere, utf8(text), "sse");
  expect(seen).toMatchObject({
    content: 1,
    terminal: 2,
    usage: { inFresh: 40, cacheRead: 60, output: 7 },
  });
  expect(seen.failure).toBeUndefined();
});

test.each([
  ["content-start", true],
  ["content-delta", true],
  ["content-end", true],
  ["tool-call-start", true],
  ["citation-start", true],
  ["message-start", false],
])("whether %s is content: %p, with or without its name in front", (type, content) => {
  const text = event(type, { index: 0 });
  expect(cohere.tap.frame(utf8(text), "sse").content).toBe(content);
  expect(cohere.tap.frame(utf8(text.slice(text.indexOf("data:"))), "sse").content).toBe(content);
});

test.each([
  ["ERROR", "server-error"],
  ["TIMEOUT", "timeout"],
] as const)("a stream that ends with %s failed", (finish_reason, expected) => {
  const text = end({ finish_reason, error: "why", error_type: "X" });
  expect(tapAll(cohere, utf8(text), "sse")).toMatchObject({
    terminal: -1,
    failure: { class: expected, message: "why", type: "X" },
  });
});

test("E311 the mark at which the SDK stops never stands in an error", () => {
  const [frame] = cohere.tap.errorFrames(
    { class: "server-error", message: "[DONE] or not" },
    "sse",
  );
  const data = frame?.kind === "sse" ? frame.data : "";
  expect(data).not.toContain("[DONE]");
  expect(JSON.parse(data).delta).toEqual({ finish_reason: "ERROR", error: "[DONE] or not" });
});

test("buffered usage, also that of embeddings", () => {
  expect(cohere.tap.usage(utf8(JSON.stringify({ usage: USAGE })))).toMatchObject({ inFresh: 40 });
  const embedded = { meta: { api_version: { version: "2" }, billed_units: { input_tokens: 4 } } };
  expect(cohere.tap.usage(utf8(JSON.stringify(embedded)))).toMatchObject({ inFresh: 4 });
  expect(cohere.tap.usage(utf8("[]"))).toBeUndefined();
});

test("recorded traffic: every stream has content and an end, every count is the vendor's", () => {
  let seen = 0;
  for (const { id, operation, reply } of recorded("cohere")) {
    if (operation !== "chat" || reply.status !== 200) continue;
    const tapped = reply.kind === "sse" ? tapAll(cohere, utf8(reply.text), "sse") : undefined;
    if (tapped !== undefined) {
      expect(`${id} ${tapped.content}`).toBe(`${id} 1`);
      // One recorded stream ends with an error after the model's plan.
      const ended = tapped.terminal > 0 || tapped.failure?.type === "INVALID_TOOL_GENERATION";
      expect(`${id} ${ended}`).toBe(`${id} true`);
    }
    const usage =
      tapped?.usage ?? (reply.kind === "json" ? cohere.tap.usage(utf8(reply.body)) : undefined);
    const { tokens } = JSON.parse(usage?.reported ?? "{}");
    if (tokens === undefined) continue;
    expect((usage?.inFresh ?? 0) + (usage?.cacheRead ?? 0)).toBe(tokens.input_tokens);
    expect(usage?.output).toBe(tokens.output_tokens);
    seen++;
  }
  console.log(`cohere: ${seen} recorded usages`);
});
