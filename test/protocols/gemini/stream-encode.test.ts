// Streams for clients (translation.md D.6, SDK traps): Google's SDK reads one line of data from each event.
import { expect, test } from "bun:test";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import type { Event } from "../../../src/ir/event.ts";

test("arguments with line breaks stand on one line of the stream", () => {
  const encoder = gemini.codec.stream.encoder({
    callId: "call-1",
    model: "m",
    now: 1_700_000_000,
    streamUsage: true,
    framing: "sse",
    seal: ({ data }) => data,
  });
  const head = { kind: "toolCall", id: "c", name: "f", call: "function" } as const;
  const events: readonly Event[] = [
    { type: "start", id: "x" },
    { type: "open", candidate: 0, index: 0, head },
    { type: "delta", candidate: 0, index: 0, text: '{\n  "a":\r\n "b\\n"}' },
    { type: "close", candidate: 0, index: 0 },
    { type: "stop", candidate: 0, stop: { class: "tool_calls" } },
    { type: "end" },
  ];
  const data = events
    .flatMap((event) => encoder.push(event))
    .flatMap((frame) => (frame.kind === "sse" ? [frame.data] : []));
  expect(data.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  const calls = data.filter((line) => line.includes("functionCall"));
  expect(calls.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { candidates: [{ content: { parts: [{ functionCall: { name: "f", args: { a: "b\n" } } }] } }] },
  ]);
});
