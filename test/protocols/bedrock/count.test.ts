// Counting tokens: a Converse request inside.
import { expect, test } from "bun:test";
import { count } from "../../../src/protocols/bedrock/count.ts";
import { document, reread } from "../../support/documents.ts";

const CHAT = { messages: [{ role: "user", content: [{ text: "x" }] }], system: [{ text: "s" }] };

test("the request is inside", () => {
  const chat = count.unwrap(document({ input: { converse: CHAT } }));
  expect(chat.ok ? chat.value.root : undefined).toEqual(CHAT);
});

test.each([
  [{}, "invalid"],
  [{ input: {} }, "invalid"],
  [{ input: { converse: 1 } }, "invalid"],
  [{ input: { invokeModel: { body: "e30=" } } }, "untranslatable"],
])("%j is refused as %s", (body, expected) => {
  expect(count.unwrap(document(body))).toMatchObject({ ok: false, error: { class: expected } });
});

test("the request is counted without what only generating takes", () => {
  const more = { additionalModelRequestFields: { a: 1.5 }, toolConfig: { tools: [] } };
  const body = document({ ...CHAT, ...more, inferenceConfig: {}, guardrailConfig: {} });
  expect(reread(count.wrap(body, "m"))).toEqual({ input: { converse: { ...CHAT, ...more } } });
});

test("replies", () => {
  expect(count.read({ inputTokens: 7 })).toBe(7);
  expect(count.read(null)).toBeUndefined();
  expect(count.write(7)).toEqual({ inputTokens: 7 });
});
