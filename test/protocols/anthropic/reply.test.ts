// Buffered replies, read and written (translation.md B, column AN).
import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import { jsonText, printJson, type JsonText } from "../../../src/lib/json.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { judgeAnthropic } from "../../support/judge-anthropic.ts";
import {
  call,
  CLIENT,
  contentOf,
  decodeReply,
  documentOf,
  documentOfText,
  encodeReply,
  foreignReply,
  ORIGIN,
  usesOf,
} from "./harness.ts";

const REPLY = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-x",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
} as const;

function blocksOf(...content: readonly unknown[]): readonly Block[] {
  return decodeReply({ ...REPLY, content }).candidates[0]?.blocks ?? [];
}

test("a reply is its id, its model, one answer and its usage", () => {
  const { uses: _uses, ...reply } = decodeReply(REPLY);
  expect(reply).toEqual({
    id: "msg_1",
    model: "claude-x",
    candidates: [
      { blocks: [{ kind: "text", text: "hi" }], stop: { class: "end", raw: "end_turn" } },
    ],
    usage: { inFresh: 1, output: 2, reported: '{"input_tokens":1,"output_tokens":2}' as JsonText },
    ext: [],
  });
});

test("E110 E111 arguments keep digits, order and spelling", () => {
  const input = '{"2": 1, "1": 12345678901234567890, "x": 1.0}';
  const block = `{"type":"tool_use","id":"toolu_1","name":"f","input":${input}}`;
  const body = `{"content":[${block}],"stop_reason":"tool_use"}`;
  const decoded = anthropic.codec.reply.decode(documentOfText(body), ORIGIN);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const [made] = decoded.value.candidates[0]?.blocks ?? [];
  expect(made).toEqual({
    kind: "toolCall",
    id: "toolu_1",
    name: "f",
    argsText: input,
    call: "function",
  });
  const printed = printJson(anthropic.codec.reply.encode(decoded.value, CLIENT).body);
  expect(printed).toContain(`"input":${input}`);
});

test("reasoning is marked with its maker; an empty signature is none", () => {
  const made = { vendor: "anthropic", model: "claude-x" };
  expect(
    blocksOf(
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "thinking", thinking: "", signature: "s" },
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "redacted_thinking", data: "d" },
    ),
  ).toEqual([
    {
      kind: "thinking",
      text: "hm",
      form: "summary",
      redacted: false,
      opaque: [{ ...made, kind: "signature", data: "s" }],
    },
    {
      kind: "thinking",
      text: "",
      form: "summary",
      redacted: false,
      opaque: [{ ...made, kind: "signature", data: "s" }],
    },
    { kind: "thinking", text: "hm", form: "summary", redacted: false },
    {
      kind: "thinking",
      text: "",
      form: "summary",
      redacted: true,
      opaque: [{ ...made, kind: "redacted", data: "d" }],
    },
  ]);
});

test("what only this vendor understands stays as it was spelt, and is known to be lost elsewhere", () => {
  const block = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] };
  const reply = decodeReply({ ...REPLY, content: [block] });
  expect(reply.candidates[0]?.blocks).toEqual([
    { kind: "vendor", dialect: "anthropic", text: JSON.stringify(block) as JsonText, id: "S06" },
  ]);
  expect(usesOf(reply, "S06")).toEqual(["/content/0"]);
});

test("unknown members of reply and usage return to their places", () => {
  const body = {
    ...REPLY,
    content: [{ type: "text", text: "hi", later: [1] }],
    container: { id: "c" },
    usage: { ...REPLY.usage, server_tool_use: { web_search_requests: 2 }, inference_geo: "eu" },
  };
  const reply = decodeReply(body);
  expect(usesOf(reply, "S12f")).toEqual(["/usage/server_tool_use", "/usage/inference_geo"]);
  expect(usesOf(reply, "S00")).toContain("/container");
  const back = JSON.parse(printJson(anthropic.codec.reply.encode(reply, CLIENT).body)) as unknown;
  expect(back).toMatchObject(body);
});

