// Requests of this dialect to the neutral model, feature by feature; expectations follow translation.md A.1 and B.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Block } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import { CONTEXT, decodeRequest, documentOf, documentOfText, refusalOf, seal } from "./harness.ts";

const USER = { role: "user", content: "hi" };

function turnsOf(...messages: unknown[]): readonly Turn[] {
  return decodeRequest({ messages }).turns;
}

function blocksOf(message: unknown): readonly Block[] {
  return turnsOf(message)[0]?.blocks ?? [];
}

function partOf(part: unknown): Block | undefined {
  return blocksOf({ role: "user", content: [part] })[0];
}

test("each message is a turn; instructions before the conversation are at the top", () => {
  const turns = turnsOf(
    { role: "system", content: "a" },
    { role: "developer", content: "b" },
    USER,
    { role: "system", content: "c" },
  );
  expect(turns.map(({ role, place, path }) => [role, place, path])).toEqual([
    ["system", "top", "/messages/0"],
    ["developer", "top", "/messages/1"],
    ["user", "inline", "/messages/2"],
    ["system", "inline", "/messages/3"],
  ]);
});

test("the features of instructions are noted where they stand", () => {
  const { uses } = decodeRequest({
    messages: [
      { role: "system", content: "a" },
      { role: "developer", content: "b", name: "ops" },
      USER,
      { role: "system", content: "c" },
    ],
  });
  expect(uses).toEqual([
    { id: "R02", path: "/messages/1" },
    { id: "R04", path: "/messages/1/name" },
    { id: "R01", path: "/messages/1" },
    { id: "R03", path: "/messages/3" },
  ]);
});

test("E045 every part of a list becomes a block", () => {
  const [turn] = turnsOf({
    role: "assistant",
    content: [
      { type: "text", text: "a" },
      { type: "refusal", refusal: "no" },
    ],
  });
  expect(turn?.blocks).toEqual([
    { kind: "text", text: "a" },
    { kind: "refusal", text: "no" },
  ]);
});

test("empty content beside calls is no text", () => {
  const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
  expect(blocksOf({ role: "assistant", content: "", tool_calls: [call] })).toEqual([
    { kind: "toolCall", id: "c1", name: "f", argsText: "{}", call: "function" },
  ]);
});

test.each([
  [
    "a data URL with a loose type",
    { type: "image_url", image_url: { url: "data:image/jpg;base64,/9j/4AAQ", detail: "low" } },
    {
      kind: "image",
      media: { kind: "inline", mime: "image/jpeg", base64: "/9j/4AAQ" },
      detail: "low",
    },
  ],
  [
    "a data URL with a parameter and upper case",
    { type: "image_url", image_url: { url: "data:image/png;charset=utf-8;BASE64,iVBORw0KGgo=" } },
    { kind: "image", media: { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" } },
  ],
  [
    "an image on the web",
    { type: "image_url", image_url: { url: "https://x.test/a.png" } },
    { kind: "image", media: { kind: "url", url: "https://x.test/a.png" } },
  ],
  [
    "an image whose address is no object",
    { type: "image_url", image_url: "https://x.test/a.png" },
    { kind: "image", media: { kind: "url", url: "https://x.test/a.png" } },
  ],
  [
    "sound",
    { type: "input_audio", input_audio: { data: "SUQz", format: "mp3" } },
    { kind: "audio", media: { kind: "inline", mime: "audio/mpeg", base64: "SUQz" } },
  ],
  [
    "a file by value",
    {
      type: "file",
      file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0x" },
    },
    {
      kind: "document",
      content: {
        kind: "media",
        media: { kind: "inline", mime: "application/pdf", base64: "JVBERi0x" },
      },
      filename: "a.pdf",
    },
  ],
  [
    "bare base64 with a telling name",
    { type: "file", file: { filename: "a.csv", file_data: "YSxi" } },
    {
      kind: "document",
      content: { kind: "media", media: { kind: "inline", mime: "text/csv", base64: "YSxi" } },
      filename: "a.csv",
    },
  ],
  [
    "a document on the web",
    { type: "document_url", document_url: "https://x.test/a.pdf" },
    {
      kind: "document",
      content: { kind: "media", media: { kind: "url", url: "https://x.test/a.pdf" } },
    },
  ],
  [
    "moving pictures",
    { type: "video_url", video_url: { url: "https://x.test/a.mp4" } },
    { kind: "video", media: { kind: "url", url: "https://x.test/a.mp4" } },
  ],
  [
    "Mistral's reasoning part",
    {
      type: "thinking",
      thinking: [
        { type: "text", text: "so " },
        { type: "text", text: "it is" },
      ],
    },
    { kind: "thinking", text: "so it is", form: "raw", redacted: false },
  ],
] as const)("%s", (_, part, block) => {
  expect(partOf(part)).toEqual(block as unknown as Block);
});

test("a file id names its vendor", () => {
  const block = partOf({ type: "file", file: { file_id: "file-1" } });
  expect(block).toMatchObject({
    content: { media: { kind: "vendor", dialect: "openai", text: '{"file_id":"file-1"}' } },
  });
  expect(
    decodeRequest({
      messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }],
    }).uses,
  ).toContainEqual({ id: "B01", path: "/messages/0/content/0/file" });
});

