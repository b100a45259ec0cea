// Streams: events of Messages read, and neutral events written (translation.md D.2, D.5).
import { expect, test } from "bun:test";
import type { Event } from "../../../src/ir/event.ts";
import type { JsonText } from "../../../src/lib/json.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { judgeAnthropic } from "../../support/judge-anthropic.ts";
import { sseBytes } from "../../support/streams.ts";
import { CLIENT, documentOfText, ORIGIN } from "./harness.ts";

const { stream } = anthropic.codec;

/** Decodes events given as their data. */
function decode(events: readonly Record<string, unknown>[], ends = true): readonly Event[] {
  const decoder = stream.decoder(ORIGIN);
  const seen = events.flatMap((event) =>
    decoder.push({ kind: "sse", event: String(event["type"]), data: JSON.stringify(event) }),
  );
  return [...seen, ...(ends ? decoder.end() : [])];
}

/** The same without what only serves the report. */
function content(events: readonly Record<string, unknown>[]): readonly Event[] {
  return decode(events).filter(({ type }) => type !== "use");
}

const START = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  },
};
const STOP = { type: "message_stop" };

function opening(index: number, block: Record<string, unknown>) {
  return { type: "content_block_start", index, content_block: block };
}

function piece(index: number, delta: Record<string, unknown>) {
  return { type: "content_block_delta", index, delta };
}

function closing(index: number) {
  return { type: "content_block_stop", index };
}

function ending(reason: string, usage: Record<string, unknown> = { output_tokens: 5 }) {
  return { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage };
}

const AT = { candidate: 0, index: 0 } as const;

test("a text comes as start, usage, pieces, stop and end", () => {
  const events = content([
    START,
    opening(0, { type: "text", text: "" }),
    { type: "ping" },
    piece(0, { type: "text_delta", text: "Hel" }),
    piece(0, { type: "text_delta", text: "lo" }),
    closing(0),
    ending("end_turn"),
    STOP,
  ]);
  expect(events).toEqual([
    { type: "start", id: "msg_1", model: "claude-x" },
    {
      type: "usage",
      usage: { inFresh: 10, output: 1, reported: expect.any(String) },
    },
    { type: "open", ...AT, head: { kind: "text" } },
    { type: "ping" },
    { type: "delta", ...AT, text: "Hel" },
    { type: "delta", ...AT, text: "lo" },
    { type: "close", ...AT },
    { type: "usage", usage: { output: 5, reported: '{"output_tokens":5}' as JsonText } },
    { type: "stop", candidate: 0, stop: { class: "end", raw: "end_turn" } },
    { type: "end" },
  ]);
});

test("E289 text and arguments inside the start event are not lost", () => {
  const deltas = content([
    START,
    opening(0, { type: "text", text: "Hel" }),
    piece(0, { type: "text_delta", text: "lo" }),
    closing(0),
    opening(1, { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 } }),
    closing(1),
  ]).flatMap((event) => (event.type === "delta" ? [event.text] : []));
  expect(deltas).toEqual(["Hel", "lo", '{"a":1}']);
});

test("fragments of arguments replace what the start event held, spelling kept", () => {
  const deltas = content([
    START,
    opening(0, { type: "tool_use", id: "toolu_1", name: "f", input: {} }),
    piece(0, { type: "input_json_delta", partial_json: "" }),
    piece(0, { type: "input_json_delta", partial_json: '{"n": 12345678901' }),
    piece(0, { type: "input_json_delta", partial_json: "23456789.0}" }),
    closing(0),
  ]).flatMap((event) => (event.type === "delta" ? [event.text] : []));
  expect(deltas.join("")).toBe('{"n": 1234567890123456789.0}');
});

test("E291 a call without any fragment has empty arguments", () => {
  const events = content([
    START,
    opening(0, { type: "tool_use", id: "toolu_1", name: "f", input: {} }),
    closing(0),
  ]);
  expect(events).toContainEqual({ type: "delta", ...AT, text: "{}" });
});

