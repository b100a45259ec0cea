// Whole replies both ways (Cohere API reference: v2 chat; translation.md A.6, B.4, B.12).
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { CLIENT, CODEC, decodeMessage, foreignReply, ORIGIN, shown } from "./harness.ts";

function encode(blocks: readonly Block[], called = false): unknown {
  const stop = { class: called ? "tool_calls" : "end" } as const;
  const encoded = CODEC.reply.encode(foreignReply({ candidates: [{ blocks, stop }] }), CLIENT);
  return shown(encoded.body);
}

function callWith(argumentsText: string): unknown {
  const call = { id: "c", type: "function", function: { name: "f", arguments: argumentsText } };
  return decodeMessage({ role: "assistant", tool_calls: [call] }).candidates[0]?.blocks[0];
}

test("E138 the word for nothing as arguments is an empty object of them", () => {
  expect(callWith("null")).toMatchObject({ kind: "toolCall", id: "c", name: "f", argsText: "{}" });
  expect(callWith("")).toMatchObject({ argsText: "{}" });
});

test("arguments keep their spelling, also where they are no object", () => {
  expect(callWith('{"a": 1.0}')).toMatchObject({ argsText: '{"a": 1.0}' });
  expect(callWith('{"a":')).toMatchObject({ argsText: '{"a":' });
});

test("reasoning and text come in their order, then the plan, then the calls", () => {
  const reply = decodeMessage({
    role: "assistant",
    tool_plan: "I will look.",
    content: [
      { type: "thinking", thinking: "hm" },
      { type: "text", text: "Wait." },
    ],
    tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
  });
  expect(reply.candidates[0]?.blocks).toMatchObject([
    { kind: "thinking", text: "hm" },
    { kind: "text", text: "Wait." },
    { kind: "text", text: "I will look.", tag: "plan" },
    { kind: "toolCall", id: "c" },
  ]);
  expect(reply.uses).toContainEqual({ id: "S20", path: "/message/tool_plan" });
});

test("only a text that is marked as the plan becomes one", () => {
  const call = { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" } as const;
  const said = encode([{ kind: "text", text: "Wait." }, call], true);
  expect(said).toMatchObject({ message: { content: [{ type: "text", text: "Wait." }] } });
  expect(said).not.toHaveProperty("message.tool_plan");
  const planned = encode([{ kind: "text", text: "I will look.", tag: "plan" }, call], true);
  expect(planned).toMatchObject({
    finish_reason: "TOOL_CALL",
    message: { tool_plan: "I will look." },
  });
});

test("free text is the one member of an object, and no arguments are an empty one", () => {
  const free = { kind: "toolCall", id: "c", name: "f", argsText: 'a"b', call: "custom" } as const;
  expect(encode([free], true)).toMatchObject({
    message: { tool_calls: [{ function: { name: "f", arguments: '{"input":"a\\"b"}' } }] },
  });
  const none = { kind: "toolCall", id: "c", name: "f", argsText: "", call: "function" } as const;
  expect(encode([none], true)).toMatchObject({
    message: { tool_calls: [{ function: { arguments: "{}" } }] },
  });
});

test("the input counts all buckets, and what is billed is the same", () => {
  const usage = { inFresh: 5, cacheRead: 3, cacheWrite: 2, output: 7 };
  const encoded = CODEC.reply.encode(foreignReply({ usage }), CLIENT);
  expect(shown(encoded.body)).toMatchObject({
    usage: {
      tokens: { input_tokens: 10, output_tokens: 7 },
      billed_units: { input_tokens: 10, output_tokens: 7 },
      cached_tokens: 3,
    },
  });
});

test("billed units come back only where they say something of their own", () => {
  const tokens = { input_tokens: 9, output_tokens: 2 };
  const same = decodeMessage({ role: "assistant" }, { usage: { tokens, billed_units: tokens } });
  expect(same.uses).not.toContainEqual({ id: "S12f", path: "/usage/billed_units" });
  const billed_units = { input_tokens: 4, output_tokens: 2 };
  const other = decodeMessage({ role: "assistant" }, { usage: { tokens, billed_units } });
  expect(other.uses).toContainEqual({ id: "S12f", path: "/usage/billed_units" });
  expect(shown(CODEC.reply.encode(other, CLIENT).body)).toMatchObject({
    usage: { tokens, billed_units },
  });
});

test("an id of another vendor becomes the same UUID every time", () => {
  const encoded = CODEC.reply.encode(foreignReply({ id: "msg_1" }), CLIENT).body;
  const again = CODEC.reply.encode(foreignReply({ id: "msg_1" }), CLIENT).body;
  expect(shown(encoded)).toEqual(shown(again));
  expect(shown(encoded)).toMatchObject({
    id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as unknown as string,
  });
});

test("members that are not known come back in their places", () => {
  const message = {
    role: "assistant",
    content: [{ type: "text", text: "a", mood: 1.0 }],
    tone: "x",
  };
  const reply = decodeMessage(message, { region: "eu" });
  expect(shown(CODEC.reply.encode(reply, CLIENT).body)).toMatchObject({
    message,
    region: "eu",
  });
});

test("a body without a message is a failure of the upstream", () => {
  const decoded = CODEC.reply.decode(jsonDocument('{"id":"i"}'), ORIGIN);
  expect(decoded).toMatchObject({ ok: false, error: { class: "bad-upstream-reply" } });
  const error = CODEC.reply.decode(jsonDocument('{"message":"no"}'), ORIGIN);
  expect(error).toMatchObject({ ok: false, error: { message: "no" } });
});
