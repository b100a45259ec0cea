// Streams for clients (translation.md D.6, SDK traps): Google's SDK reads one line of data from each event.
import { expect, test } from "bun:test";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import type { Event } from "../../../src/ir/event.ts";

const CLIENT = {
  callId: "call-1",
  model: "m",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }: { readonly data: string }) => data,
} as const;

/** The parts of each chunk, and how the answer ended. */
function chunksOf(events: readonly Event[]): readonly unknown[] {
  const encoder = gemini.codec.stream.encoder(CLIENT);
  return events
    .flatMap((event) => encoder.push(event))
    .flatMap((frame) => (frame.kind === "sse" ? [JSON.parse(frame.data)] : []))
    .map(({ candidates, error }) =>
      error === undefined ? [candidates[0].content.parts, candidates[0].finishReason] : error.code,
    );
}

const at = { candidate: 0, index: 0 } as const;
const words = (...pieces: readonly string[]): readonly Event[] => [
  { type: "open", ...at, head: { kind: "text" } },
  ...pieces.map((text): Event => ({ type: "delta", ...at, text })),
];
const END: readonly Event[] = [
  { type: "close", ...at },
  { type: "stop", candidate: 0, stop: { class: "end" } },
];

test("every chunk says something, the last one too: its end waits for the finish reason", () => {
  expect(chunksOf([...words("Hel", "lo 🎈"), ...END])).toEqual([
    [[{ text: "He" }], undefined],
    [[{ text: "llo " }], undefined],
    [[{ text: "🎈" }], "STOP"],
  ]);
});

test("a call is in the chunk that ends the answer, and the text before it is whole", () => {
  const head = { kind: "toolCall", id: "c", name: "f", call: "function" } as const;
  const call: readonly Event[] = [
    { type: "close", ...at },
    { type: "open", candidate: 0, index: 1, head },
    { type: "delta", candidate: 0, index: 1, text: "{}" },
    { type: "close", candidate: 0, index: 1 },
    { type: "stop", candidate: 0, stop: { class: "tool_calls" } },
  ];
  expect(chunksOf([...words("I look"), ...call])).toMatchObject([
    [[{ text: "I loo" }], undefined],
    [[{ text: "k" }], undefined],
    [[{ functionCall: { name: "f", args: {} } }], "STOP"],
  ]);
});

test("a signature goes out with the end of its text, and an answer of nothing is an empty text", () => {
  const opaque = { vendor: "google", kind: "thoughtSignature", data: "sig" } as const;
  expect(chunksOf([...words("Hi"), { type: "opaque", ...at, opaque }, ...END])).toEqual([
    [[{ text: "H" }], undefined],
    [[{ text: "i", thoughtSignature: "sig" }], "STOP"],
  ]);
  expect(chunksOf([{ type: "stop", candidate: 0, stop: { class: "end" } }])).toEqual([
    [[{ text: "" }], "STOP"],
  ]);
});

test("what was held is said before an error", () => {
  const failure = { class: "overloaded", message: "busy" } as const;
  expect(chunksOf([...words("Hi"), { type: "error", failure }])).toEqual([
    [[{ text: "H" }], undefined],
    [[{ text: "i" }], undefined],
    503,
  ]);
});

test("arguments with line breaks stand on one line of the stream", () => {
  const encoder = gemini.codec.stream.encoder(CLIENT);
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