test("reasoning comes with its signature, marked with who made it", () => {
  const events = content([
    START,
    opening(0, { type: "thinking", thinking: "", signature: "" }),
    piece(0, { type: "thinking_delta", thinking: "hm" }),
    piece(0, { type: "signature_delta", signature: "sig" }),
    closing(0),
    opening(1, { type: "redacted_thinking", data: "blob" }),
    closing(1),
  ]);
  const made = { vendor: "anthropic", model: "claude-x" };
  expect(events.slice(2)).toEqual([
    { type: "open", ...AT, head: { kind: "thinking", form: "summary", redacted: false } },
    { type: "delta", ...AT, text: "hm" },
    { type: "opaque", ...AT, opaque: { ...made, kind: "signature", data: "sig" } },
    { type: "close", ...AT },
    {
      type: "open",
      candidate: 0,
      index: 1,
      head: { kind: "thinking", form: "summary", redacted: true },
    },
    {
      type: "opaque",
      candidate: 0,
      index: 1,
      opaque: { ...made, kind: "redacted", data: "blob" },
    },
    { type: "close", candidate: 0, index: 1 },
  ]);
});

test("blocks of server tools are put together and kept whole", () => {
  const block = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
  const events = content([
    START,
    opening(0, block),
    piece(0, { type: "input_json_delta", partial_json: '{"query":' }),
    piece(0, { type: "input_json_delta", partial_json: '"a b"}' }),
    closing(0),
  ]);
  const open = events.find((event) => event.type === "open");
  if (open?.type !== "open" || open.head.kind !== "whole" || open.head.block.kind !== "vendor")
    throw new Error("no whole block");
  expect(open.head.block).toMatchObject({ dialect: "anthropic", id: "S06" });
  expect(JSON.parse(open.head.block.text)).toEqual({ ...block, input: { query: "a b" } });
});

test("a block of a server tool that never ends is an error, not a full memory", () => {
  const decoder = stream.decoder(ORIGIN);
  const push = (event: Record<string, unknown>) =>
    decoder.push({ kind: "sse", event: undefined, data: JSON.stringify(event) });
  push(START);
  push(opening(0, { type: "server_tool_use", id: "s", name: "n", input: {} }));
  const part = piece(0, { type: "input_json_delta", partial_json: "x".repeat(9 * 1024 * 1024) });
  expect(push(part)).toEqual([]);
  expect(push(part)).toMatchObject([{ type: "error", failure: { class: "bad-upstream-reply" } }]);
});

test("citations arrive as they are", () => {
  const citation = {
    type: "char_location",
    cited_text: "q",
    document_index: 0,
    document_title: null,
    start_char_index: 1,
    end_char_index: 2,
  };
  const events = decode([
    START,
    opening(0, { type: "text", text: "", citations: [] }),
    piece(0, { type: "citations_delta", citation }),
    closing(0),
  ]);
  expect(events).toContainEqual({ type: "use", id: "S07b", path: "/content/0/citations/0" });
  expect(events).toContainEqual({
    type: "cite",
    ...AT,
    citation: {
      source: { kind: "document", index: 0 },
      quote: "q",
      native: { dialect: "anthropic", text: JSON.stringify(citation) as JsonText },
    },
  });
});

test("reasoning and signature inside the start event are not lost", () => {
  const events = content([
    START,
    opening(0, { type: "thinking", thinking: "hm", signature: "sig" }),
    piece(0, { type: "thinking_delta", thinking: ", so" }),
    closing(0),
  ]);
  expect(events.flatMap((event) => (event.type === "delta" ? [event.text] : []))).toEqual([
    "hm",
    ", so",
  ]);
  expect(events).toContainEqual({
    type: "opaque",
    ...AT,
    opaque: { vendor: "anthropic", model: "claude-x", kind: "signature", data: "sig" },
  });
});

