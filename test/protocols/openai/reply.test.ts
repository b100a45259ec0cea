// Buffered replies, both ways.
import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import type { Stop, StopClass } from "../../../src/ir/reply.ts";
import { jsonText } from "../../../src/lib/json.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import { judgeOpenai } from "../../support/judge-openai.ts";
import { CLIENT, decodeReply, documentOf, foreignReply, plain, seal } from "./harness.ts";

function replyWith(message: Record<string, unknown>, choice: Record<string, unknown> = {}) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 5,
    model: "gpt-x-1",
    choices: [
      { index: 0, message: { role: "assistant", ...message }, finish_reason: "stop", ...choice },
    ],
  };
}

function blocksOf(message: Record<string, unknown>): readonly Block[] {
  return decodeReply(replyWith(message)).candidates[0]?.blocks ?? [];
}

function shown(blocks: readonly Block[], stop: Stop = { class: "end" }) {
  const encoded = openai.codec.reply.encode(
    foreignReply({ candidates: [{ blocks, stop }] }),
    CLIENT,
  );
  return plain(encoded.body)["choices"] as unknown as {
    message: Record<string, unknown>;
    finish_reason: string;
  }[];
}

test("a whole reply", () => {
  const reply = decodeReply({
    ...replyWith({ content: "Hi", refusal: null }),
    usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    service_tier: "default",
    system_fingerprint: "fp",
    provider: "P",
  });
  expect(reply).toEqual({
    id: "chatcmpl-1",
    model: "gpt-x-1",
    created: 5,
    tier: { class: "default", raw: "default" },
    candidates: [{ blocks: [{ kind: "text", text: "Hi" }], stop: { class: "end", raw: "stop" } }],
    usage: { inFresh: 10, output: 4, reported: expect.any(String) as never },
    ext: [
      { dialect: "openai", path: "/system_fingerprint", text: '"fp"' as never, id: "S21" },
      { dialect: "openai", path: "/provider", text: '"P"' as never, id: "S00" },
    ],
    uses: expect.any(Array) as never,
  });
});

test("reasoning comes first, then text, refusal and calls", () => {
  const blocks = blocksOf({
    reasoning_content: "hm",
    content: "a",
    refusal: "no",
    tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
  });
  expect(blocks.map(({ kind }) => kind)).toEqual(["thinking", "text", "refusal", "toolCall"]);
});

test("a vendor's proof of reasoning belongs to the vendor and model that answered", () => {
  const [thinking] = blocksOf({
    content: "a",
    reasoning: "T",
    reasoning_details: [
      {
        type: "reasoning.text",
        text: "T",
        signature: "S",
        format: "anthropic-claude-v1",
        index: 0,
      },
    ],
  });
  expect(thinking).toEqual({
    kind: "thinking",
    text: "T",
    form: "raw",
    redacted: false,
    opaque: [{ vendor: "openai", model: "gpt-x", kind: "signature", data: "S" }],
  });
});

test("plain text beside an encrypted entry is one thought", () => {
  const [thinking] = blocksOf({
    reasoning: "T",
    reasoning_details: [{ type: "reasoning.encrypted", data: "E", index: 0 }],
  });
  expect(thinking).toMatchObject({
    text: "T",
    redacted: false,
    opaque: [{ kind: "encrypted", data: "E" }],
  });
});

test("fillers of servers are no content", () => {
  expect(
    blocksOf({
      content: "",
      refusal: "",
      function_call: { name: "", arguments: "" },
      audio: { id: "", data: "", expires_at: 0, transcript: "" },
      tool_calls: null,
      annotations: [],
    }),
  ).toEqual([]);
});

test("a call without type or id, with arguments as an object", () => {
  const [call] = blocksOf({
    content: null,
    tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }],
  });
  expect(call).toMatchObject({
    kind: "toolCall",
    name: "f",
    argsText: '{"a":1}',
    call: "function",
    idMinted: true,
  });
});

test("free-form and older calls", () => {
  expect(
    blocksOf({ tool_calls: [{ id: "c", type: "custom", custom: { name: "p", input: "x" } }] }),
  ).toEqual([{ kind: "toolCall", id: "c", name: "p", argsText: "x", call: "custom" }]);
  expect(blocksOf({ function_call: { name: "f", arguments: "{}" } })).toMatchObject([
    { kind: "toolCall", name: "f", argsText: "{}", idMinted: true },
  ]);
});

