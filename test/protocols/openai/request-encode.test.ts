// The neutral request to this dialect: rules of translation.md B, column OC, for requests of other dialects.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Block, Opaque, ToolCallBlock, ToolResultBlock } from "../../../src/ir/block.ts";
import type { Req, Turn } from "../../../src/ir/request.ts";
import { jsonText, type JsonText } from "../../../src/lib/json.ts";
import type { ModelCapabilities } from "../../../src/protocols/protocol.ts";
import { compatible, decodeRequest, encodeRequest, foreign, OPENAI } from "./harness.ts";

function json(text: string): JsonText {
  const checked = jsonText(text);
  if (checked === undefined) throw new Error(text);
  return checked;
}

function turn(role: Turn["role"], blocks: readonly Block[], at = 0): Turn {
  const place = role === "system" ? "top" : "inline";
  return { role, place, blocks, path: `/messages/${at}` };
}

const text = (words: string): Block => ({ kind: "text", text: words });

function call(id: string, name = "f", argsText = "{}"): ToolCallBlock {
  return { kind: "toolCall", id, name, argsText, call: "function" };
}

function result(id: string, parts: readonly Block[], isError = false): ToolResultBlock {
  return { kind: "toolResult", id, parts, isError };
}

const PNG: Block = {
  kind: "image",
  media: { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" },
};
const PNG_PART = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };

function messagesOf(...turns: readonly Turn[]) {
  return encodeRequest(foreign({ turns })).body["messages"];
}