test("an empty signature is none", () => {
  const events = content([
    START,
    opening(0, { type: "thinking", thinking: "", signature: "" }),
    piece(0, { type: "signature_delta", signature: "" }),
    closing(0),
  ]);
  expect(events.filter(({ type }) => type === "opaque")).toEqual([]);
});

test("deltas that are unknown, broken or belong to no block say nothing", () => {
  expect(
    content([
      START,
      opening(0, { type: "text", text: "" }),
      piece(0, { type: "later_delta", text: "x" }),
      piece(0, { type: "citations_delta", citation: "x" }),
      { type: "content_block_delta", index: 0 },
      piece(7, { type: "text_delta", text: "x" }),
      closing(7),
      { type: "content_block_start", index: 1 },
    ]).slice(2),
  ).toEqual([{ type: "open", ...AT, head: { kind: "text" } }]);
});

test("a block of the server that is told in words is put together from them", () => {
  const events = content([
    START,
    opening(0, { type: "compaction", content: "Earlier" }),
    piece(0, { type: "compaction_delta", content: ": a" }),
    piece(0, { type: "compaction_delta", content: "nd b" }),
    closing(0),
  ]);
  const block = events.flatMap((event) =>
    event.type === "open" && event.head.kind === "whole" && event.head.block.kind === "vendor"
      ? [event.head.block.text]
      : [],
  );
  expect(block.map((text): unknown => JSON.parse(text))).toEqual([
    { type: "compaction", content: "Earlier: and b" },
  ]);
});

test("E290 a ping before the start and a comment are pings, empty data is nothing", () => {
  expect(content([{ type: "ping" }, START])[0]).toEqual({ type: "ping" });
  const decoder = stream.decoder(ORIGIN);
  expect(decoder.push({ kind: "comment", text: "keepalive" })).toEqual([{ type: "ping" }]);
  expect(decoder.push({ kind: "sse", event: undefined, data: " " })).toEqual([]);
});

test("E288 a second message_start is ignored", () => {
  expect(content([START, START]).filter(({ type }) => type === "start")).toHaveLength(1);
});

test("the last usage is the one that counts, with its input", () => {
  const usage = { input_tokens: 472, cache_read_input_tokens: 3, output_tokens: 89 };
  const events = content([START, ending("end_turn", usage), STOP]);
  expect(events.findLast((event) => event.type === "usage")).toMatchObject({
    usage: { inFresh: 472, cacheRead: 3, output: 89 },
  });
});

test("a stream that closes after its stop reason ended, one that closes before did not", () => {
  expect(decode([START, ending("end_turn")]).at(-1)).toEqual({ type: "end" });
  expect(decode([START, opening(0, { type: "text", text: "" })]).at(-1)?.type).not.toBe("end");
});

test("an error ends the stream, by its name or bare", () => {
  const error = { type: "overloaded_error", message: "Overloaded" };
  const told = {
    type: "error",
    failure: { class: "overloaded", message: "Overloaded", type: "overloaded_error" },
  } as const satisfies Event;
  expect(decode([START, { type: "error", error }, STOP]).at(-1)).toEqual(told);
  const decoder = stream.decoder(ORIGIN);
  const bare = { kind: "sse", event: undefined, data: JSON.stringify({ error }) } as const;
  expect(decoder.push(bare)).toEqual([told]);
});

test("an event that is no object is an error of the upstream, an unknown one is nothing", () => {
  const decoder = stream.decoder(ORIGIN);
  expect(decoder.push({ kind: "sse", event: "new", data: '{"type":"new_event"}' })).toEqual([]);
  expect(decoder.push({ kind: "sse", event: "x", data: "[1]" })).toMatchObject([
    { type: "error", failure: { class: "bad-upstream-reply" } },
  ]);
});

/** Encodes events, each as if it had come in an upstream frame of its own. */
function frames(events: readonly Event[]) {
  const encoder = stream.encoder(CLIENT);
  return events.flatMap((event) => [...encoder.push(event), ...(encoder.flush?.() ?? [])]);
}