test("pictures that a model drew", () => {
  const url = "data:image/png;base64,iVBORw0KGgo=";
  const images = [{ type: "image_url", image_url: { url } }];
  const reply = decodeReply(replyWith({ content: "see", images }));
  expect(reply.candidates[0]?.blocks[1]).toEqual({
    kind: "image",
    media: { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" },
  });
  expect(plain(openai.codec.reply.encode(reply, CLIENT).body)["choices"]).toMatchObject([
    { message: { images } },
  ]);
});

test("Mistral's parts are reasoning and text, and go back as parts", () => {
  const parts = [
    { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
    { type: "text", text: "a" },
  ];
  const reply = decodeReply(replyWith({ content: parts }));
  expect(reply.candidates[0]?.blocks).toEqual([
    { kind: "thinking", text: "hm", form: "raw", redacted: false },
    { kind: "text", text: "a" },
  ]);
  const [choice] = plain(openai.codec.reply.encode(reply, CLIENT).body)["choices"] as never[];
  expect(choice).toMatchObject({ message: { content: parts } });
  expect(choice).not.toHaveProperty(["message", "reasoning_content"]);
});

test("citations range over code points", () => {
  const [text] = blocksOf({
    content: "😀 sun",
    annotations: [
      {
        type: "url_citation",
        url_citation: { start_index: 2, end_index: 5, url: "https://x.test/", title: "X" },
      },
    ],
  });
  expect(text).toMatchObject({
    citations: [
      { range: { start: 2, end: 5 }, source: { kind: "url", url: "https://x.test/", title: "X" } },
    ],
  });
});

test("speech is sniffed, and keeps its id", () => {
  const [audio] = blocksOf({
    content: null,
    audio: { id: "audio_1", data: "UklGRgAAAABXQVZF", expires_at: 9, transcript: "hi" },
  });
  expect(audio).toMatchObject({
    kind: "audio",
    media: { kind: "inline", mime: "audio/wav" },
    transcript: "hi",
    ext: [{ path: "/choices/0/message/audio/id" }, { path: "/choices/0/message/audio/expires_at" }],
  });
});

test.each<[string, Record<string, unknown>, StopClass]>([
  ["stop", { content: "a" }, "end"],
  ["length", { content: "a" }, "length"],
  ["tool_calls", { content: "a" }, "tool_calls"],
  ["function_call", { content: "a" }, "tool_calls"],
  ["content_filter", { content: "a" }, "filtered"],
  ["content_filter", { refusal: "no" }, "refusal"],
  ["stop", { refusal: "no" }, "refusal"],
  ["stop", { tool_calls: [{ id: "c", function: { name: "f", arguments: "" } }] }, "tool_calls"],
  ["length", { tool_calls: [{ id: "c", function: { name: "f", arguments: "{" } }] }, "length"],
  ["end_turn", { content: "a" }, "end"],
  ["MAX_TOKENS", { content: "a" }, "length"],
  ["STOP", { content: "a" }, "end"],
  ["eos", { content: "a" }, "end"],
  ["error", { content: "a" }, "error"],
  ["", { content: "a" }, "end"],
  ["something_new", { content: "a" }, "unknown"],
])("finish reason %j with %j", (finish_reason, message, expected) => {
  expect(decodeReply(replyWith(message, { finish_reason })).candidates[0]?.stop.class).toBe(
    expected,
  );
});

test.each<[StopClass, string]>([
  ["end", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
  ["context_full", "length"],
  ["tool_calls", "tool_calls"],
  ["refusal", "content_filter"],
  ["filtered", "content_filter"],
  ["recitation", "content_filter"],
  ["guardrail", "content_filter"],
  ["malformed_call", "stop"],
  ["pause", "stop"],
  ["compaction", "stop"],
  ["error", "stop"],
  ["unknown", "stop"],
])("class %s is shown as %s, whatever the vendor's word was", (name, expected) => {
  expect(
    shown([{ kind: "text", text: "a" }], { class: name, raw: "FOREIGN_WORD" })[0]?.finish_reason,
  ).toBe(expected);
});

test("a refusal's explanation is what the client reads", () => {
  const [choice] = shown([], {
    class: "refusal",
    refusal: { category: "bio", explanation: "I cannot." },
  });
  expect(choice).toMatchObject({
    finish_reason: "content_filter",
    message: { content: null, refusal: "I cannot." },
  });
});

test("E209 cached tokens are counted once", () => {
  const usage = { inFresh: 100, cacheRead: 900, cacheWrite: 50, output: 20, reasoning: 5 };
  const encoded = openai.codec.reply.encode(foreignReply({ usage }), CLIENT);
  expect(plain(encoded.body)["usage"]).toEqual({
    prompt_tokens: 1050,
    completion_tokens: 20,
    total_tokens: 1070,
    prompt_tokens_details: { cached_tokens: 900, cache_write_tokens: 50 },
    completion_tokens_details: { reasoning_tokens: 5 },
  });
});

test.each([
  [
    "E231 more cached than there were",
    { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 15 } },
    { inFresh: 0, cacheRead: 15, output: 1 },
  ],
  [
    "OpenAI",
    {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2, accepted_prediction_tokens: 1 },
    },
    {
      inFresh: 4,
      cacheRead: 4,
      cacheWrite: 2,
      audioIn: 1,
      output: 3,
      reasoning: 2,
      acceptedPrediction: 1,
    },
  ],
  [
    "DeepSeek",
    {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_cache_hit_tokens: 8,
      prompt_cache_miss_tokens: 2,
    },
    { inFresh: 2, cacheRead: 8, output: 3 },
  ],
  [
    "Moonshot",
    { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13, cached_tokens: 1 },
    { inFresh: 9, cacheRead: 1, output: 3 },
  ],
  [
    "xAI, where reasoning stands beside the completion",
    {
      prompt_tokens: 12,
      completion_tokens: 2,
      total_tokens: 334,
      completion_tokens_details: { reasoning_tokens: 320 },
    },
    { inFresh: 12, output: 322, reasoning: 320 },
  ],
  [
    "nulls",
    {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_tokens_details: null,
      completion_tokens_details: { reasoning_tokens: null },
    },
    { inFresh: 10, output: 3 },
  ],
])("usage of %s", (_, usage, expected) => {
  const reply = decodeReply({ ...replyWith({ content: "a" }), usage });
  expect(reply.usage).toEqual({ ...expected, reported: expect.any(String) as never });
});

test("Groq's usage in a member of its own is found", () => {
  const reply = decodeReply({
    ...replyWith({ content: "a" }),
    x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } },
  });
  expect(reply.usage).toMatchObject({ inFresh: 1, output: 2 });
});