test("results follow their calls one by one, and their images follow the whole group", () => {
  const messages = messagesOf(
    turn("user", [text("go")], 0),
    turn("assistant", [text("calling"), call("a"), call("b")], 1),
    turn("user", [result("a", [text("1"), PNG]), result("b", [text("2")]), text("and?")], 2),
  );
  expect(messages).toEqual([
    { role: "user", content: "go" },
    {
      role: "assistant",
      content: "calling",
      tool_calls: [
        { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
        { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
      ],
    },
    {
      role: "tool",
      tool_call_id: "a",
      content: [
        { type: "text", text: "1" },
        { type: "text", text: "[image attached below]" },
      ],
    },
    { role: "tool", tool_call_id: "b", content: "2" },
    { role: "user", content: [PNG_PART] },
    { role: "user", content: "and?" },
  ]);
});

test("results in turns of their own stay one group", () => {
  const messages = messagesOf(
    turn("assistant", [call("a"), call("b")], 0),
    turn("user", [result("a", [PNG])], 1),
    turn("user", [result("b", [text("2")])], 2),
  );
  expect((messages as { role: string }[]).map(({ role }) => role)).toEqual([
    "assistant",
    "tool",
    "tool",
    "user",
  ]);
});

test("what a model cannot see of a result is told at the result that had it", () => {
  const turns = [
    turn("assistant", [call("a"), call("b")], 0),
    turn("user", [result("a", [text("1")])], 1),
    turn("user", [result("b", [PNG])], 2),
  ];
  const uses = [{ id: "R06", path: "/messages/2/content/0" }] as const;
  const target = { ...OPENAI, capabilities: { vision: false } };
  const { report } = encodeRequest(foreign({ turns, uses }), target);
  expect(report.losses).toEqual([{ id: "R06", path: "/messages/2/content/0", level: "X" }]);
});

test("calls in neighbouring assistant turns become one message, because results must follow at once", () => {
  const messages = messagesOf(
    turn("assistant", [call("a")], 0),
    turn("assistant", [call("b")], 1),
    turn("user", [result("a", []), result("b", [])], 2),
  );
  expect(messages).toMatchObject([
    { role: "assistant", content: null, tool_calls: [{ id: "a" }, { id: "b" }] },
    { role: "tool", tool_call_id: "a", content: "" },
    { role: "tool", tool_call_id: "b", content: "" },
  ]);
});

test("neighbouring assistant turns without calls ahead stay apart", () => {
  const messages = messagesOf(turn("assistant", [text("a")], 0), turn("assistant", [call("c")], 1));
  expect(messages).toMatchObject([{ content: "a" }, { content: null, tool_calls: [{ id: "c" }] }]);
});

test("E121 an error is told by a prefix, once", () => {
  const messages = messagesOf(
    turn("assistant", [call("a"), call("b"), call("c")]),
    turn("user", [
      result("a", [text("no file")], true),
      result("b", [text("Error: x")], true),
      result("c", [], true),
    ]),
  );
  expect((messages as { content: unknown }[]).slice(1).map(({ content }) => content)).toEqual([
    "Error: no file",
    "Error: x",
    "Error:",
  ]);
});

test("a call that was never answered gets an answer, unless it is the last word", () => {
  const asked = turn("assistant", [call("a")], 0);
  expect(messagesOf(asked)).toHaveLength(1);
  const { body, report } = encodeRequest(
    foreign({ turns: [asked, turn("user", [text("hm")], 1)] }),
  );
  expect(body["messages"]).toMatchObject([
    { role: "assistant" },
    { role: "tool", tool_call_id: "a", content: "Error: no result recorded" },
    { role: "user", content: "hm" },
  ]);
  expect(report.emulated).toEqual([{ id: "R40", path: "/messages/0" }]);
});

test("a result without a call becomes text of the user", () => {
  const { body, report } = encodeRequest(
    foreign({ turns: [turn("user", [result("z", [text("1")])])] }),
  );
  expect(body["messages"]).toEqual([{ role: "user", content: "[tool result: z]\n1" }]);
  expect(report.losses).toEqual([{ id: "R40", path: "/messages/0", level: "D" }]);
});

test("an id that is too long is hashed, and the result follows", () => {
  const long = "x".repeat(100);
  const messages = messagesOf(
    turn("assistant", [call(long)]),
    turn("user", [result(long, [text("1")])]),
  );
  const [asked, answered] = messages as { tool_calls?: { id: string }[]; tool_call_id?: string }[];
  const id = asked?.tool_calls?.[0]?.id ?? "";
  expect(id).toMatch(/^call_[0-9a-f]{16}$/);
  expect(answered?.tool_call_id).toBe(id);
});

test("an id that occurs twice is told apart, and results are matched in order", () => {
  const messages = messagesOf(
    turn("assistant", [call("a"), call("a")]),
    turn("user", [result("a", [text("1")]), result("a", [text("2")])]),
  );
  expect(messages).toMatchObject([
    { tool_calls: [{ id: "a" }, { id: "a_2" }] },
    { tool_call_id: "a", content: "1" },
    { tool_call_id: "a_2", content: "2" },
  ]);
});

test("arguments go as they are; nothing at all is an empty object", () => {
  const messages = messagesOf(
    turn("assistant", [call("a", "f", " "), call("b", "f", '{"2":1,"1":12345678901234567890}')]),
  );
  expect(messages).toMatchObject([
    {
      tool_calls: [
        { function: { arguments: "{}" } },
        { function: { arguments: '{"2":1,"1":12345678901234567890}' } },
      ],
    },
  ]);
});

test("E034 developer stays developer where the server knows it", () => {
  const request = foreign({
    turns: [turn("developer", [text("d")])],
    uses: [{ id: "R02", path: "/messages/0" }],
  });
  expect(encodeRequest(request).body["messages"]).toMatchObject([{ role: "developer" }]);
  const { body, report } = encodeRequest(request, compatible({ developerRole: false }));
  expect(body["messages"]).toMatchObject([{ role: "system" }]);
  expect(report.losses).toEqual([{ id: "R02", path: "/messages/0", level: "D" }]);
});

test("an instruction between the turns stays in its place", () => {
  const inline: Turn = { ...turn("system", [text("s")], 1), place: "inline" };
  const messages = messagesOf(turn("user", [text("u")]), inline, turn("assistant", [text("a")], 2));
  expect((messages as { role: string }[]).map(({ role }) => role)).toEqual([
    "user",
    "system",
    "assistant",
  ]);
});

test("media and documents", () => {
  const pdf: Block = {
    kind: "document",
    title: "Report",
    content: {
      kind: "media",
      media: { kind: "inline", mime: "application/pdf", base64: "JVBERi0x" },
    },
  };
  const csv: Block = {
    kind: "document",
    filename: "t.csv",
    content: { kind: "media", media: { kind: "inline", mime: "text/csv", base64: "YSxi" } },
  };
  const plain: Block = {
    kind: "document",
    title: "T",
    content: { kind: "text", text: "body", mime: "text/plain" },
  };
  const found: Block = { kind: "searchResult", source: "s", title: "t", parts: [text("passage")] };
  const sound: Block = {
    kind: "audio",
    media: { kind: "inline", mime: "audio/mpeg", base64: "SUQz" },
  };
  expect(messagesOf(turn("user", [PNG, pdf, csv, plain, found, sound]))).toEqual([
    {
      role: "user",
      content: [
        PNG_PART,
        {
          type: "file",
          file: { filename: "Report.pdf", file_data: "data:application/pdf;base64,JVBERi0x" },
        },
        { type: "text", text: "[file: t.csv]\na,b" },
        { type: "text", text: "[file: T]\nbody" },
        { type: "text", text: '<search_result source="s" title="t">\npassage\n</search_result>' },
        { type: "input_audio", input_audio: { data: "SUQz", format: "mp3" } },
      ],
    },
  ]);
});

const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

test.each<[string, Block, string]>([
  [
    "a foreign file id",
    {
      kind: "image",
      media: { kind: "vendor", dialect: "gemini", text: json('{"fileUri":"gs://x"}') },
    },
    "B01",
  ],
  [
    "moving pictures",
    { kind: "video", media: { kind: "url", url: "https://x.test/v.mp4" } },
    "R17",
  ],
  [
    "a PDF on the web",
    {
      kind: "document",
      content: { kind: "media", media: { kind: "url", url: "https://x.test/a.pdf" } },
    },
    "R11",
  ],
  [
    "an office file",
    {
      kind: "document",
      content: { kind: "media", media: { kind: "inline", mime: docx, base64: "UEsDBA==" } },
    },
    "R12",
  ],
  [
    "sound in another format",
    { kind: "audio", media: { kind: "inline", mime: "audio/flac", base64: "ZkxhQw==" } },
    "R16",
  ],
  ["a foreign block", { kind: "vendor", dialect: "anthropic", text: json("{}"), id: "B04" }, "B04"],
])("%s is reported, not dropped in silence", (_, block, id) => {
  const { body, report } = encodeRequest(foreign({ turns: [turn("user", [block, text("?")])] }));
  expect(body["messages"]).toEqual([{ role: "user", content: "?" }]);
  expect(report.losses).toEqual([{ id: id as never, path: "/messages/0", level: "X" }]);
});

test("what the model cannot see is reported", () => {
  const target = { ...OPENAI, capabilities: { vision: false } };
  const { report } = encodeRequest(foreign({ turns: [turn("user", [PNG, text("?")])] }), target);
  expect(report.losses).toEqual([{ id: "R06", path: "/messages/0", level: "X" }]);
});

test("a name that is too long is shortened everywhere, and comes back", () => {
  const name = `mcp.server.${"x".repeat(80)}`;
  const request = foreign({
    turns: [turn("assistant", [call("a", name)])],
    tools: [{ kind: "function", name, path: "/tools/0" }],
    toolChoice: { kind: "named", name },
  });
  const { body, restore } = encodeRequest(request);
  const tools = body["tools"] as unknown as { function: { name: string } }[];
  const wire = tools[0]?.function.name ?? "";
  expect(wire).toMatch(/^mcp_server_x+_[0-9a-f]{8}$/);
  expect(wire).toHaveLength(64);
  expect(body["tool_choice"]).toEqual({ type: "function", function: { name: wire } });
  expect(body["messages"]).toMatchObject([{ tool_calls: [{ function: { name: wire } }] }]);
  expect([...restore.toolNames]).toEqual([[wire, name]]);
});

test("without tools there is neither choice nor parallel switch", () => {
  const { body } = encodeRequest(foreign({ toolChoice: { kind: "any" }, parallelCalls: false }));
  expect(body).not.toHaveProperty("tool_choice");
  expect(body).not.toHaveProperty("parallel_tool_calls");
  expect(body).not.toHaveProperty("tools");
});

test("strict goes only with a schema that allows it", () => {
  const open = json('{"type":"object","properties":{"a":{"type":"string"}}}');
  const closed = json(
    '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}',
  );
  const { body, report } = encodeRequest(
    foreign({
      tools: [
        { kind: "function", name: "a", schema: open, strict: true, path: "/tools/0" },
        { kind: "function", name: "b", schema: closed, strict: true, path: "/tools/1" },
      ],
      uses: [
        { id: "R21", path: "/tools/0/strict" },
        { id: "R21", path: "/tools/1/strict" },
      ],
    }),
  );
  const tools = body["tools"] as unknown as { function: { strict?: boolean } }[];
  expect(tools.map((tool) => tool.function.strict)).toEqual([undefined, true]);
  expect(report.losses).toEqual([{ id: "R21", path: "/tools/0/strict", level: "X" }]);
});

test("Anthropic's bash goes out as a function, other hosted tools are reported", () => {
  const { body, report } = encodeRequest(
    foreign({
      tools: [
        {
          kind: "hosted",
          dialect: "anthropic",
          service: "client-tool",
          name: "bash",
          text: json('{"type":"bash_20250124","name":"bash"}'),
          id: "R29",
          path: "/tools/0",
        },
        {
          kind: "hosted",
          dialect: "anthropic",
          service: "code-execution",
          text: json("{}"),
          id: "R26",
          path: "/tools/1",
        },
      ],
      toolChoice: { kind: "named", name: "bash" },
      uses: [
        { id: "R29", path: "/tools/0" },
        { id: "R26", path: "/tools/1" },
      ],
    }),
  );
  expect(body["tools"]).toMatchObject([
    { type: "function", function: { name: "bash", parameters: { properties: { command: {} } } } },
  ]);
  expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "bash" } });
  expect(report.emulated).toEqual([{ id: "R29", path: "/tools/0" }]);
  expect(report.losses).toEqual([{ id: "R26", path: "/tools/1", level: "X" }]);
});

