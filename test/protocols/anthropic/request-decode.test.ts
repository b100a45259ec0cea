// Requests of Messages, read (translation.md A.3, B).
import { expect, test } from "bun:test";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import {
  CONTEXT,
  json,
  decodeBlock,
  decodeRequest,
  documentOfText,
  LEAST,
  refusalOf,
  seal,
  usesOf,
} from "./harness.ts";

test("the least that a request can be", () => {
  const { uses, ...request } = decodeRequest({});
  expect(request).toEqual({
    model: "m",
    stream: false,
    streamUsage: true,
    turns: [
      {
        role: "user",
        place: "inline",
        blocks: [{ kind: "text", text: "hi" }],
        path: "/messages/0",
      },
    ],
    tools: [],
    sampling: {},
    output: { maxTokens: 100 },
    cache: {},
    identity: {},
    ext: [],
    options: {},
    source: "anthropic",
  });
  expect(uses).toEqual([{ id: "R54", path: "/max_tokens" }]);
});

test.each([
  [{ ...LEAST, max_tokens: undefined }, "max_tokens: Field required"],
  [{ model: "m", max_tokens: 1 }, "messages: Field required"],
  [{ ...LEAST, messages: [] }, "messages: at least one message is required"],
  [{ ...LEAST, messages: [{ role: "user" }] }, "messages.0.content: Field required"],
  [{ ...LEAST, messages: [{ content: "x" }] }, "messages.0.role: Field required"],
  [
    { ...LEAST, messages: [{ role: "tool", content: "x" }] },
    "messages.0.role: Input should be 'user', 'assistant' or 'system'",
  ],
  [
    { ...LEAST, messages: [{ role: "user", content: 7 }] },
    "messages.0.content: Input should be a string or an array of blocks",
  ],
  [
    { ...LEAST, messages: [{ role: "user", content: [{ type: "text" }] }] },
    "messages.0.content.0.text: Field required",
  ],
  [
    { ...LEAST, messages: [{ role: "user", content: [{ type: "image" }] }] },
    "messages.0.content.0.source: Field required",
  ],
  [{ ...LEAST, max_tokens: "9" }, "max_tokens: Input should be a number"],
  [{ ...LEAST, tools: [{ input_schema: {} }] }, "tools.0.name: Field required"],
  [
    { ...LEAST, tool_choice: { type: "required" } },
    "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
  ],
])("%j is refused: %s", (body, message) => {
  expect(refusalOf(body)).toMatchObject({ class: "invalid", message });
});

test("a body that is no object is refused", () => {
  expect(refusalOf([]).class).toBe("invalid");
});

test("system as a string or as blocks is ahead of the conversation", () => {
  const [plain] = decodeRequest({ system: "be" }).turns;
  expect(plain).toEqual({
    role: "system",
    place: "top",
    blocks: [{ kind: "text", text: "be" }],
    path: "/system",
  });
  const system = [
    { type: "text", text: "a" },
    { type: "text", text: "b", cache_control: { type: "ephemeral", ttl: "1h" } },
  ];
  const request = decodeRequest({ system });
  expect(request.turns[0]?.blocks).toEqual([
    { kind: "text", text: "a" },
    { kind: "text", text: "b", cache: { ttl: "1h" } },
  ]);
  expect(usesOf(request, "R63t")).toEqual(["/system/1/cache_control/ttl"]);
});

test("E032 a system turn among the others keeps its place; neighbours stay apart", () => {
  const request = decodeRequest({
    messages: [
      { role: "user", content: "a" },
      { role: "user", content: "b" },
      { role: "system", content: "c" },
      { role: "assistant", content: "d" },
    ],
  });
  expect(request.turns.map(({ role, place }) => `${role} ${place}`)).toEqual([
    "user inline",
    "user inline",
    "system inline",
    "assistant inline",
  ]);
  expect(usesOf(request, "R03")).toEqual(["/messages/2"]);
  expect(usesOf(request, "R41")).toEqual(["/messages/3"]);
});

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