function encode(events: readonly Event[]): readonly unknown[] {
  return frames(events).map((frame) => {
    if (frame.kind !== "sse") throw new Error("not an event");
    const data = documentOfText(frame.data).root as Record<string, unknown>;
    expect(data["type"]).toBe(frame.event ?? "");
    return data;
  });
}

const BEGIN = { type: "start", id: "chatcmpl-1", model: "gpt-x" } as const satisfies Event;
const END = [
  { type: "usage", usage: { inFresh: 7, cacheRead: 2, output: 3 } },
  { type: "stop", candidate: 0, stop: { class: "end" } },
  { type: "end" },
] as const satisfies readonly Event[];

const USAGE = {
  input_tokens: 7,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 2,
  output_tokens: 3,
};

test("E283 E285 E298 a text is written event by event, with one message_delta behind the usage", () => {
  expect(
    encode([
      BEGIN,
      { type: "open", ...AT, head: { kind: "text" } },
      { type: "delta", ...AT, text: "hi" },
      { type: "close", ...AT },
      ...END,
    ]),
  ).toEqual([
    {
      type: "message_start",
      message: {
        id: expect.stringMatching(/^msg_[0-9a-f]{16}$/) as unknown as string,
        type: "message",
        role: "assistant",
        model: "gpt-x",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: 0,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 0,
        },
      },
    },
    { type: "ping" },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi" } },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: USAGE,
    },
    { type: "message_stop" },
  ]);
});

test("D.7 usage of the prompt in the upstream's first frame stands in message_start", () => {
  const encoder = stream.encoder(CLIENT);
  const first = [BEGIN, { type: "usage", usage: { inFresh: 11 } } as const].flatMap(encoder.push);
  expect(first).toEqual([]);
  const [start] = encoder.flush?.() ?? [];
  expect(start?.kind === "sse" ? start.data : "").toContain('"input_tokens":11');
});

test("a signature goes out once, whole, before the block's end; a foreign one in its envelope", () => {
  const own = { vendor: "anthropic", kind: "signature", data: "sig" } as const;
  const other = { vendor: "openai", kind: "encrypted", data: "x" } as const;
  const thinking = { kind: "thinking", form: "summary", redacted: false } as const;
  const seen = encode([
    BEGIN,
    { type: "open", ...AT, head: thinking },
    { type: "delta", ...AT, text: "hm" },
    { type: "opaque", ...AT, opaque: own },
    { type: "close", ...AT },
    { type: "open", candidate: 0, index: 1, head: thinking },
    { type: "opaque", candidate: 0, index: 1, opaque: { ...other, kind: "itemId", data: "rs_1" } },
    { type: "opaque", candidate: 0, index: 1, opaque: other },
    { type: "close", candidate: 0, index: 1 },
  ]);
  expect(seen.slice(2)).toEqual([
    opening(0, { type: "thinking", thinking: "", signature: "" }),
    piece(0, { type: "thinking_delta", thinking: "hm" }),
    piece(0, { type: "signature_delta", signature: "sig" }),
    closing(0),
    opening(1, { type: "thinking", thinking: "", signature: "" }),
    piece(1, { type: "signature_delta", signature: `sealed:${JSON.stringify(other)}` }),
    closing(1),
  ]);
});

test("a redacted block stands whole in its start", () => {
  const opaque = { vendor: "anthropic", kind: "redacted", data: "blob" } as const;
  expect(
    encode([
      BEGIN,
      { type: "open", ...AT, head: { kind: "thinking", form: "summary", redacted: true } },
      { type: "opaque", ...AT, opaque },
      { type: "close", ...AT },
    ]).slice(2),
  ).toEqual([opening(0, { type: "redacted_thinking", data: "blob" }), closing(0)]);
});