test("a part of an unknown type is kept whole", () => {
  const text = '{"messages":[{"role":"user","content":[{"type":"hologram","depth":1.0}]}]}';
  const result = openai.codec.request.decode(documentOfText(text), CONTEXT);
  expect(result.ok && result.value.turns[0]?.blocks).toEqual([
    {
      kind: "vendor",
      dialect: "openai",
      text: '{"type":"hologram","depth":1.0}',
      id: "R00",
    } as unknown as Block,
  ]);
});

test("cache breakpoints, also those in Anthropic's form, mark their block", () => {
  const mark = { prompt_cache_breakpoint: { mode: "explicit", ttl: "30m" } };
  expect(partOf({ type: "text", text: "a", ...mark })).toEqual({
    kind: "text",
    text: "a",
    cache: { ttl: "30m" },
  });
  expect(
    partOf({ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }),
  ).toMatchObject({
    cache: { ttl: "1h" },
    ext: [{ path: "/messages/0/content/0/cache_control", id: "R63" }],
  });
});

test("calls of both kinds and their results", () => {
  const turns = turnsOf(
    USER,
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: '{"a": 1.0}' } },
        { id: "c2", type: "custom", custom: { name: "patch", input: "*** begin" } },
      ],
    },
    { role: "tool", tool_call_id: "c2", content: "done" },
    {
      role: "tool",
      tool_call_id: "c1",
      content: [
        { type: "text", text: "1" },
        { type: "text", text: "2" },
      ],
    },
  );
  expect(turns[1]?.blocks).toEqual([
    { kind: "toolCall", id: "c1", name: "f", argsText: '{"a": 1.0}', call: "function" },
    { kind: "toolCall", id: "c2", name: "patch", argsText: "*** begin", call: "custom" },
  ]);
  expect(turns[2]).toEqual({
    role: "user",
    place: "inline",
    blocks: [
      {
        kind: "toolResult",
        id: "c2",
        custom: true,
        parts: [{ kind: "text", text: "done" }],
        isError: false,
      },
    ],
    path: "/messages/2",
  });
  expect(turns[3]?.blocks).toMatchObject([
    {
      id: "c1",
      parts: [
        { kind: "text", text: "1" },
        { kind: "text", text: "2" },
      ],
    },
  ]);
});

test("E122 a result whose text begins with Error is no error", () => {
  const turns = turnsOf({ role: "tool", tool_call_id: "c", content: "Error: none" });
  expect(turns[0]?.blocks[0]).toMatchObject({ isError: false });
});

test("the older form of functions is the same request", () => {
  const request = decodeRequest({
    messages: [
      USER,
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "1" },
    ],
    functions: [{ name: "f", description: "d", parameters: { type: "object" } }],
    function_call: { name: "f" },
  });
  const [, asked, answered] = request.turns;
  expect(request.tools).toEqual([
    {
      kind: "function",
      name: "f",
      description: "d",
      schema: '{"type":"object"}' as never,
      path: "/functions/0",
    },
  ]);
  expect(request.toolChoice).toEqual({ kind: "named", name: "f" });
  expect(request.legacyCalls).toBe(true);
  expect(asked?.blocks[0]).toMatchObject({ kind: "toolCall", name: "f", idMinted: true });
  const id = asked?.blocks[0]?.kind === "toolCall" ? asked.blocks[0].id : "";
  expect(answered?.blocks[0]).toMatchObject({ kind: "toolResult", id, name: "f" });
});

