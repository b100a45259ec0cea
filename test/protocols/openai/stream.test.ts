// Streams, both ways; expectations follow translation.md D.2 and D.3.
import { expect, test } from "bun:test";
import type { Event, Head } from "../../../src/ir/event.ts";
import { conform } from "../../../src/ir/conform.ts";
import { unfold } from "../../../src/ir/fold.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import type { Client } from "../../../src/protocols/protocol.ts";
import type { Frame } from "../../../src/wire/frame.ts";
import { sseBytes } from "../../support/streams.ts";
import { judgeOpenai } from "../../support/judge-openai.ts";
import { CLIENT, decodeReply, seal } from "./harness.ts";

const ORIGIN = { vendor: "openai", model: "gpt-x" };

function frame(data: unknown): Frame {
  return {
    kind: "sse",
    event: undefined,
    data: typeof data === "string" ? data : JSON.stringify(data),
  };
}

function chunk(delta: unknown, finish_reason: string | null = null, index = 0) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index, delta, finish_reason }],
  };
}

function decode(...data: unknown[]): readonly Event[] {
  const decoder = openai.codec.stream.decoder(ORIGIN);
  return [...data.map(frame).flatMap(decoder.push), ...decoder.end()];
}

/** Events without those that only describe. */
function content(...data: unknown[]): readonly Event[] {
  return decode(...data).filter(({ type }) => !["start", "use", "meta"].includes(type));
}

function call(index: number | undefined, fields: Record<string, unknown>) {
  return chunk({ tool_calls: [{ ...(index === undefined ? {} : { index }), ...fields }] });
}

/** Each call's name with its joined arguments. */
function callsIn(events: readonly Event[]): readonly string[] {
  const calls = new Map<number, string>();
  for (const event of events) {
    if (event.type === "open" && event.head.kind === "toolCall") {
      calls.set(event.index, `${event.head.id} ${event.head.name} `);
    } else if (event.type === "delta") {
      const known = calls.get(event.index);
      if (known !== undefined) calls.set(event.index, known + event.text);
    }
  }
  return [...calls.values()];
}

test("text from the first chunk to the end", () => {
  expect(
    content(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "He" }),
      chunk({ content: "y" }),
      chunk({}, "stop"),
      "[DONE]",
    ),
  ).toEqual([
    { type: "open", candidate: 0, index: 0, head: { kind: "text" } },
    { type: "delta", candidate: 0, index: 0, text: "He" },
    { type: "delta", candidate: 0, index: 0, text: "y" },
    { type: "stop", candidate: 0, stop: { class: "end", raw: "stop" } },
    { type: "end" },
  ]);
});

test("the role alone is not yet content", () => {
  expect(
    decode(chunk({ role: "assistant", content: "" })).some(({ type }) => type === "open"),
  ).toBe(false);
});

test("E270 calls that all have index 0 are told apart by id", () => {
  const events = content(
    call(0, { id: "a", type: "function", function: { name: "f", arguments: '{"x":' } }),
    call(0, { function: { arguments: "1}" } }),
    call(0, { id: "b", type: "function", function: { name: "g", arguments: "{}" } }),
    call(0, { id: "b", function: { arguments: " " } }),
  );
  expect(callsIn(events)).toEqual(['a f {"x":1}', "b g {} "]);
});

test("calls without an index are told apart by id, and pieces without either go to the last", () => {
  const events = content(
    call(undefined, { id: "a", function: { name: "f", arguments: "1" } }),
    call(undefined, { id: "b", function: { name: "g", arguments: "2" } }),
    call(undefined, { function: { arguments: "3" } }),
    call(undefined, { id: "a", function: { arguments: "4" } }),
  );
  expect(callsIn(events)).toEqual(["a f 14", "b g 23"]);
});