test("calls: fragments as they come, one empty fragment for no arguments, free text wrapped", () => {
  const head = { kind: "toolCall", id: "c:1", name: "f", call: "function" } as const;
  const at = (index: number) => ({ candidate: 0, index });
  const seen = encode([
    BEGIN,
    { type: "open", ...at(0), head: { ...head, id: "call_1" } },
    { type: "delta", ...at(0), text: '{"a":' },
    { type: "delta", ...at(0), text: "1.0}" },
    { type: "close", ...at(0) },
    { type: "open", ...at(1), head },
    { type: "close", ...at(1) },
    { type: "open", ...at(2), head: { ...head, id: "call_3", call: "custom" } },
    { type: "delta", ...at(2), text: 'say "hi"\n' },
    { type: "close", ...at(2) },
  ]);
  expect(seen.slice(2)).toEqual([
    opening(0, { type: "tool_use", id: "call_1", name: "f", input: {} }),
    piece(0, { type: "input_json_delta", partial_json: '{"a":' }),
    piece(0, { type: "input_json_delta", partial_json: "1.0}" }),
    closing(0),
    // An id with a character that the dialect does not take becomes another.
    opening(1, {
      type: "tool_use",
      id: expect.stringMatching(/^call_[0-9a-f]{16}$/),
      name: "f",
      input: {},
    }),
    piece(1, { type: "input_json_delta", partial_json: "" }),
    closing(1),
    opening(2, { type: "tool_use", id: "call_3", name: "f", input: {} }),
    piece(2, { type: "input_json_delta", partial_json: '{"input":"' }),
    piece(2, { type: "input_json_delta", partial_json: String.raw`say \"hi\"\n` }),
    piece(2, { type: "input_json_delta", partial_json: '"}' }),
    closing(2),
  ]);
});

test.each([
  [["", "  "], ""],
  [[" nu", "ll"], "{}"],
  [["[1", ",2]"], '{"value":[1,2]}'],
  [['"te', 'xt"'], '{"value":"text"}'],
  [["so", "rry"], '{"__raw":"sorry"}'],
  [[" ", ' {"a"', ":1.0 }"], '{"a":1.0 }'],
])("arguments in pieces %j arrive as the object %p", (texts, args) => {
  const seen = encode([
    BEGIN,
    { type: "open", ...AT, head: { kind: "toolCall", id: "c", name: "f", call: "function" } },
    ...texts.map((text): Event => ({ type: "delta", ...AT, text })),
    { type: "close", ...AT },
  ]);
  const pieces = seen.flatMap((data) => {
    const { delta } = data as { readonly delta?: { readonly partial_json: string } };
    return delta === undefined ? [] : [delta.partial_json];
  });
  expect(pieces.join("")).toBe(args);
  expect(seen.at(-1)).toEqual(closing(0));
});

test("arguments that never become an object are held no longer than a megabyte", () => {
  const encoder = stream.encoder(CLIENT);
  const head = { kind: "toolCall", id: "c", name: "f", call: "function" } as const;
  [BEGIN, { type: "open", ...AT, head } as const].map(encoder.push);
  const half = { type: "delta", ...AT, text: "x".repeat(600 * 1024) } as const;
  expect(encoder.push(half)).toEqual([]);
  expect(encoder.push(half)).toHaveLength(1);
  expect(encoder.push(half)).toHaveLength(1);
});

