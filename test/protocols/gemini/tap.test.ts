// What the tap sees of streams and buffered replies, held against recorded traffic.
import { expect, test } from "bun:test";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { recorded } from "../../support/corpus.ts";
import { tapAll } from "../../support/taps.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const usage = { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 3 };
const part = (fields: object) => ({ candidates: [{ content: { parts: [fields] } }] });
const sse = (chunks: readonly object[]): Uint8Array =>
  utf8(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(""));
const array = (chunks: readonly object[]): Uint8Array =>
  utf8(`[${chunks.map((chunk) => JSON.stringify(chunk)).join("\n,\r\n")}\n]`);

const CHUNKS = [
  { ...part({ text: "" }), usageMetadata: { promptTokenCount: 10 } },
  part({ text: "think", thought: true }),
  part({ text: "a" }),
  {
    candidates: [{ content: { parts: [{ text: "" }] }, finishReason: "STOP" }],
    usageMetadata: { ...usage, thoughtsTokenCount: 2, toolUsePromptTokenCount: 1 },
  },
];

test.each([
  ["sse", sse(CHUNKS)],
  ["json-array", array(CHUNKS)],
] as const)("%s: content, the end and the last usage", (framing, bytes) => {
  expect(tapAll(gemini, bytes, framing)).toMatchObject({
    content: 1,
    terminal: 3,
    frames: 4,
    failure: undefined,
    // Thoughts come on top of the candidates here, and count as output everywhere else.
    usage: { inFresh: 6, cacheRead: 4, output: 5, reasoning: 2, toolUseIn: 1 },
  });
});

test.each([
  { name: "a call", chunk: part({ functionCall: { name: "f", args: {} } }), content: true },
  {
    name: "an image",
    chunk: part({ inlineData: { mimeType: "image/png", data: "AA==" } }),
    content: true,
  },
  { name: "an empty text", chunk: part({ text: "" }), content: false },
  { name: "no candidate", chunk: { candidates: [] }, content: false },
])("whether $name is content: $content", ({ chunk, content }) => {
  expect(tapAll(gemini, sse([chunk]), "sse").content >= 0).toBe(content);
});

test("E251 a blocked prompt ends the reply", () => {
  const chunk = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: usage };
  expect(tapAll(gemini, sse([chunk]), "sse")).toMatchObject({ terminal: 0, content: -1 });
});

test("an error among the chunks is seen in both framings", () => {
  const chunk = { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } };
  const failure = { class: "overloaded", message: "overloaded" } as const;
  expect(tapAll(gemini, sse([chunk]), "sse").failure).toMatchObject(failure);
  expect(tapAll(gemini, array([chunk]), "json-array").failure).toMatchObject(failure);
});

test("cached tokens beyond the prompt leave no negative count", () => {
  const body = utf8(
    JSON.stringify({ usageMetadata: { promptTokenCount: 1, cachedContentTokenCount: 3 } }),
  );
  expect(gemini.tap.usage(body)).toMatchObject({ inFresh: 0, cacheRead: 3 });
  expect(gemini.tap.usage(utf8("{}"))).toBeUndefined();
  expect(gemini.tap.usage(utf8("no json"))).toBeUndefined();
});

test("sound is counted apart", () => {
  const details = [
    { modality: "TEXT", tokenCount: 1 },
    { modality: "AUDIO", tokenCount: 7 },
  ];
  const body = utf8(JSON.stringify({ usageMetadata: { ...usage, promptTokensDetails: details } }));
  expect(gemini.tap.usage(body)).toMatchObject({ audioIn: 7 });
});

test("recorded streams and replies: the buckets add up to the vendor's total", () => {
  let seen = 0;
  for (const { id, operation, reply } of recorded("gemini")) {
    if (operation !== "chat" || reply.status !== 200) continue;
    const found =
      reply.kind === "sse"
        ? tapAll(gemini, utf8(reply.text), "sse")
        : {
            usage: reply.kind === "json" ? gemini.tap.usage(utf8(reply.body)) : undefined,
            terminal: 0,
          };
    expect({ id, terminal: found.terminal >= 0 }).toEqual({ id, terminal: true });
    if (found.usage === undefined) continue;
    const { inFresh = 0, cacheRead = 0, output = 0, toolUseIn = 0, reported = "{}" } = found.usage;
    const { totalTokenCount } = JSON.parse(reported);
    if (totalTokenCount === undefined) continue;
    const sum = inFresh + cacheRead + output + toolUseIn;
    expect({ id, sum }).toEqual({ id, sum: totalTokenCount });
    seen++;
  }
  console.log(`gemini: ${seen} recorded usages add up`);
});