test("E271 E272 a missing type is a function, and a repeated name is one name", () => {
  const events = content(
    call(0, { id: "a", type: "", function: { name: "f", arguments: "" } }),
    call(0, { id: "", function: { name: "f", arguments: "{}" } }),
    call(0, { id: null, type: null, function: { name: null, arguments: null } }),
  );
  expect(callsIn(events)).toEqual(["a f {}"]);
  expect(events[0]).toMatchObject({ head: { call: "function" } });
});

test("E274 interleaved pieces of two calls reach their own", () => {
  const events = content(
    call(0, { id: "a", function: { name: "f", arguments: "1" } }),
    call(1, { id: "b", function: { name: "g", arguments: "2" } }),
    call(0, { function: { arguments: "3" } }),
    call(1, { function: { arguments: "4" } }),
  );
  expect(callsIn(events)).toEqual(["a f 13", "b g 24"]);
});

test("arguments ahead of the name wait for it", () => {
  const events = content(
    call(0, { id: "a", function: { arguments: '{"a"' } }),
    call(0, { function: { name: "f", arguments: ":1}" } }),
  );
  expect(callsIn(events)).toEqual(['a f {"a":1}']);
});

test("a call without an id gets one that a repetition of the stream gets too", () => {
  const pieces = [call(0, { function: { name: "f", arguments: "{}" } })];
  const [first] = callsIn(content(...pieces));
  expect(first).toMatch(/^call_[0-9a-f]{16} f /);
  expect(callsIn(content(...pieces))).toEqual([first ?? ""]);
});

test("free-form and older calls", () => {
  const custom = content(
    call(0, { id: "a", type: "custom", custom: { name: "p", input: "x" } }),
    call(0, { custom: { input: "y" } }),
  );
  expect(callsIn(custom)).toEqual(["a p xy"]);
  expect(custom[0]).toMatchObject({ head: { call: "custom" } });
  const older = content(
    chunk({ function_call: { name: "f", arguments: "" } }),
    chunk({ function_call: { arguments: "{}" } }),
  );
  expect(callsIn(older)[0]).toMatch(/^call_[0-9a-f]{16} f \{\}$/);
});

test("E273 text after a call is a block of its own", () => {
  const events = content(
    chunk({ content: "a" }),
    call(0, { id: "c", function: { name: "f", arguments: "{}" } }),
    chunk({ content: "b" }),
  );
  expect(events.filter(({ type }) => type === "open" || type === "close")).toMatchObject([
    { type: "open", index: 0, head: { kind: "text" } },
    { type: "close", index: 0 },
    { type: "open", index: 1, head: { kind: "toolCall" } },
    { type: "open", index: 2, head: { kind: "text" } },
  ]);
});

test("E275 empty chunks of all kinds say nothing", () => {
  const events = content(
    chunk(null),
    { id: "x", choices: [] },
    { id: "x" },
    chunk({ content: null, tool_calls: null, refusal: null, reasoning_content: null }),
    chunk({}, ""),
    "",
  );
  expect(events).toEqual([]);
});

test("E276 a stream that just stops has no end", () => {
  expect(content(chunk({ content: "a" })).map(({ type }) => type)).toEqual(["open", "delta"]);
  const grammar = conform({ serial: false });
  const closed = [...decode(chunk({ content: "a" })).flatMap(grammar.push), ...grammar.end()];
  expect(closed.at(-1)?.type).toBe("error");
});

test("a finish reason for every answer is an end without [DONE]", () => {
  expect(content(chunk({ content: "a" }), chunk({}, "stop")).at(-1)).toEqual({ type: "end" });
  const half = content(
    chunk({ content: "a" }),
    chunk({ content: "b" }, null, 1),
    chunk({}, "stop"),
  );
  expect(half.at(-1)?.type).not.toBe("end");
});

test("[DONE] without a finish reason is a normal end", () => {
  const events = content(chunk({ content: "a" }, ""), "[DONE]");
  expect(events.slice(-2)).toEqual([
    { type: "stop", candidate: 0, stop: { class: "end" } },
    { type: "end" },
  ]);
});