test("blocks of the vendor, late citations and residues find their places", () => {
  const block = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] };
  const citation = { type: "page_location", cited_text: "q", document_index: 0 };
  const text = (value: unknown) => JSON.stringify(value) as JsonText;
  const dialect = "anthropic";
  const vendor = { kind: "vendor", dialect, text: text(block), id: "S06" } as const;
  const source = { kind: "document", index: 0 } as const;
  const residue = (path: string, value: unknown) =>
    ({ dialect, path, text: text(value), id: "S00" }) as const;
  const at = { candidate: 0, index: 1 } as const;
  const seen = encode([
    BEGIN,
    { type: "open", ...AT, head: { kind: "whole", block: vendor } },
    { type: "close", ...AT },
    { type: "open", ...at, head: { kind: "text" } },
    { type: "delta", ...at, text: "hi" },
    { type: "cite", ...at, citation: { source, native: { dialect, text: text(citation) } } },
    // A document of another dialect without a number has no place.
    {
      type: "cite",
      ...at,
      citation: { source: { kind: "document" }, native: { dialect: "x", text: text({}) } },
    },
    { type: "close", ...at },
    {
      type: "meta",
      tier: { class: "priority", raw: "priority" },
      ext: [
        residue("/usage/inference_geo", "eu"),
        residue("/container", { id: "c" }),
        residue("/context_management", { applied_edits: [] }),
        { ...residue("/system_fingerprint", "fp"), dialect: "openai" },
      ],
    },
    ...END,
  ]);
  expect(seen.slice(2)).toEqual([
    opening(0, block),
    closing(0),
    opening(1, { type: "text", text: "" }),
    piece(1, { type: "text_delta", text: "hi" }),
    piece(1, { type: "citations_delta", citation }),
    closing(1),
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null, container: { id: "c" } },
      usage: { ...USAGE, service_tier: "priority", inference_geo: "eu" },
      context_management: { applied_edits: [] },
    },
    STOP,
  ]);
});

test("a text that stays empty is no block, and log probabilities are nothing", () => {
  const seen = encode([
    BEGIN,
    { type: "open", ...AT, head: { kind: "text" } },
    { type: "logprobs", candidate: 0, tokens: [], refusal: false },
    { type: "close", ...AT },
  ]);
  expect(seen).toHaveLength(2);
});

test("E277 an error ends the stream without message_delta and message_stop", () => {
  const seen = encode([
    BEGIN,
    { type: "open", ...AT, head: { kind: "text" } },
    { type: "error", failure: { class: "rate-limited", message: "slow down" } },
  ]);
  expect(seen.at(-1)).toEqual({
    type: "error",
    error: { type: "rate_limit_error", message: "slow down" },
  });
  expect(seen).not.toContainEqual(STOP);
});

test("an error as the first event is the only one", () => {
  const failure = { class: "overloaded", message: "m" } as const;
  expect(frames([{ type: "error", failure }])).toHaveLength(1);
});

test("a ping is passed on once the message has begun", () => {
  expect(encode([{ type: "ping" }])).toEqual([]);
  expect(encode([BEGIN, { type: "ping" }]).at(-1)).toEqual({ type: "ping" });
});

test("further answers have no place", () => {
  const other = { type: "open", candidate: 1, index: 0, head: { kind: "text" } } as const;
  expect(encode([BEGIN, other])).toHaveLength(2);
});

test("the SDK's accumulator makes one message of it", async () => {
  const text = { type: "open", ...AT, head: { kind: "text" } } as const;
  const tool = { kind: "toolCall", id: "call_1", name: "f", call: "function" } as const;
  const written = frames([
    BEGIN,
    text,
    { type: "delta", ...AT, text: "I look. " },
    { type: "close", ...AT },
    { type: "open", candidate: 0, index: 1, head: tool },
    { type: "delta", candidate: 0, index: 1, text: '{"q":"x"}' },
    { type: "close", candidate: 0, index: 1 },
    { type: "usage", usage: { inFresh: 7, cacheRead: 2, output: 3 } },
    { type: "stop", candidate: 0, stop: { class: "tool_calls" } },
    { type: "end" },
  ]);
  const message = await judgeAnthropic.accumulate(sseBytes(written));
  expect(message).toMatchObject({
    type: "message",
    role: "assistant",
    model: "gpt-x",
    stop_reason: "tool_use",
    usage: USAGE,
    content: [
      { type: "text", text: "I look. " },
      { type: "tool_use", id: "call_1", name: "f", input: { q: "x" } },
    ],
  });
});
