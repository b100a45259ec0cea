// The local estimate of input tokens, held against what vendors counted.
import { expect, test } from "bun:test";
import { parseJson } from "../../src/lib/json.ts";
import { estimateRequest, estimateText } from "../../src/protocols/estimate.ts";
import { openai } from "../../src/protocols/openai/index.ts";
import { recorded, type Exchange } from "../support/corpus.ts";

test.each([
  ["", 0],
  ["   ", 0],
  // platform.openai.com/tokenizer, GPT-4o.
  ["Hello, how are you today?", 7],
  ["The quick brown fox jumps over the lazy dog.", 10],
  ["2 + 2 = 4", 5],
  ["1234567", 3],
] as const)("%j takes %d tokens, give or take one", (text, tokens) => {
  expect(Math.abs(estimateText(text) - tokens)).toBeLessThanOrEqual(1);
});

test("a dense script takes about a token for each character, and a long word takes several", () => {
  expect(estimateText("我今天去了图书馆")).toBeWithin(5, 9);
  expect(estimateText("Donaudampfschifffahrtsgesellschaft")).toBeWithin(5, 12);
});

test("every kind of content counts", () => {
  const ask = (content: unknown, more: object = {}): number => {
    const body = { model: "m", messages: [{ role: "user", content }], ...more };
    const document = parseJson(JSON.stringify(body));
    if (!document.ok) throw new Error(document.error.message);
    const context = { model: "m", stream: false, unseal: () => undefined };
    const request = openai.codec.request.decode(document.value, context);
    if (!request.ok) throw new Error(request.error.message);
    return estimateRequest(request.value);
  };
  const plain = ask("hello");
  expect(plain).toBe(8);
  const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
  expect(ask([image])).toBeGreaterThan(plain + 500);
  const small = {
    type: "image_url",
    image_url: { url: "https://example.com/a.png", detail: "low" },
  };
  expect(ask([small])).toBeWithin(plain + 50, plain + 200);
  const tools = [
    {
      type: "function",
      function: { name: "f", description: "d", parameters: { type: "object", properties: {} } },
    },
  ];
  expect(ask("hello", { tools })).toBeGreaterThan(plain + 10);
});

test("half of the recorded calls are estimated within a fifth", () => {
  const errors = recorded("openai")
    .flatMap(errorOf)
    .sort((a, b) => a - b);
  const median = errors[errors.length >> 1] ?? 0;
  console.log(
    `openai: ${errors.length} recorded calls, median error of the estimate ${median.toFixed(3)}`,
  );
  expect(median).toBeLessThan(0.2);
});

/** How far the estimate is off, relative to what the vendor counted. */
function errorOf({ request, reply }: Exchange): readonly number[] {
  if (request === undefined || reply.kind !== "json" || reply.status !== 200) return [];
  const asked = parseJson(request.body);
  const answered = parseJson(reply.body);
  if (!asked.ok || !answered.ok) return [];
  const context = { model: "m", stream: false, unseal: () => undefined };
  const decoded = openai.codec.request.decode(asked.value, context);
  const { usage } = Object(answered.value.root);
  const counted = usage?.prompt_tokens;
  if (!decoded.ok || typeof counted !== "number" || counted === 0) return [];
  return [Math.abs(estimateRequest(decoded.value) - counted) / counted];
}