test("a second finish reason is noise", () => {
  const stops = content(chunk({ content: "a" }, "length"), chunk({}, "stop"), "[DONE]").filter(
    ({ type }) => type === "stop",
  );
  expect(stops).toEqual([{ type: "stop", candidate: 0, stop: { class: "length", raw: "length" } }]);
});

test("E250 calls make a normal stop a stop for calls", () => {
  const events = content(
    call(0, { id: "a", function: { name: "f", arguments: "{}" } }),
    chunk({}, "stop"),
  );
  expect(events).toContainEqual({
    type: "stop",
    candidate: 0,
    stop: { class: "tool_calls", raw: "stop" },
  });
});

test("an error in mid-stream ends it, after the usage that came with it", () => {
  const events = content(
    chunk({ content: "a" }),
    {
      ...chunk({ content: "" }),
      error: { message: "Token limit reached", code: 400 },
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    },
    "[DONE]",
  );
  expect(events.slice(-2)).toMatchObject([
    { type: "usage", usage: { inFresh: 1, output: 2 } },
    { type: "error", failure: { class: "context-length", message: "Token limit reached" } },
  ]);
});

test("an event that is not JSON is an error", () => {
  expect(content("{oops").at(-1)).toMatchObject({
    type: "error",
    failure: { class: "bad-upstream-reply" },
  });
});

test.each([
  ["E186 twice the same text", { reasoning: "T", reasoning_content: "T" }],
  [
    "text and entry",
    { reasoning: "T", reasoning_details: [{ type: "reasoning.text", text: "T", index: 0 }] },
  ],
])("%s is one", (_, delta) => {
  expect(content(chunk(delta)).slice(0, 2)).toEqual([
    {
      type: "open",
      candidate: 0,
      index: 0,
      head: { kind: "thinking", form: "raw", redacted: false },
    },
    { type: "delta", candidate: 0, index: 0, text: "T" },
  ]);
});

test("a signature closes its thought, and what follows is another", () => {
  const entry = (fields: Record<string, unknown>) =>
    chunk({ reasoning_details: [{ type: "reasoning.text", index: 0, ...fields }] });
  const events = content(
    entry({ text: "a" }),
    entry({ text: "b" }),
    entry({ signature: "S" }),
    entry({ text: "c" }),
    chunk({ content: "x" }),
  );
  expect(events).toMatchObject([
    { type: "open", index: 0 },
    { type: "delta", index: 0, text: "a" },
    { type: "delta", index: 0, text: "b" },
    {
      type: "opaque",
      index: 0,
      opaque: { vendor: "openai", model: "gpt-x", kind: "signature", data: "S" },
    },
    { type: "close", index: 0 },
    { type: "open", index: 1 },
    { type: "delta", index: 1, text: "c" },
    { type: "close", index: 1 },
    { type: "open", index: 2, head: { kind: "text" } },
    { type: "delta", index: 2, text: "x" },
  ]);
});

test("an encrypted entry alone is a redacted thought", () => {
  expect(
    content(
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", data: "E", index: 0 }] }),
    ).slice(0, 2),
  ).toMatchObject([
    { type: "open", head: { kind: "thinking", redacted: true } },
    { type: "opaque", opaque: { kind: "encrypted", data: "E" } },
  ]);
});

test("E236 usage counts wherever it comes, and null is none", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };
  const events = content(
    { ...chunk({ content: "a" }), usage: null },
    { ...chunk({}, "stop"), usage },
    { id: "x", choices: [], usage },
  );
  expect(events.filter(({ type }) => type === "usage")).toMatchObject([
    { usage: { inFresh: 3, output: 1 } },
    { usage: { inFresh: 3, output: 1 } },
  ]);
});