test("R22 examples move into the description", () => {
  const { body } = encodeRequest(
    foreign({
      tools: [
        {
          kind: "function",
          name: "f",
          description: "d",
          examples: [json('{"a":1}')],
          path: "/tools/0",
        },
      ],
    }),
  );
  expect(body["tools"]).toMatchObject([
    { function: { description: 'd\nExamples of input:\n{"a":1}' } },
  ]);
});

test.each<[string, Req["toolChoice"], unknown]>([
  ["auto", { kind: "auto" }, "auto"],
  ["none", { kind: "none" }, "none"],
  ["any", { kind: "any" }, "required"],
  ["named", { kind: "named", name: "f" }, { type: "function", function: { name: "f" } }],
  [
    "free-form",
    { kind: "named", name: "c", custom: true },
    { type: "custom", custom: { name: "c" } },
  ],
  [
    "allowed",
    { kind: "allowed", mode: "any", names: ["f", "c"] },
    {
      type: "allowed_tools",
      allowed_tools: {
        mode: "required",
        tools: [
          { type: "function", function: { name: "f" } },
          { type: "custom", custom: { name: "c" } },
        ],
      },
    },
  ],
])("choice %s", (_, toolChoice, expected) => {
  const request = foreign({
    tools: [
      { kind: "function", name: "f", path: "/tools/0" },
      { kind: "custom", name: "c", path: "/tools/1" },
    ],
    ...(toolChoice === undefined ? {} : { toolChoice }),
  });
  expect(encodeRequest(request).body["tool_choice"]).toEqual(expected as never);
});