test("log probabilities keep bytes and alternatives", () => {
  const token = {
    token: "a",
    logprob: -0.5,
    bytes: [97],
    top_logprobs: [{ token: "b", logprob: -1, bytes: null }],
  };
  const reply = decodeReply(
    replyWith({ content: "a" }, { logprobs: { content: [token], refusal: null } }),
  );
  expect(reply.candidates[0]?.logprobs).toEqual([
    { token: "a", logprob: -0.5, bytes: [97], top: [{ token: "b", logprob: -1 }] },
  ]);
  const back = openai.codec.reply.encode(reply, CLIENT);
  expect(plain(back.body)["choices"]).toMatchObject([
    { logprobs: { content: [token], refusal: null } },
  ]);
});

test("several answers stay apart", () => {
  const body = replyWith({ content: "a" });
  const reply = decodeReply({
    ...body,
    choices: [...body.choices, { index: 1, message: { content: "b" }, finish_reason: "length" }],
  });
  expect(reply.candidates.map(({ blocks, stop }) => [blocks, stop.class])).toEqual([
    [[{ kind: "text", text: "a" }], "end"],
    [[{ kind: "text", text: "b" }], "length"],
  ]);
  expect(reply.uses).toContainEqual({ id: "S23", path: "/choices" });
});

test.each([
  [{ choices: [] }, "bad-upstream-reply"],
  [{ id: "x" }, "bad-upstream-reply"],
  [[], "bad-upstream-reply"],
  [{ error: { message: "m", code: "context_length_exceeded" } }, "context-length"],
] as const)("%j is no reply", (body, name) => {
  const result = openai.codec.reply.decode(documentOf(body), { vendor: "v", model: "m" });
  expect(result.ok ? "" : result.error.class).toBe(name);
});

test("reasoning is shown as text, and with sealed tokens for those that send it back", () => {
  const opaque: Opaque = { vendor: "anthropic", model: "claude", kind: "signature", data: "S" };
  const redacted: Opaque = { vendor: "anthropic", model: "claude", kind: "redacted", data: "R" };
  const [choice] = shown([
    { kind: "thinking", text: "first ", form: "raw", redacted: false },
    { kind: "thinking", text: "second", form: "raw", redacted: false, opaque: [opaque] },
    { kind: "thinking", text: "", form: "raw", redacted: true, opaque: [redacted] },
    { kind: "text", text: "a" },
  ]);
  expect(choice?.message).toEqual({
    role: "assistant",
    content: "a",
    refusal: null,
    reasoning_content: "first second",
    reasoning_details: [
      { type: "reasoning.text", text: "first ", index: 0 },
      { type: "reasoning.text", text: "second", signature: seal(opaque), index: 1 },
      { type: "reasoning.encrypted", data: seal(redacted), index: 2 },
    ],
  });
});