test("citations, refusal and log probabilities", () => {
  const cite = {
    type: "url_citation",
    url_citation: { start_index: 0, end_index: 1, url: "https://a.test", title: "A" },
  };
  const events = content(
    { ...chunk({ content: "a", annotations: [cite] }) },
    chunk({ refusal: "no" }),
    {
      id: "x",
      choices: [
        {
          index: 0,
          delta: {},
          logprobs: {
            content: [{ token: "a", logprob: -1, bytes: null, top_logprobs: [] }],
            refusal: null,
          },
        },
      ],
    },
    chunk({}, "stop"),
  );
  expect(events).toMatchObject([
    { type: "open", index: 0 },
    { type: "delta", text: "a" },
    { type: "cite", index: 0, citation: { range: { start: 0, end: 1 } } },
    { type: "open", index: 1, head: { kind: "refusal" } },
    { type: "delta", index: 1, text: "no" },
    { type: "logprobs", candidate: 0, refusal: false, tokens: [{ token: "a" }] },
    { type: "stop", stop: { class: "refusal" } },
    { type: "end" },
  ]);
});

test("speech goes out whole at the end", () => {
  const events = content(
    chunk({ audio: { id: "a1", data: "SUQz" } }),
    chunk({ audio: { transcript: "hi" } }),
    chunk({}, "stop"),
  );
  expect(events[0]).toMatchObject({
    type: "open",
    head: {
      kind: "whole",
      block: { kind: "audio", media: { base64: "SUQz", mime: "audio/mpeg" }, transcript: "hi" },
    },
  });
});

test("Azure's first chunk waits for the one with the id", () => {
  const events = decode(
    { id: "", model: "", created: 0, choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    chunk({ content: "a" }),
  );
  expect(events[0]).toEqual({ type: "start", id: "chatcmpl-1", model: "m", created: 1 });
  expect(events).toContainEqual(
    expect.objectContaining({
      type: "meta",
      ext: [expect.objectContaining({ id: "S13" })],
    }) as never,
  );
});

// ---- encoder

function encode(events: readonly Event[], client: Client = CLIENT): readonly Frame[] {
  const grammar = conform({ serial: openai.codec.stream.serial });
  const encoder = openai.codec.stream.encoder(client);
  return events.flatMap(grammar.push).flatMap(encoder.push);
}

type Chunk = {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: Record<string, unknown>;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: unknown;
};

function chunksOf(frames: readonly Frame[]): readonly Chunk[] {
  return frames.flatMap((each) =>
    each.kind === "sse" && each.data !== "[DONE]" ? [JSON.parse(each.data) as Chunk] : [],
  );
}

function deltasOf(events: readonly Event[], client?: Client): readonly unknown[] {
  return chunksOf(encode(events, client)).flatMap(({ choices }) =>
    choices.map(({ delta }) => delta),
  );
}

const START: Event = { type: "start", id: "msg_1", model: "claude", created: 9 };
const END: readonly Event[] = [
  { type: "stop", candidate: 0, stop: { class: "end" } },
  { type: "end" },
];

function block(index: number, head: Head, ...pieces: readonly string[]): readonly Event[] {
  return [
    { type: "open", candidate: 0, index, head },
    ...pieces.map((text): Event => ({ type: "delta", candidate: 0, index, text })),
    { type: "close", candidate: 0, index },
  ];
}

const toolHead = (id: string, name = "f", form: "function" | "custom" = "function"): Head => ({
  kind: "toolCall",
  id,
  name,
  call: form,
});

test("role first, then text, finish, usage and [DONE]", () => {
  const frames = encode([
    START,
    ...block(0, { kind: "text" }, "He", "y"),
    { type: "usage", usage: { inFresh: 3, output: 2 } },
    ...END,
  ]);
  const head = {
    id: expect.stringMatching(/^chatcmpl-[0-9a-f]{16}$/) as never,
    object: "chat.completion.chunk",
    created: 9,
    model: "claude",
  };
  const choice = (delta: unknown, finish_reason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason }],
    usage: null,
  });
  expect(chunksOf(frames) as unknown).toEqual([
    choice({ role: "assistant", content: "" }),
    choice({ content: "He" }),
    choice({ content: "y" }),
    choice({}, "stop"),
    { ...head, choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
  ]);
  expect(frames.at(-1)).toEqual({ kind: "sse", event: undefined, data: "[DONE]" });
});

