// Counting tokens: the body of a message without its limit.
import { expect, test } from "bun:test";
import { count } from "../../../src/protocols/anthropic/count.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { document, reread } from "../../support/documents.ts";

const CHAT = { model: "m", messages: [{ role: "user", content: "x" }], system: "s" };

test("a request to count reads as one to generate", () => {
  for (const body of [CHAT, { ...CHAT, max_tokens: 5 }]) {
    const chat = count.unwrap(document(body));
    if (!chat.ok) throw new Error(chat.error.message);
    expect(chat.value.root).toMatchObject(CHAT);
    const context = { model: "m", stream: false, unseal: () => undefined };
    expect(anthropic.codec.request.decode(chat.value, context).ok).toBe(true);
  }
  expect(count.unwrap(document({}))).toMatchObject({ value: { root: { max_tokens: 64000 } } });
});

test("what only generating takes is left out", () => {
  const tools = [{ name: "f", input_schema: { type: "object" } }];
  const kept = { ...CHAT, tools, tool_choice: { type: "auto" }, thinking: { type: "disabled" } };
  const extra = {
    max_tokens: 5,
    temperature: 1,
    stream: true,
    metadata: {},
    stop_sequences: ["x"],
  };
  expect(reread(count.wrap(document({ ...kept, ...extra }), "m"))).toEqual(kept);
});

test("replies", () => {
  expect(count.read({ input_tokens: 7 })).toBe(7);
  expect(count.read({ usage: {} })).toBeUndefined();
  expect(count.write(7)).toEqual({ input_tokens: 7 });
});