test("what a client echoes is what the vendor made, in order", () => {
  const blocks: Block[] = [
    {
      kind: "thinking",
      text: "",
      form: "raw",
      redacted: false,
      opaque: [{ vendor: "anthropic", model: "c", kind: "signature", data: "1" }],
    },
    {
      kind: "thinking",
      text: "",
      form: "raw",
      redacted: true,
      opaque: [{ vendor: "anthropic", model: "c", kind: "redacted", data: "2" }],
    },
    {
      kind: "thinking",
      text: "s",
      form: "summary",
      redacted: false,
      opaque: [
        { vendor: "openai", model: "o", kind: "encrypted", data: "3" },
        { vendor: "openai", model: "o", kind: "itemId", data: "rs_1" },
      ],
    },
    { kind: "text", text: "a" },
    {
      kind: "toolCall",
      id: "c",
      name: "f",
      argsText: "{}",
      call: "function",
      opaque: [{ vendor: "google", model: "g", kind: "thoughtSignature", data: "4" }],
    },
  ];
  const [choice] = shown(blocks);
  const request = openai.codec.request.decode(
    documentOf({ model: "m", messages: [choice?.message] }),
    {
      model: "m",
      stream: false,
      unseal: (text) => (text.startsWith("sealed:") ? JSON.parse(text.slice(7)) : undefined),
    },
  );
  expect(request.ok && request.value.turns[0]?.blocks).toEqual(blocks);
});

test("an id of another style becomes one of this dialect, always the same", () => {
  const idOf = (id: string) =>
    plain(openai.codec.reply.encode(foreignReply({ id }), CLIENT).body)["id"];
  expect(idOf("msg_1")).toMatch(/^chatcmpl-[0-9a-f]{16}$/);
  expect(idOf("msg_1")).toBe(idOf("msg_1") ?? "");
  expect(idOf("msg_2")).not.toBe(idOf("msg_1") ?? "");
  expect(idOf("chatcmpl-9")).toBe("chatcmpl-9");
});

test("what the upstream did not say comes from the gateway", () => {
  expect(plain(openai.codec.reply.encode(foreignReply({}), CLIENT).body)).toMatchObject({
    object: "chat.completion",
    created: 1_700_000_000,
    model: "asked-for",
  });
});

test("E336 two citations of one block are two annotations with its range", () => {
  const native = { dialect: "anthropic", text: jsonText("{}") ?? ("{}" as never) };
  const cite = (url: string) => ({ source: { kind: "url", url }, native }) as const;
  const [choice] = shown([
    { kind: "text", text: "😀." },
    { kind: "text", text: "Sun", citations: [cite("https://a.test"), cite("https://b.test")] },
  ]);
  expect(choice?.message["content"]).toBe("😀.Sun");
  expect(choice?.message["annotations"]).toMatchObject([
    { type: "url_citation", url_citation: { start_index: 2, end_index: 5, url: "https://a.test" } },
    { type: "url_citation", url_citation: { start_index: 2, end_index: 5, url: "https://b.test" } },
  ]);
});

test("a call without arguments has an empty object of them", () => {
  const [choice] = shown(
    [{ kind: "toolCall", id: "c", name: "f", argsText: "", call: "function" }],
    { class: "tool_calls" },
  );
  expect(choice?.message).toMatchObject({
    content: null,
    tool_calls: [{ function: { arguments: "{}" } }],
  });
});

test("E106 a client that declared functions gets a function_call", () => {
  const blocks: Block[] = [
    { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" },
  ];
  const reply = foreignReply({ candidates: [{ blocks, stop: { class: "tool_calls" } }] });
  const body = plain(openai.codec.reply.encode(reply, { ...CLIENT, legacyCalls: true }).body);
  expect(body["choices"]).toMatchObject([
    { finish_reason: "function_call", message: { function_call: { name: "f", arguments: "{}" } } },
  ]);
});

test("a reply without any content is an empty message", () => {
  const [choice] = shown([], { class: "length" });
  expect(choice).toMatchObject({ message: { content: "" }, finish_reason: "length" });
});

test("the SDK reads a reply with everything in it", async () => {
  const reply = foreignReply({
    candidates: [
      {
        blocks: [
          { kind: "thinking", text: "t", form: "raw", redacted: false },
          { kind: "text", text: "a" },
          { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" },
          { kind: "toolCall", id: "d", name: "g", argsText: "free", call: "custom" },
        ],
        stop: { class: "tool_calls" },
      },
    ],
    usage: { inFresh: 1, output: 1 },
  });
  const read = await judgeOpenai.reply(
    JSON.stringify(plain(openai.codec.reply.encode(reply, CLIENT).body)),
  );
  expect(read).toMatchObject({
    choices: [
      { message: { content: "a", tool_calls: [{ type: "function" }, { type: "custom" }] } },
    ],
  });
});