test.each([
  {
    name: "an image by value",
    block: { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
    decoded: { kind: "image", media: { kind: "inline", mime: "image/png", base64: PNG } },
  },
  {
    name: "an image that is called what it is not",
    block: { type: "image", source: { type: "base64", media_type: "image/jpeg", data: PNG } },
    decoded: { kind: "image", media: { kind: "inline", mime: "image/png", base64: PNG } },
  },
  {
    name: "an image by address",
    block: { type: "image", source: { type: "url", url: "https://a.example/x" } },
    decoded: { kind: "image", media: { kind: "url", url: "https://a.example/x" } },
  },
  {
    name: "E062 a file of the vendor's",
    block: { type: "image", source: { type: "file", file_id: "file_1" } },
    decoded: {
      kind: "image",
      media: {
        kind: "vendor",
        dialect: "anthropic",
        text: '{"type":"file","file_id":"file_1"}',
      },
    },
  },
  {
    name: "a PDF with title, context and citations",
    block: {
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
      title: "T",
      context: "C",
      citations: { enabled: true },
    },
    decoded: {
      kind: "document",
      content: {
        kind: "media",
        media: { kind: "inline", mime: "application/pdf", base64: "JVBERi0=" },
      },
      title: "T",
      context: "C",
      citable: true,
    },
  },
  {
    name: "a plain text document",
    block: { type: "document", source: { type: "text", media_type: "text/plain", data: "x" } },
    decoded: { kind: "document", content: { kind: "text", text: "x", mime: "text/plain" } },
  },
  {
    name: "a document of blocks",
    block: {
      type: "document",
      source: { type: "content", content: [{ type: "text", text: "a" }] },
    },
    decoded: {
      kind: "document",
      content: { kind: "blocks", blocks: [{ kind: "text", text: "a" }] },
    },
  },
  {
    name: "a document of one string",
    block: { type: "document", source: { type: "content", content: "a" } },
    decoded: {
      kind: "document",
      content: { kind: "blocks", blocks: [{ kind: "text", text: "a" }] },
    },
  },
  {
    name: "a document by address",
    block: { type: "document", source: { type: "url", url: "https://a.example/x.pdf" } },
    decoded: {
      kind: "document",
      content: { kind: "media", media: { kind: "url", url: "https://a.example/x.pdf" } },
    },
  },
  {
    name: "a search result",
    block: {
      type: "search_result",
      source: "doc://1",
      title: "T",
      content: [{ type: "text", text: "a" }],
      citations: { enabled: true },
    },
    decoded: {
      kind: "searchResult",
      source: "doc://1",
      title: "T",
      parts: [{ kind: "text", text: "a" }],
      citable: true,
    },
  },
  {
    name: "a result as a string",
    block: { type: "tool_result", tool_use_id: "t", content: "done" },
    decoded: {
      kind: "toolResult",
      id: "t",
      parts: [{ kind: "text", text: "done" }],
      isError: false,
    },
  },
  {
    name: "a result of text and picture that is an error",
    block: {
      type: "tool_result",
      tool_use_id: "t",
      is_error: true,
      content: [
        { type: "text", text: "see" },
        { type: "image", source: { type: "url", url: "u" } },
      ],
    },
    decoded: {
      kind: "toolResult",
      id: "t",
      parts: [
        { kind: "text", text: "see" },
        { kind: "image", media: { kind: "url", url: "u" } },
      ],
      isError: true,
    },
  },
  {
    name: "E119 a result without content",
    block: { type: "tool_result", tool_use_id: "t" },
    decoded: { kind: "toolResult", id: "t", parts: [], isError: false },
  },
])("$name", ({ block, decoded }) => {
  expect(decodeBlock(block)).toEqual(decoded as ReturnType<typeof decodeBlock>);
});

test("every feature is noted where it stands", () => {
  const request = decodeRequest({
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "url", url: "u" } },
          { type: "document", source: { type: "url", url: "u" }, citations: { enabled: true } },
          { type: "text", text: "x", cache_control: { type: "ephemeral" } },
          {
            type: "tool_result",
            tool_use_id: "t",
            is_error: true,
            content: [{ type: "image", source: { type: "url", url: "u" } }],
          },
        ],
      },
    ],
  });
  const noted = request.uses.filter(({ path }) => path.startsWith("/messages"));
  expect(noted.map(({ id, path }) => `${id} ${path}`).sort()).toEqual([
    "R07 /messages/0/content/0",
    "R07 /messages/0/content/3/content/0",
    "R11 /messages/0/content/1",
    "R15 /messages/0/content/1/citations",
    "R37 /messages/0/content/3/content/0",
    "R39 /messages/0/content/3",
    "R63 /messages/0/content/2/cache_control",
  ]);
});