test("a refusal brings its details", () => {
  const details = { type: "refusal", category: "bio", explanation: "no", later: 1 };
  const reply = decodeReply({ ...REPLY, stop_reason: "refusal", stop_details: details });
  expect(reply.candidates[0]?.stop).toEqual({
    class: "refusal",
    raw: "refusal",
    refusal: { category: "bio", explanation: "no" },
  });
  const back = JSON.parse(printJson(anthropic.codec.reply.encode(reply, CLIENT).body)) as unknown;
  expect(back).toMatchObject({ stop_reason: "refusal", stop_details: details });
});

test.each([
  [{ type: "error", error: { type: "overloaded_error", message: "m" } }, "overloaded"],
  [{ completely: "different" }, "bad-upstream-reply"],
  [[], "bad-upstream-reply"],
  ["text", "bad-upstream-reply"],
] as const)("%j is no reply but %s", (body, failure) => {
  const decoded = anthropic.codec.reply.decode(documentOf(body), ORIGIN);
  expect(decoded.ok ? undefined : decoded.error.class).toBe(failure);
});

test("a reply of another dialect has every member that the SDK's type has", async () => {
  const body = encodeReply({
    id: "chatcmpl-1",
    model: "gpt-x",
    candidates: [
      { blocks: [{ kind: "text", text: "hi" }, call("call_1")], stop: { class: "tool_calls" } },
    ],
    usage: { inFresh: 10, cacheRead: 90, output: 5, reasoning: 2 },
  });
  expect(body).toEqual({
    id: expect.stringMatching(/^msg_[0-9a-f]{16}$/),
    type: "message",
    role: "assistant",
    model: "gpt-x",
    content: [
      { type: "text", text: "hi" },
      { type: "tool_use", id: "call_1", name: "f", input: {} },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 90,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 2 },
    },
  });
  expect(await judgeAnthropic.reply(JSON.stringify(body))).toEqual(body);
});

test("B.15 the id is always the same for the same upstream's id, and one is made where there is none", () => {
  expect(encodeReply({ id: "a" })["id"]).toBe(encodeReply({ id: "a" })["id"] ?? null);
  expect(encodeReply({ id: "a" })["id"]).not.toBe(encodeReply({ id: "b" })["id"] ?? null);
  expect(encodeReply({ id: "msg_x" })["id"]).toBe("msg_x");
  expect(encodeReply({})).toMatchObject({
    id: expect.stringMatching(/^msg_/),
    model: "asked-for",
    content: [],
  });
});

test.each([
  ["", {}],
  ["  ", {}],
  ["null", {}],
  ['{"a":1}', { a: 1 }],
  ["[1]", { value: [1] }],
  ['"text"', { value: "text" }],
  ['{"a":', { __raw: '{"a":' }],
] as const)("E112 E113 arguments %j become %j", (argsText, input) => {
  expect(contentOf(call("c", argsText))).toEqual([{ type: "tool_use", id: "c", name: "f", input }]);
});

test("__proto__ in arguments is data", () => {
  const printed = printJson(
    anthropic.codec.reply.encode(
      foreignReply({
        candidates: [
          { blocks: [call("c", '{"__proto__":{"x":1}}')], stop: { class: "tool_calls" } },
        ],
      }),
      CLIENT,
    ).body,
  );
  expect(printed).toContain('"input":{"__proto__":{"x":1}}');
});

test("a free-form call is wrapped, as its tool was", () => {
  const block: Block = { kind: "toolCall", id: "c", name: "f", argsText: 'a"b', call: "custom" };
  expect(contentOf(block)).toEqual([
    { type: "tool_use", id: "c", name: "f", input: { input: 'a"b' } },
  ]);
});

test("E169 E172 own tokens go out as they are, foreign ones in envelopes, in their order", () => {
  const own = (kind: "signature" | "redacted", data: string): Opaque => ({
    vendor: "anthropic",
    kind,
    data,
  });
  const other: Opaque = { vendor: "openai", model: "o", kind: "encrypted", data: "x" };
  const thinking = (text: string, opaque: readonly Opaque[], redacted = false): Block => ({
    kind: "thinking",
    text,
    form: "summary",
    redacted,
    opaque,
  });
  expect(
    contentOf(
      thinking("a", [own("signature", "s1")]),
      thinking("", [own("redacted", "r")], true),
      thinking("b", [other]),
      { kind: "thinking", text: "c", form: "raw", redacted: false },
    ),
  ).toEqual([
    { type: "thinking", thinking: "a", signature: "s1" },
    { type: "redacted_thinking", data: "r" },
    { type: "thinking", thinking: "b", signature: `sealed:${JSON.stringify(other)}` },
    { type: "thinking", thinking: "c", signature: "" },
  ]);
});

