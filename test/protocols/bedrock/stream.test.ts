// Streams both ways (Bedrock API reference: ConverseStream; translation.md D.2, D.6).
import { expect, test } from "bun:test";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { stringHeader, type Message } from "../../../src/wire/eventstream.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { CLIENT, decodeStream } from "./harness.ts";

const STREAM = [
  ["messageStart", { role: "assistant" }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hel" } }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "lo" } }],
  ["contentBlockStop", { contentBlockIndex: 0 }],
  [
    "contentBlockStart",
    { contentBlockIndex: 1, start: { toolUse: { toolUseId: "t1", name: "f" } } },
  ],
  ["contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '{"a":' } } }],
  ["contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: "1}" } } }],
  ["contentBlockStop", { contentBlockIndex: 1 }],
  ["messageStop", { stopReason: "tool_use" }],
  ["metadata", { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }],
] as const;

test("text needs no start, a call has one, and the usage comes last", () => {
  const events = decodeStream(STREAM);
  const texts = events.flatMap((event) => (event.type === "delta" ? [event.text] : []));
  expect(texts).toEqual(["Hel", "lo", '{"a":', "1}"]);
  expect(events.at(-1)?.type).toBe("end");
  expect(events.find(({ type }) => type === "usage")).toMatchObject({ usage: { output: 2 } });
});

test("the events of a client's stream stand in the order of the service", () => {
  const encoder = bedrock.codec.stream.encoder(CLIENT);
  const frames = decodeStream(STREAM).flatMap((event) => encoder.push(event));
  const messages = frames.flatMap((frame): Message[] => (frame.kind === "message" ? [frame] : []));
  expect(messages.map((message) => stringHeader(message, ":event-type"))).toEqual([
    "messageStart",
    "contentBlockDelta",
    "contentBlockDelta",
    "contentBlockStop",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
  ]);
});

test("reasoning and its signature belong to one block", () => {
  const events = decodeStream([
    ["messageStart", { role: "assistant" }],
    ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "so" } } }],
    [
      "contentBlockDelta",
      { contentBlockIndex: 0, delta: { reasoningContent: { signature: "sig" } } },
    ],
    ["contentBlockStop", { contentBlockIndex: 0 }],
    ["messageStop", { stopReason: "end_turn" }],
  ]);
  expect(events.find(({ type }) => type === "opaque")).toMatchObject({
    index: 0,
    opaque: { vendor: "anthropic", kind: "signature", data: "sig" },
  });
});

test("a citation on a call has no place, and the call still begins with its start", () => {
  const encoder = bedrock.codec.stream.encoder(CLIENT);
  const native = { dialect: "elsewhere", text: jsonDocument("{}").textOf({}) };
  const frames = (
    [
      { type: "start" },
      {
        type: "open",
        candidate: 0,
        index: 0,
        head: { kind: "toolCall", id: "t1", name: "f", call: "function" },
      },
      {
        type: "cite",
        candidate: 0,
        index: 0,
        citation: { source: { kind: "url", url: "https://example.com" }, native },
      },
      { type: "close", candidate: 0, index: 0 },
    ] as const
  ).flatMap((event) => encoder.push(event));
  const messages = frames.flatMap((frame): Message[] => (frame.kind === "message" ? [frame] : []));
  expect(messages.map((message) => stringHeader(message, ":event-type"))).toEqual([
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
  ]);
});