test("a model that cannot be forced is asked", () => {
  const target = {
    ...OPENAI,
    capabilities: { forcedToolChoice: "without-reasoning" } as ModelCapabilities,
  };
  const tools = [{ kind: "function", name: "f", path: "/tools/0" }] as const;
  const asked = foreign({ tools, toolChoice: { kind: "any" }, reasoning: { mode: "on" } });
  expect(encodeRequest(asked, target).body["tool_choice"]).toBe("auto");
  expect(
    encodeRequest(foreign({ tools, toolChoice: { kind: "any" } }), target).body["tool_choice"],
  ).toBe("required");
});

test("ranges are clamped, zeros are kept, numbers are not changed", () => {
  const uses = [{ id: "R47", path: "/temperature" }] as const;
  const { body, report } = encodeRequest(
    foreign({
      sampling: { temperature: 2.5, topP: 0.7, frequencyPenalty: 0, seed: json("0") },
      uses,
    }),
  );
  expect(body).toMatchObject({ temperature: 2, top_p: 0.7, frequency_penalty: 0, seed: 0 });
  expect(report.losses).toEqual([{ id: "R47", path: "/temperature", level: "D" }]);
});

test("a model that takes one of temperature and top_p gets the temperature", () => {
  const target = { ...OPENAI, capabilities: { sampling: "one" } as ModelCapabilities };
  const { body } = encodeRequest(foreign({ sampling: { temperature: 1, topP: 0.5 } }), target);
  expect(body).toMatchObject({ temperature: 1 });
  expect(body).not.toHaveProperty("top_p");
});