test("ids that are made up are the same on every turn of the conversation", () => {
  const history = [
    USER,
    { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
  ];
  const first = turnsOf(...history)[1];
  const later = turnsOf(...history, { role: "function", name: "f", content: "1" }, USER)[1];
  expect(first).toEqual(later as Turn);
});

test("tools, with what a vendor adds to them", () => {
  const { tools, uses } = decodeRequest({
    messages: [USER],
    tools: [
      {
        type: "function",
        function: {
          name: "f",
          parameters: { type: "object", properties: { "2": {}, "1": {} } },
          strict: true,
          extra: 1,
        },
      },
      { type: "custom", custom: { name: "c", format: { type: "text" } } },
      { type: "openrouter:web_search", parameters: {} },
    ],
  });
  expect(tools).toEqual([
    {
      kind: "function",
      name: "f",
      schema: expect.any(String) as never,
      strict: true,
      path: "/tools/0",
      ext: [{ dialect: "openai", path: "/tools/0/function/extra", text: "1" as never, id: "R00" }],
    },
    { kind: "custom", name: "c", format: '{"type":"text"}' as never, path: "/tools/1" },
    {
      kind: "hosted",
      dialect: "openai",
      service: "web-search",
      text: '{"type":"openrouter:web_search","parameters":{}}' as never,
      id: "R25",
      path: "/tools/2",
    },
  ]);
  expect(uses).toContainEqual({ id: "R21", path: "/tools/0/function/strict" });
});

test.each([
  ["auto", { kind: "auto" }],
  ["none", { kind: "none" }],
  ["required", { kind: "any" }],
  ["any", { kind: "any" }],
  [
    { type: "function", function: { name: "f" } },
    { kind: "named", name: "f" },
  ],
  [
    { type: "custom", custom: { name: "c" } },
    { kind: "named", name: "c", custom: true },
  ],
  [
    {
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
    },
    { kind: "allowed", mode: "any", names: ["f"] },
  ],
] as const)("tool_choice %j", (tool_choice, choice) => {
  expect(decodeRequest({ messages: [USER], tool_choice }).toolChoice).toEqual(choice as never);
});

test("absence of parallel_tool_calls stays absence", () => {
  expect(decodeRequest({ messages: [USER] })).not.toHaveProperty("parallelCalls");
  expect(decodeRequest({ messages: [USER], parallel_tool_calls: false }).parallelCalls).toBe(false);
});

test("zero is not absent, and null is", () => {
  const { sampling } = decodeRequest({ messages: [USER], seed: 0, temperature: 0, top_p: null });
  expect(sampling).toEqual({ seed: "0" as never, temperature: 0 });
});

test("a seed beyond what a double holds keeps its digits", () => {
  const text = '{"messages":[{"role":"user","content":"x"}],"seed":9007199254740993}';
  const result = openai.codec.request.decode(documentOfText(text), CONTEXT);
  expect(result.ok && result.value.sampling.seed).toBe("9007199254740993" as never);
});

test("settings", () => {
  const request = decodeRequest({
    messages: [USER],
    max_tokens: 5,
    max_completion_tokens: 6,
    n: 2,
    stop: "x",
    logprobs: true,
    top_logprobs: 3,
    modalities: ["text", "audio"],
    audio: { voice: "v", format: "wav" },
    verbosity: "low",
    logit_bias: { "1": -100 },
    prompt_cache_key: "k",
    prompt_cache_options: { mode: "implicit", ttl: "30m" },
    safety_identifier: "u1",
    user: "u2",
    metadata: { a: "b" },
    service_tier: "flex",
    store: false,
    reasoning_effort: "minimal",
    response_format: {
      type: "json_schema",
      json_schema: { name: "s", schema: { type: "object" }, strict: true },
    },
  });
  expect(request.output).toEqual({
    maxTokens: 6,
    format: { kind: "schema", schema: '{"type":"object"}' as never, name: "s", strict: true },
    stop: ["x"],
    candidates: 2,
    logprobs: { top: 3 },
    modalities: ["audio"],
    verbosity: "low",
  });
  expect(request.sampling.logitBias).toBe('{"1":-100}' as never);
  expect(request.cache).toEqual({ key: "k", automatic: {}, ttl: "30m" });
  expect(request.identity).toEqual({ user: "u1", metadata: '{"a":"b"}' as never });
  expect(request.tier).toEqual({ class: "flex", raw: "flex" });
  expect(request.store).toBe(false);
  expect(request.reasoning).toEqual({ mode: "on", effort: "minimal" });
  expect(request.ext.map(({ path, id }) => `${id} ${path}`)).toEqual([
    "R63t /prompt_cache_options".replace("R63t", "R65"),
    "R69 /user",
    "R80 /audio",
    "R00 /max_tokens",
  ]);
});

test.each([
  [{ reasoning_effort: "none" }, { mode: "off", effort: "none" }],
  [
    { reasoning: { effort: "high", exclude: true } },
    { mode: "on", effort: "high", display: "hidden" },
  ],
  [{ reasoning: { max_tokens: 2000 } }, { mode: "on", budget: 2000 }],
  [{ reasoning: { enabled: false } }, { mode: "off" }],
  [{ thinking: { type: "enabled", budget_tokens: 1024 } }, { mode: "on", budget: 1024 }],
  [{ thinking: { type: "disabled" } }, { mode: "off" }],
] as const)("reasoning asked for as %j", (fields, reasoning) => {
  expect(decodeRequest({ messages: [USER], ...fields }).reasoning).toEqual(reasoning as never);
});

test("an effort of a vendor's own stays residue", () => {
  const request = decodeRequest({ messages: [USER], reasoning_effort: "default" });
  expect(request.reasoning).toBeUndefined();
  expect(request.ext).toEqual([
    { dialect: "openai", path: "/reasoning_effort", text: '"default"' as never, id: "R00" },
  ]);
});

test("what is unknown is residue with its spelling", () => {
  const text = '{"messages":[{"role":"user","content":"x","mood":{"b":1.0,"a":2}}],"top_a":0.50}';
  const result = openai.codec.request.decode(documentOfText(text), CONTEXT);
  if (!result.ok) throw new Error(result.error.message);
  expect(result.value.turns[0]?.ext).toEqual([
    { dialect: "openai", path: "/messages/0/mood", text: '{"b":1.0,"a":2}' as never, id: "R00" },
  ]);
  expect(result.value.ext).toEqual([
    { dialect: "openai", path: "/top_a", text: "0.50" as never, id: "R00" },
  ]);
});

test("options for a dialect are kept apart", () => {
  const request = decodeRequest({
    messages: [USER],
    gateway_options: { bedrock: { guardrailConfig: { id: 1 } } },
  });
  expect(request.options).toEqual({ bedrock: '{"guardrailConfig":{"id":1}}' as never });
  expect(request.ext).toEqual([]);
});

test("reasoning in the history: structured members win over plain ones", () => {
  const signed = seal({ vendor: "anthropic", model: "claude", kind: "signature", data: "SIG" });
  const blocks = blocksOf({
    role: "assistant",
    content: "4",
    reasoning_content: "two and two",
    reasoning: "two and two",
    reasoning_details: [
      { type: "reasoning.text", text: "two and two", signature: signed, index: 0 },
    ],
  });
  expect(blocks).toEqual([
    {
      kind: "thinking",
      text: "two and two",
      form: "raw",
      redacted: false,
      opaque: [{ vendor: "anthropic", model: "claude", kind: "signature", data: "SIG" }],
    },
    { kind: "text", text: "4" },
  ]);
});

test("a summary and its encrypted form are one block; an encrypted entry alone is redacted", () => {
  const blocks = blocksOf({
    role: "assistant",
    content: "x",
    reasoning_details: [
      { type: "reasoning.summary", summary: "S", format: "openai-responses-v1", index: 0 },
      {
        type: "reasoning.encrypted",
        data: "E",
        id: "rs_1",
        format: "openai-responses-v1",
        index: 0,
      },
      { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
    ],
  });
  expect(blocks.slice(0, 2)).toEqual([
    {
      kind: "thinking",
      text: "S",
      form: "summary",
      redacted: false,
      opaque: [
        { vendor: "", kind: "encrypted", data: "E" },
        { vendor: "", kind: "itemId", data: "rs_1" },
      ],
    },
    {
      kind: "thinking",
      text: "",
      form: "raw",
      redacted: true,
      opaque: [{ vendor: "", kind: "redacted", data: "R" }],
    },
  ]);
});

test("LiteLLM's blocks and Google's signature are read", () => {
  const [thinking, text, call] = blocksOf({
    role: "assistant",
    content: "t",
    thinking_blocks: [{ type: "thinking", thinking: "T", signature: "S" }],
    extra_content: { google: { thought_signature: "G" } },
    tool_calls: [
      {
        id: "c",
        type: "function",
        function: { name: "f", arguments: "" },
        extra_content: { google: { thought_signature: "H" } },
      },
    ],
  });
  expect(thinking).toMatchObject({ text: "T", opaque: [{ kind: "signature", data: "S" }] });
  expect(text).toMatchObject({ text: "t", opaque: [{ kind: "thoughtSignature", data: "G" }] });
  expect(call).toMatchObject({ opaque: [{ kind: "thoughtSignature", data: "H" }] });
});

test.each([
  [{ model: "m" }, "Missing required parameter: 'messages'.", "messages"],
  [
    { messages: "x" },
    "Invalid type for 'messages': expected an array, but got a string instead.",
    "messages",
  ],
  [
    { messages: ["x"] },
    "Invalid type for 'messages[0]': expected an object, but got a string instead.",
    "messages[0]",
  ],
  [
    { messages: [{ content: "x" }] },
    "Missing required parameter: 'messages[0].role'.",
    "messages[0].role",
  ],
  [
    { messages: [{ role: "robot", content: "x" }] },
    "Invalid value: 'robot'. Supported values are: 'system', 'developer', 'user', 'assistant', 'tool', 'function'.",
    "messages[0].role",
  ],
  [
    { messages: [{ role: "tool", content: "x" }] },
    "Missing required parameter: 'messages[0].tool_call_id'.",
    "messages[0].tool_call_id",
  ],
  [
    { messages: [{ role: "user", content: 5 }] },
    "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.",
    "messages[0].content",
  ],
  [
    { messages: [USER], temperature: "hot" },
    "Invalid type for 'temperature': expected a number, but got a string instead.",
    "temperature",
  ],
  [
    { messages: [USER], tools: [{ type: "function" }] },
    "Missing required parameter: 'tools[0].function'.",
    "tools[0].function",
  ],
  [
    { messages: [USER], stop: 1 },
    "Invalid type for 'stop': expected one of a string or array of strings, but got an integer instead.",
    "stop",
  ],
])("%j is refused as OpenAI would", (body, message, param) => {
  expect(refusalOf(body)).toMatchObject({ class: "invalid", message, param });
});

test("a body that is no object is refused", () => {
  expect(refusalOf([1]).class).toBe("invalid");
});

test("whatever JSON comes, decoding answers and never throws", () => {
  const message = fc.record(
    {
      role: fc.constantFrom("system", "user", "assistant", "tool", "function", "x"),
      content: fc.oneof(
        fc.string(),
        fc.array(fc.object({ maxDepth: 2 }), { maxLength: 2 }),
        fc.jsonValue(),
      ),
      tool_calls: fc.jsonValue(),
      function_call: fc.jsonValue(),
      reasoning_details: fc.jsonValue(),
      annotations: fc.jsonValue(),
      tool_call_id: fc.oneof(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: ["role"] },
  );
  const body = fc.record(
    {
      messages: fc.array(message, { maxLength: 3 }),
      tools: fc.jsonValue(),
      tool_choice: fc.jsonValue(),
      response_format: fc.jsonValue(),
      stop: fc.jsonValue(),
      prompt_cache_options: fc.jsonValue(),
      reasoning: fc.jsonValue(),
      gateway_options: fc.jsonValue(),
    },
    { requiredKeys: ["messages"] },
  );
  fc.assert(
    fc.property(body, (value) => {
      const document = documentOf(value);
      const result = openai.codec.request.decode(document, CONTEXT);
      if (result.ok) expect(result.value.source).toBe("openai");
      else expect(result.error.class).toBe("invalid");
    }),
  );
});

test("a part whose type every object has a member of is an unknown part", () => {
  const content = [{ type: "constructor", text: null }, { type: "__proto__" }];
  const { turns } = decodeRequest({ messages: [{ role: "user", content }] });
  expect(turns.flatMap(({ blocks }) => blocks.map(({ kind }) => kind))).toEqual([
    "vendor",
    "vendor",
  ]);
});