test("arguments are the text that the client wrote", () => {
  const input = '{"2": 1, "1": 12345678901234567890, "x": 1.0}';
  const call = `{"type":"tool_use","id":"toolu_1","name":"f","input":${input}}`;
  const text = `{"max_tokens":1,"messages":[{"role":"assistant","content":[${call}]}]}`;
  const decoded = anthropic.codec.request.decode(documentOfText(text), CONTEXT);
  expect(decoded.ok ? decoded.value.turns[0]?.blocks : decoded.error).toEqual([
    { kind: "toolCall", id: "toolu_1", name: "f", argsText: input, call: "function" },
  ]);
});

test("reasoning: native tokens are the vendor's, envelopes are opened, an empty signature is none", () => {
  const other = { vendor: "openai", model: "o", kind: "encrypted", data: "x" } as const;
  const request = decodeRequest({
    messages: [
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "a", signature: "sig" },
          { type: "thinking", thinking: "", signature: "sig" },
          { type: "thinking", thinking: "b", signature: seal(other) },
          { type: "thinking", thinking: "c", signature: "" },
          { type: "redacted_thinking", data: "blob" },
          { type: "redacted_thinking", data: seal(other) },
        ],
      },
    ],
  });
  const native = { vendor: "anthropic", kind: "signature", data: "sig" } as const;
  const base = { kind: "thinking", form: "summary", redacted: false } as const;
  expect(request.turns[0]?.blocks).toEqual([
    { ...base, text: "a", opaque: [native] },
    { ...base, text: "", opaque: [native] },
    { ...base, text: "b", opaque: [other] },
    { ...base, text: "c" },
    {
      ...base,
      text: "",
      redacted: true,
      opaque: [{ vendor: "anthropic", kind: "redacted", data: "blob" }],
    },
    { ...base, text: "", redacted: true, opaque: [other] },
  ]);
  const at = (index: number) => `/messages/0/content/${index}`;
  expect(usesOf(request, "R61")).toEqual([at(0), at(2), at(3)]);
  expect(usesOf(request, "R62")).toEqual([at(0), at(1), at(4)]);
  expect(usesOf(request, "B08")).toEqual([at(2), at(5)]);
});

test.each([
  [{ type: "server_tool_use", id: "s", name: "web_search", input: { q: 1 } }, "S06"],
  [{ type: "web_search_tool_result", tool_use_id: "s", content: [] }, "S06"],
  [{ type: "container_upload", file_id: "f" }, "B04"],
  [{ type: "compaction", content: "x" }, "B07"],
  [{ type: "block_to_come", x: 1 }, "S06"],
] as const)("%j stays as it is and is %s", (block, id) => {
  expect(decodeBlock(block)).toEqual({
    kind: "vendor",
    dialect: "anthropic",
    text: json(block),
    id,
  });
});