test("E257 words of a refusal are text, with the refusal as the stop reason", () => {
  const body = encodeReply({
    candidates: [{ blocks: [{ kind: "refusal", text: "I cannot." }], stop: { class: "refusal" } }],
  });
  expect(body).toMatchObject({
    content: [{ type: "text", text: "I cannot." }],
    stop_reason: "refusal",
  });
});

test("E252 an answer that is cut short in its thinking is an empty message", () => {
  expect(encodeReply({ candidates: [{ blocks: [], stop: { class: "length" } }] })).toMatchObject({
    content: [],
    stop_reason: "max_tokens",
  });
});

test("a cited range becomes a block of its own", () => {
  const native = { dialect: "openai", text: jsonText("{}") ?? ("{}" as JsonText) };
  const source = { kind: "url", url: "https://a.example", title: "A" } as const;
  const range = { start: 4, end: 8 };
  expect(
    contentOf({
      kind: "text",
      text: "See this, ok",
      citations: [
        { range, source, native },
        { range, source: { ...source, url: "https://b.example" }, native },
      ],
    }),
  ).toEqual([
    { type: "text", text: "See " },
    {
      type: "text",
      text: "this",
      citations: [
        {
          type: "web_search_result_location",
          url: "https://a.example",
          title: "A",
          encrypted_index: "",
          cited_text: "",
        },
        {
          type: "web_search_result_location",
          url: "https://b.example",
          title: "A",
          encrypted_index: "",
          cited_text: "",
        },
      ],
    },
    { type: "text", text: ", ok" },
  ]);
});

test("of several answers the first is shown", () => {
  const answer = (text: string) => ({
    blocks: [{ kind: "text", text }] as const,
    stop: { class: "end" } as const,
  });
  expect(encodeReply({ candidates: [answer("one"), answer("two")] })["content"]).toEqual([
    { type: "text", text: "one" },
  ]);
});

test("blocks of other vendors and generated media have no place", () => {
  const media = { kind: "inline", mime: "image/png", base64: "AAAA" } as const;
  expect(
    contentOf(
      { kind: "vendor", dialect: "gemini", text: "{}" as JsonText, id: "S06" },
      { kind: "image", media },
      { kind: "audio", media: { ...media, mime: "audio/wav" }, transcript: "said" },
      { kind: "text", text: "" },
    ),
  ).toEqual([{ type: "text", text: "said" }]);
});

test.each([
  [{ class: "priority", raw: "priority" }, "priority"],
  [{ class: "default", raw: "default" }, "standard"],
  [{ class: "other", raw: "batch" }, "batch"],
  [{ class: "flex", raw: "flex" }, undefined],
] as const)("the tier %j is told as %p", (tier, word) => {
  const usage = encodeReply({ tier })["usage"] as Record<string, unknown>;
  expect(usage["service_tier"]).toBe(word as never);
});

test("a JSON block is told as text, a redacted block without its token is nothing", () => {
  const text = jsonText('{"a":1.0}');
  if (text === undefined) throw new Error("the text is JSON");
  expect(
    contentOf(
      { kind: "json", text },
      { kind: "thinking", text: "", form: "summary", redacted: true },
      { kind: "refusal", text: "" },
    ),
  ).toEqual([{ type: "text", text: '{"a":1.0}' }]);
});

test("E176 E177 reasoning of which only the proof is shown keeps it, and without a proof has none", () => {
  const omitted = { type: "thinking", thinking: "", signature: "sig" };
  const unsigned = { type: "thinking", thinking: "hm", signature: "" };
  const reply = decodeReply({ ...REPLY, content: [omitted, unsigned] });
  expect(usesOf(reply, "S17")).toEqual(["/content/1/thinking"]);
  expect(usesOf(reply, "S18")).toEqual(["/content/0/signature"]);
  expect(encodeReply(reply)["content"]).toEqual([omitted, unsigned]);
});