test("E239 a client that did not ask sees nothing of usage", () => {
  const frames = encode([START, { type: "usage", usage: { output: 2 } }, ...END], {
    ...CLIENT,
    streamUsage: false,
  });
  expect(chunksOf(frames).some((each) => "usage" in each)).toBe(false);
});

test("calls are numbered among themselves", () => {
  const events = [
    START,
    ...block(0, { kind: "text" }, "a"),
    ...block(1, toolHead("x"), "{}"),
    ...block(2, toolHead("y", "g"), "1", "2"),
    ...END,
  ];
  expect(deltasOf(events).slice(2, -1)).toEqual([
    {
      tool_calls: [{ index: 0, id: "x", type: "function", function: { name: "f", arguments: "" } }],
    },
    { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
    {
      tool_calls: [{ index: 1, id: "y", type: "function", function: { name: "g", arguments: "" } }],
    },
    { tool_calls: [{ index: 1, function: { arguments: "1" } }] },
    { tool_calls: [{ index: 1, function: { arguments: "2" } }] },
  ]);
});

test("a call without arguments sends an empty object", () => {
  expect(deltasOf([START, ...block(0, toolHead("x")), ...END]).slice(2, -1)).toEqual([
    { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
  ]);
});

test("free-form calls send their input", () => {
  expect(
    deltasOf([START, ...block(0, toolHead("x", "p", "custom"), "in"), ...END]).slice(1, -1),
  ).toEqual([
    { tool_calls: [{ index: 0, id: "x", type: "custom", custom: { name: "p", input: "" } }] },
    { tool_calls: [{ index: 0, custom: { input: "in" } }] },
  ]);
});

test("the older form of calls", () => {
  const deltas = deltasOf(
    [
      START,
      ...block(0, toolHead("x"), "{}"),
      { type: "stop", candidate: 0, stop: { class: "tool_calls" } },
      { type: "end" },
    ],
    { ...CLIENT, legacyCalls: true },
  );
  expect(deltas.slice(1)).toEqual([
    { function_call: { name: "f", arguments: "" } },
    { function_call: { arguments: "{}" } },
    {},
  ]);
});

test("reasoning is text, and its entries follow once a block has a token", () => {
  const thinking: Head = { kind: "thinking", form: "raw", redacted: false };
  const opaque = { vendor: "v", kind: "signature", data: "S" } as const;
  const events: readonly Event[] = [
    START,
    ...block(0, thinking, "a"),
    { type: "open", candidate: 0, index: 1, head: thinking },
    { type: "delta", candidate: 0, index: 1, text: "b" },
    { type: "opaque", candidate: 0, index: 1, opaque },
    { type: "close", candidate: 0, index: 1 },
    ...END,
  ];
  expect(deltasOf(events).slice(1, -1)).toEqual([
    { reasoning_content: "a" },
    { reasoning_content: "b" },
    {
      reasoning_details: [
        { type: "reasoning.text", text: "a", index: 0 },
        { type: "reasoning.text", text: "b", signature: seal(opaque), index: 1 },
      ],
    },
  ]);
});

test("a buffered reply that is streamed says its reasoning once", () => {
  const message = { role: "assistant", content: "a", reasoning_content: "hm", mood: 1 };
  const reply = decodeReply({
    id: "chatcmpl-1",
    choices: [{ index: 0, message, finish_reason: "stop" }],
  });
  expect(deltasOf(unfold(reply))).toEqual([
    { role: "assistant", content: "" },
    { reasoning_content: "hm" },
    { content: "a" },
    { mood: 1 },
  ]);
});

test("E304 citations stand before the finish, over the whole text in code points", () => {
  const citation = {
    source: { kind: "url", url: "https://a.test" },
    native: { dialect: "x", text: "{}" as never },
  } as const;
  const events: readonly Event[] = [
    START,
    ...block(0, { kind: "text" }, "😀", "."),
    { type: "open", candidate: 0, index: 1, head: { kind: "text" } },
    { type: "delta", candidate: 0, index: 1, text: "Sun" },
    { type: "cite", candidate: 0, index: 1, citation },
    { type: "close", candidate: 0, index: 1 },
    ...END,
  ];
  expect(deltasOf(events).slice(-2)).toEqual([
    {
      annotations: [
        {
          type: "url_citation",
          url_citation: { start_index: 2, end_index: 5, title: "", url: "https://a.test" },
        },
      ],
    },
    {},
  ]);
});

test("several answers each begin with their role", () => {
  const events: readonly Event[] = [
    START,
    { type: "open", candidate: 1, index: 0, head: { kind: "text" } },
    { type: "delta", candidate: 1, index: 0, text: "b" },
    { type: "stop", candidate: 0, stop: { class: "end" } },
    { type: "stop", candidate: 1, stop: { class: "length" } },
    { type: "end" },
  ];
  const choices = chunksOf(encode(events)).flatMap((each) => each.choices);
  expect(
    choices.map(({ index, delta, finish_reason }) => [index, Object.keys(delta), finish_reason]),
  ).toEqual([
    [0, ["role", "content"], null],
    [1, ["role", "content"], null],
    [1, ["content"], null],
    [0, [], "stop"],
    [1, [], "length"],
  ]);
});

test("an error ends the stream without [DONE]", async () => {
  const frames = encode([
    START,
    ...block(0, { kind: "text" }, "a"),
    { type: "error", failure: { class: "overloaded", message: "busy" } },
  ]);
  expect(frames.at(-1)).toEqual({
    kind: "sse",
    event: undefined,
    data: '{"error":{"message":"busy","type":"server_error","param":null,"code":"overloaded"}}',
  });
  const read = judgeOpenai.accumulate(sseBytes(frames)).then(() => "read", String);
  expect(await read).toContain("busy");
});

test("a ping is a comment", () => {
  expect(encode([START, { type: "ping" }]).at(-1)).toEqual({ kind: "comment", text: "ping" });
});

test("E314 no ordinary chunk has a top-level error", () => {
  const frames = encode([START, ...block(0, { kind: "text" }, "error"), ...END]);
  expect(chunksOf(frames).some((each) => "error" in each)).toBe(false);
});

test("the SDK's accumulator reads calls, text and usage", async () => {
  const events = [
    START,
    ...block(0, { kind: "text" }, "a"),
    ...block(1, toolHead("x"), '{"a":1}'),
    ...block(2, toolHead("y", "p", "custom"), "in"),
    { type: "usage", usage: { inFresh: 1, output: 2 } } as const,
    ...END,
  ];
  const read = await judgeOpenai.accumulate(sseBytes(encode(events)));
  expect(read).toMatchObject({
    choices: [
      {
        finish_reason: "tool_calls",
        message: {
          content: "a",
          tool_calls: [
            { id: "x", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "y", type: "custom", custom: { name: "p", input: "in" } },
          ],
        },
      },
    ],
    usage: { total_tokens: 3 },
  });
});

test("the piece that carries a call's signature has the member of a call, as clients that validate want it", () => {
  const opaque = { vendor: "google", kind: "thoughtSignature", data: "sig" } as const;
  const head = { kind: "toolCall", id: "c", name: "f", call: "function" } as const;
  const [open, ...rest] = block(0, head, "{}");
  const signed: Event = { type: "opaque", candidate: 0, index: 0, opaque };
  const events = [START, ...(open === undefined ? [] : [open]), signed, ...rest, ...END];
  const pieces = deltasOf(events).flatMap((delta) => {
    const calls = (delta as { readonly tool_calls?: readonly object[] }).tool_calls;
    return calls ?? [];
  });
  expect(pieces.at(-1)).toMatchObject({ index: 0, function: { arguments: "" } });
  expect(pieces.at(-1)).toHaveProperty("extra_content");
});