test("E215 E217 four stop sequences at most, no empty one, none twice", () => {
  const request = foreign({
    output: { stop: ["a", "", "b", "a", "c", "d", "e"] },
    uses: [{ id: "R53", path: "/stop" }],
  });
  const { body, report, emulate } = encodeRequest(request);
  expect(body["stop"]).toEqual(["a", "b", "c", "d"]);
  expect(report.losses).toEqual([]);
  expect(report.emulated).toEqual([{ id: "R53", path: "/stop" }]);
  expect(emulate).toEqual({ stop: ["e"] });
});

test("E220 the limit goes into the member that the server knows", () => {
  const request = foreign({ output: { maxTokens: 10 } });
  expect(encodeRequest(request).body["max_completion_tokens"]).toBe(10);
  expect(
    encodeRequest(request, compatible({ maxTokensField: "max_tokens" })).body["max_tokens"],
  ).toBe(10);
  expect(
    encodeRequest(request, { ...OPENAI, capabilities: { maxOutput: 4 } }).body[
      "max_completion_tokens"
    ],
  ).toBe(4);
});

test("usage is always asked for in streams, where the server understands that", () => {
  const streaming = { ...OPENAI, stream: true };
  expect(encodeRequest(foreign({}), streaming).body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
  const plain = encodeRequest(foreign({}), {
    ...streaming,
    profile: { streamOptions: false },
  }).body;
  expect(plain).not.toHaveProperty("stream_options");
  expect(encodeRequest(foreign({})).body).not.toHaveProperty("stream");
});

test.each([
  [{ mode: "on", effort: "xhigh" }, "xhigh"],
  [{ mode: "on", budget: 9000 }, "medium"],
  [{ mode: "off" }, "none"],
  [{ mode: "auto" }, undefined],
  [{ mode: "on" }, undefined],
] as const)("reasoning %j is asked for as %s", (reasoning, effort) => {
  expect(encodeRequest(foreign({ reasoning })).body["reasoning_effort"]).toBe(effort as never);
});

test("a model that cannot reason is not asked to, one that must is asked for little", () => {
  const none = { ...OPENAI, capabilities: { reasoning: "none" } as ModelCapabilities };
  const uses = [{ id: "R57", path: "/e" }] as const;
  const high = encodeRequest(foreign({ reasoning: { mode: "on", effort: "high" }, uses }), none);
  expect(high.body).not.toHaveProperty("reasoning_effort");
  expect(high.report.losses).toEqual([{ id: "R57", path: "/e", level: "X" }]);
  const always = { ...OPENAI, capabilities: { reasoningOff: "no" } as ModelCapabilities };
  expect(
    encodeRequest(foreign({ reasoning: { mode: "off" } }), always).body["reasoning_effort"],
  ).toBe("minimal");
  const few = { ...OPENAI, capabilities: { efforts: ["low", "high"] } as ModelCapabilities };
  const most = encodeRequest(foreign({ reasoning: { mode: "on", effort: "xhigh" }, uses }), few);
  expect(most.body["reasoning_effort"]).toBe("high");
  expect(most.report.losses).toEqual([{ id: "R57", path: "/e", level: "D" }]);
});

test("E151 JSON mode says JSON in a message if nobody did", () => {
  const output = { format: { kind: "json" } } as const;
  const told = encodeRequest(
    foreign({ output, turns: [turn("system", [text("s")]), turn("user", [text("u")], 1)] }),
  );
  expect(told.body["messages"]).toEqual([
    { role: "system", content: "s" },
    { role: "system", content: "Answer with one JSON object." },
    { role: "user", content: "u" },
  ]);
  expect(told.body["response_format"]).toEqual({ type: "json_object" });
  const said = encodeRequest(foreign({ output, turns: [turn("user", [text("Reply in json")])] }));
  expect(said.body["messages"]).toHaveLength(1);
});

test("a schema gets a name, and strict only where it can be", () => {
  const schema = json('{"type":"object","properties":{"b":{},"a":{}}}');
  const format = { kind: "schema", schema, name: "my schema!" } as const;
  expect(encodeRequest(foreign({ output: { format } })).body["response_format"]).toEqual({
    type: "json_schema",
    json_schema: {
      name: "my_schema_",
      schema: { type: "object", properties: { b: {}, a: {} } },
      strict: false,
    },
  });
  const unnamed = encodeRequest(foreign({ output: { format: { kind: "schema", schema } } }));
  expect(unnamed.body["response_format"]).toMatchObject({ json_schema: { name: "response" } });
});

test("a model without schemas is told the schema in words", () => {
  const format = { kind: "schema", schema: json('{"type":"object"}') } as const;
  const target = { ...OPENAI, capabilities: { jsonSchema: false } };
  const { body, report } = encodeRequest(
    foreign({ output: { format }, turns: [turn("user", [text("x")])] }),
    target,
  );
  expect(body["response_format"]).toEqual({ type: "json_object" });
  expect(JSON.stringify(body["messages"])).toContain('{\\"type\\":\\"object\\"}');
  expect(report.losses).toEqual([{ id: "R43", path: "", level: "D" }]);
});

test("members that only OpenAI knows stay away from other servers", () => {
  const request = foreign({
    identity: { user: "u", metadata: json('{"a":"b"}') },
    cache: { key: "k" },
    tier: { class: "flex", raw: "flex" },
    store: false,
    output: { verbosity: "low" },
  });
  expect(encodeRequest(request).body).toMatchObject({
    safety_identifier: "u",
    metadata: { a: "b" },
    prompt_cache_key: "k",
    service_tier: "flex",
    store: false,
    verbosity: "low",
  });
  expect(encodeRequest(request, compatible()).body).toEqual({
    model: "gpt-x",
    messages: [],
    user: "u",
  });
});

test("E325 a user id that is too long is hashed", () => {
  const { body } = encodeRequest(foreign({ identity: { user: "x".repeat(200) } }));
  expect(body["safety_identifier"]).toMatch(/^user_[0-9a-f]{16}$/);
});

test("breakpoints go to OpenAI on parts, four at most", () => {
  const marked = (words: string): Block => ({ kind: "text", text: words, cache: {} });
  const turns = [turn("system", [marked("s")]), turn("user", ["1", "2", "3", "4"].map(marked), 1)];
  const { body } = encodeRequest(foreign({ turns }));
  const point = { prompt_cache_breakpoint: { mode: "explicit" } };
  expect(body["messages"]).toEqual([
    { role: "system", content: [{ type: "text", text: "s", ...point }] },
    {
      role: "user",
      content: [
        { type: "text", text: "1" },
        { type: "text", text: "2", ...point },
        { type: "text", text: "3", ...point },
        { type: "text", text: "4", ...point },
      ],
    },
  ]);
  expect(JSON.stringify(encodeRequest(foreign({ turns }), compatible()).body)).not.toContain(
    "breakpoint",
  );
});

test("a breakpoint on a result stands on its text, one on a call on the nearest part before", () => {
  const point = { prompt_cache_breakpoint: { mode: "explicit" } };
  const messages = messagesOf(
    turn("user", [text("go")]),
    turn("assistant", [{ ...call("a"), cache: {} }], 1),
    turn("user", [{ ...result("a", [text("1"), text("2")]), cache: {} }], 2),
  );
  expect(messages).toMatchObject([
    { role: "user", content: [{ type: "text", text: "go", ...point }] },
    { role: "assistant" },
    {
      role: "tool",
      content: [
        { type: "text", text: "1" },
        { type: "text", text: "2", ...point },
      ],
    },
  ]);
});

test("a breakpoint that is not sent is reported", () => {
  const turns = [turn("user", [{ kind: "text", text: "a", cache: {} }])];
  const uses = [{ id: "R63", path: "/messages/0/content/0/cache_control" }] as const;
  expect(encodeRequest(foreign({ turns, uses }), compatible()).report.losses).toEqual([
    { id: "R63", path: "/messages/0/content/0/cache_control", level: "X" },
  ]);
  expect(encodeRequest(foreign({ turns, uses })).report.losses).toEqual([]);
});

const THOUGHT: Block = { kind: "thinking", text: "hm", form: "raw", redacted: false };

test("E185 reasoning goes back only to servers that want it", () => {
  const turns = [turn("assistant", [THOUGHT, text("a")])];
  const uses = [{ id: "R61", path: "/messages/0/content/0" }] as const;
  const quiet = encodeRequest(foreign({ turns, uses }));
  expect(quiet.body["messages"]).toEqual([{ role: "assistant", content: "a" }]);
  expect(quiet.report.losses).toEqual([{ id: "R61", path: "/messages/0/content/0", level: "D" }]);
  const wanted = encodeRequest(foreign({ turns, uses }), compatible({ reasoningReplay: true }));
  expect(wanted.body["messages"]).toEqual([
    { role: "assistant", content: "a", reasoning_content: "hm" },
  ]);
  expect(wanted.report.losses).toEqual([]);
});

test("a foreign token is dropped as B08, and its thought is never visible text", () => {
  const opaque: Opaque[] = [
    { vendor: "anthropic", model: "claude", kind: "signature", data: "SIG" },
  ];
  const request = foreign({
    turns: [turn("assistant", [{ ...THOUGHT, opaque }, text("a")])],
    uses: [{ id: "R62", path: "/messages/0/content/0" }],
  });
  const { body, report } = encodeRequest(request, compatible({ reasoningReplay: true }));
  expect(JSON.stringify(body)).not.toContain("SIG");
  expect(body["messages"]).toEqual([{ role: "assistant", content: "a", reasoning_content: "hm" }]);
  expect(report.losses).toEqual([{ id: "B08", path: "/messages/0", level: "X" }]);
});

test("a token of the upstream itself goes home", () => {
  const opaque: Opaque[] = [{ vendor: "somebody", kind: "encrypted", data: "ENC" }];
  const request = foreign({
    turns: [turn("assistant", [{ ...THOUGHT, opaque }, text("a")])],
  });
  expect(
    encodeRequest(request, compatible({ reasoningReplay: true })).body["messages"],
  ).toMatchObject([
    {
      reasoning_details: [
        { type: "reasoning.text", text: "hm", index: 0 },
        { type: "reasoning.encrypted", data: "ENC", index: 0 },
      ],
    },
  ]);
});

test("options for this dialect are merged last, member by member", () => {
  const request = foreign({
    sampling: { temperature: 1 },
    options: { openai: json('{"temperature":0.5,"top_k":40,"stream_options":{"x":1.0}}') },
  });
  const { body } = encodeRequest(request, { ...OPENAI, stream: true });
  expect(body).toMatchObject({
    temperature: 0.5,
    top_k: 40,
    stream_options: { include_usage: true, x: 1 },
  });
});

test("residues of other dialects are left out", () => {
  const request = foreign({
    ext: [{ dialect: "elsewhere", path: "/foo", text: json("1"), id: "R00" }],
    uses: [{ id: "R00", path: "/foo" }],
  });
  const { body, report } = encodeRequest(request);
  expect(body).not.toHaveProperty("foo");
  expect(report.losses).toEqual([{ id: "R00", path: "/foo", level: "X" }]);
});

test("own residues return to their places with their spelling", () => {
  const request = decodeRequest({
    messages: [
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "https://x.test/i", fancy: 1 }, note: true },
        ],
        mood: "m",
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c", type: "function", function: { name: "f", arguments: "{}" }, tag: 7 },
        ],
      },
    ],
    tools: [{ type: "function", function: { name: "f", hint: 1 }, level: 2 }],
    stream_options: { include_obfuscation: false },
    top_a: 0.5,
  });
  const { body, report } = encodeRequest(request, { ...OPENAI, stream: true });
  expect(body).toMatchObject({
    messages: [
      { mood: "m", content: [{ image_url: { url: "https://x.test/i", fancy: 1 }, note: true }] },
      { tool_calls: [{ tag: 7 }] },
    ],
    tools: [{ function: { name: "f", hint: 1 }, level: 2 }],
    stream_options: { include_usage: true, include_obfuscation: false },
    top_a: 0.5,
  });
  expect(report.losses).toEqual([]);
});