test("unknown members become residue at their places, on every level", () => {
  const request = decodeRequest({
    later: { a: 1.5 },
    metadata: { user_id: "u", more: 1 },
    output_config: { effort: "low", more: 2 },
    messages: [
      {
        role: "user",
        later: 3,
        content: [
          { type: "text", text: "x", later: 4, cache_control: { type: "ephemeral", later: 5 } },
          { type: "tool_use", id: "i", name: "n", input: {}, caller: { type: "code" } },
          { type: "thinking", thinking: "t", signature: "s", later: 6 },
        ],
      },
    ],
    tools: [{ name: "f", input_schema: {}, later: 7, defer_loading: true }],
  });
  expect(usesOf(request, "R00")).toEqual(
    expect.arrayContaining([
      "/later",
      "/metadata/more",
      "/output_config/more",
      "/messages/0/later",
      "/messages/0/content/0/later",
      "/messages/0/content/2/later",
      "/tools/0/later",
    ]),
  );
  expect(usesOf(request, "R34")).toEqual(["/messages/0/content/1/caller"]);
  expect(usesOf(request, "R33")).toEqual(["/tools/0/defer_loading"]);
  expect(request.ext.find(({ path }) => path === "/later")?.text).toBe(json({ a: 1.5 }));
});

test("tools: functions with all that is said of them, and the vendor's own by what they do", () => {
  const request = decodeRequest({
    tools: [
      {
        name: "f",
        description: "d",
        input_schema: { type: "object" },
        strict: true,
        input_examples: [{ a: 1 }],
        cache_control: { type: "ephemeral" },
      },
      { type: "custom", name: "g", input_schema: {} },
      { type: "web_search_20250305", name: "web_search", max_uses: 2 },
      { type: "bash_20250124", name: "bash" },
      { type: "tool_of_2030", name: "x" },
    ],
  });
  expect(request.tools).toEqual([
    {
      kind: "function",
      name: "f",
      description: "d",
      schema: json({ type: "object" }),
      strict: true,
      examples: [json({ a: 1 })],
      cache: {},
      path: "/tools/0",
    },
    { kind: "function", name: "g", schema: json({}), path: "/tools/1" },
    {
      kind: "hosted",
      dialect: "anthropic",
      service: "web-search",
      name: "web_search",
      text: json({ type: "web_search_20250305", name: "web_search", max_uses: 2 }),
      id: "R25",
      path: "/tools/2",
    },
    {
      kind: "hosted",
      dialect: "anthropic",
      service: "client-tool",
      name: "bash",
      text: json({ type: "bash_20250124", name: "bash" }),
      id: "R29",
      path: "/tools/3",
    },
    {
      kind: "hosted",
      dialect: "anthropic",
      service: "other",
      name: "x",
      text: json({ type: "tool_of_2030", name: "x" }),
      id: "R29",
      path: "/tools/4",
    },
  ]);
  expect(usesOf(request, "R63d")).toEqual(["/tools/0/cache_control"]);
});

test.each([
  [{ type: "auto" }, { kind: "auto" }],
  [{ type: "none" }, { kind: "none" }],
  [{ type: "any" }, { kind: "any" }],
  [
    { type: "tool", name: "f" },
    { kind: "named", name: "f" },
  ],
] as const)("the choice %j", (choice, decoded) => {
  expect(decodeRequest({ tool_choice: choice }).toolChoice).toEqual(decoded);
});

test("E107 the switch for parallel calls is turned round, and absent if absent", () => {
  const parallel = (choice: unknown) => decodeRequest({ tool_choice: choice }).parallelCalls;
  expect(parallel({ type: "auto", disable_parallel_tool_use: true })).toBe(false);
  expect(parallel({ type: "auto", disable_parallel_tool_use: false })).toBe(true);
  expect(parallel({ type: "auto" })).toBeUndefined();
});