test("what only some servers of this dialect take goes back as its client wrote it", () => {
  const messages = [
    {
      role: "user",
      content: [
        { type: "video_url", video_url: { url: "https://x.test/v" } },
        { type: "document_url", document_url: "https://x.test/d" },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
        { type: "text", text: "a" },
      ],
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    {
      role: "tool",
      tool_call_id: "c",
      content: [{ type: "image_url", image_url: { url: "https://x.test/i" } }],
    },
  ];
  const { body, report } = encodeRequest(decodeRequest({ messages }));
  expect(body["messages"]).toEqual(messages as never);
  expect(report.losses).toEqual([]);
});

test("the same request gives the same bytes", () => {
  const request = foreign({
    turns: [
      turn("user", [text("a"), PNG]),
      turn("assistant", [call("x".repeat(70), "n".repeat(70))], 1),
    ],
    tools: [{ kind: "function", name: "n".repeat(70), path: "/tools/0" }],
  });
  expect(JSON.stringify(encodeRequest(request).body)).toBe(
    JSON.stringify(encodeRequest(request).body),
  );
});

test("every call is followed by exactly one answer each, whatever the history", () => {
  const id = fc.constantFrom("a", "b", "c");
  const block = fc.oneof(
    id.map((name) => call(name)),
    id.map((name): Block => result(name, [text(name)])),
    fc.constant(text("t")),
  );
  const someTurn = fc.record({
    role: fc.constantFrom("user", "assistant"),
    blocks: fc.array(block, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(someTurn, { maxLength: 6 }), (shapes) => {
      const turns = shapes.map(({ role, blocks }, at) =>
        turn(
          role as Turn["role"],
          blocks.filter((each) =>
            each.kind === "toolCall"
              ? role === "assistant"
              : each.kind !== "toolResult" || role === "user",
          ),
          at,
        ),
      );
      const messages = messagesOf(...turns) as {
        role: string;
        tool_calls?: { id: string }[];
        tool_call_id?: string;
      }[];
      messages.forEach((message, at) => {
        const wanted = (message.tool_calls ?? []).map((each) => each.id);
        const after = messages.slice(at + 1);
        const stop = after.findIndex(({ role }) => role !== "tool");
        const answers = (stop < 0 ? after : after.slice(0, stop)).map((each) => each.tool_call_id);
        if (wanted.length === 0) return;
        expect(new Set(wanted).size).toBe(wanted.length);
        if (after.length > 0) {
          expect(new Set(answers)).toEqual(new Set(wanted));
          expect(answers).toHaveLength(wanted.length);
        }
      });
      messages.forEach((message, at) => {
        if (message.role === "tool")
          expect(["tool", "assistant"]).toContain(messages[at - 1]?.role ?? "none");
      });
    }),
  );
});