test.each([
  [{ thinking: { type: "enabled", budget_tokens: 2048 } }, { mode: "on", budget: 2048 }],
  [{ thinking: { type: "adaptive", display: "summarized" } }, { mode: "on", display: "summary" }],
  [{ thinking: { type: "adaptive", display: "omitted" } }, { mode: "on", display: "hidden" }],
  [{ thinking: { type: "disabled" } }, { mode: "off" }],
  [{ output_config: { effort: "xhigh" } }, { mode: "auto", effort: "xhigh" }],
  [
    { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
    { mode: "on", effort: "low" },
  ],
] as const)("reasoning %j", (body, reasoning) => {
  expect(decodeRequest(body).reasoning).toEqual(reasoning);
});

test("what only this vendor says about thinking is residue", () => {
  const request = decodeRequest({ thinking: { type: "between_tools" } });
  expect(usesOf(request, "R60")).toEqual(["/thinking"]);
  const bound = decodeRequest({
    thinking: { type: "adaptive", block_binding: { prefix_mismatch_behavior: "drop_block" } },
  });
  expect(usesOf(bound, "R00")).toEqual(["/thinking/block_binding"]);
});

test("E158 both spellings of the output's schema mean the same", () => {
  const format = { type: "json_schema", schema: { type: "object" } };
  const newer = decodeRequest({ output_config: { format } });
  const older = decodeRequest({ output_format: format });
  expect(newer.output.format).toEqual(older.output.format);
  expect(newer.output.format).toEqual({
    kind: "schema",
    schema: json({ type: "object" }),
  });
  expect([usesOf(newer, "R43")[0], usesOf(older, "R43")[0]]).toEqual([
    "/output_config/format",
    "/output_format",
  ]);
});

test("settings: sampling, stops, user, tier, automatic caching", () => {
  const request = decodeRequest({
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    stop_sequences: ["a", "b"],
    metadata: { user_id: "u" },
    service_tier: "standard_only",
    cache_control: { type: "ephemeral", ttl: "1h" },
  });
  expect(request).toMatchObject({
    sampling: { temperature: 0, topP: 0.5, topK: 3 },
    output: { maxTokens: 100, stop: ["a", "b"] },
    identity: { user: "u" },
    tier: { class: "default", raw: "standard_only" },
    cache: { automatic: { ttl: "1h" } },
  });
  expect(usesOf(request, "R65")).toEqual(["/cache_control"]);
});

test.each([
  ["speed", "fast", "R70b"],
  ["inference_geo", "eu", "R81"],
  ["container", "c", "B04"],
  ["mcp_servers", [{}], "R28"],
  ["context_management", { edits: [] }, "R73"],
  ["compaction", {}, "R73"],
  ["thread", { type: "create" }, "R71"],
] as const)("%s %j is kept, and is %s of the loss table", (key, value, id) => {
  const request = decodeRequest({ [key]: value });
  expect(usesOf(request, id)).toEqual([`/${key}`]);
  expect(request.ext).toEqual([
    {
      dialect: "anthropic",
      path: `/${key}`,
      text: json(value),
      id,
    },
  ]);
});

test("E328 options for other dialects are kept apart and are no loss", () => {
  const request = decodeRequest({ gateway_options: { openai: { seed: 7 } } });
  expect(request.options).toEqual({ openai: json({ seed: 7 }) });
  expect(usesOf(request, "R00")).toEqual([]);
});

test("citations of earlier answers are kept", () => {
  const citation = {
    type: "char_location",
    cited_text: "q",
    document_index: 0,
    document_title: null,
    start_char_index: 0,
    end_char_index: 1,
  };
  const request = decodeRequest({
    messages: [
      { role: "assistant", content: [{ type: "text", text: "x", citations: [citation] }] },
      { role: "user", content: "go on" },
    ],
  });
  expect(request.turns[0]?.blocks).toMatchObject([
    { kind: "text", citations: [{ source: { kind: "document", index: 0 }, quote: "q" }] },
  ]);
  expect(usesOf(request, "S07b")).toEqual(["/messages/0/content/0/citations/0"]);
});
