// What the tap sees of event streams and buffered replies, held against recorded traffic.
import { expect, test } from "bun:test";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { concat } from "../../../src/lib/bytes.ts";
import { encodeMessage, eventMessage, exceptionMessage } from "../../../src/wire/eventstream.ts";
import { recorded } from "../../support/corpus.ts";
import { tapAll } from "../../support/taps.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const event = (type: string, payload: object): Uint8Array =>
  encodeMessage(eventMessage(type, JSON.stringify(payload)));

const USAGE = {
  inputTokens: 5,
  outputTokens: 3,
  totalTokens: 40,
  cacheReadInputTokens: 20,
  cacheWriteInputTokens: 12,
  cacheDetails: [
    { ttl: "1h", inputTokens: 10 },
    { ttl: "5m", inputTokens: 2 },
  ],
};
const BUCKETS = {
  inFresh: 5,
  output: 3,
  cacheRead: 20,
  cacheWrite: 12,
  cacheWrite1h: 10,
  cacheWrite5m: 2,
};

test("content, the end, and the usage that comes after it", () => {
  const bytes = concat([
    event("messageStart", { role: "assistant" }),
    event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "a" } }),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    event("messageStop", { stopReason: "end_turn" }),
    event("metadata", { usage: USAGE, metrics: { latencyMs: 1 }, p: "abc" }),
  ]);
  const seen = tapAll(bedrock, bytes, "eventstream");
  expect(seen).toMatchObject({ content: 1, terminal: 3, frames: 5, usage: BUCKETS });
  expect(seen.failure).toBeUndefined();
});

test("E299 an exception in mid-stream is a failure, also an unmodelled one", () => {
  const bytes = encodeMessage(exceptionMessage("throttlingException", '{"message":"slow down"}'));
  expect(tapAll(bedrock, bytes, "eventstream").failure).toMatchObject({
    class: "rate-limited",
    message: "slow down",
    code: "ThrottlingException",
  });
  const unmodelled = encodeMessage({
    kind: "message",
    headers: new Map([
      [":message-type", { type: "string", value: "error" }],
      [":error-code", { type: "string", value: "internalServerException" }],
      [":error-message", { type: "string", value: "broke" }],
    ]),
    payload: new Uint8Array(0),
  });
  expect(bedrock.tap.frame(unmodelled, "eventstream").failure).toMatchObject({
    class: "server-error",
    message: "broke",
  });
});

test("a message with a wrong checksum is a failure, half a message is nothing", () => {
  const message = event("contentBlockDelta", { delta: { text: "a" } });
  expect(bedrock.tap.frame(message.subarray(0, 20), "eventstream")).toEqual({
    content: false,
    terminal: false,
  });
  const corrupt = message.slice();
  corrupt[corrupt.length - 6] = 0;
  expect(bedrock.tap.frame(corrupt, "eventstream").failure?.class).toBe("bad-upstream-reply");
});

test("E254 a 200 that holds an exception is none", () => {
  expect(bedrock.tap.failure({ __type: "x#ThrottlingException", message: "m" })).toMatchObject({
    class: "rate-limited",
  });
  expect(bedrock.tap.failure({ output: {}, stopReason: "end_turn" })).toBeUndefined();
});

test("recorded streams and replies: the buckets add up to the service's total", () => {
  let seen = 0;
  for (const { id, operation, reply } of recorded("bedrock")) {
    if (operation !== "chat" || reply.status !== 200) continue;
    const tapped =
      reply.kind === "eventstream" ? tapAll(bedrock, reply.bytes, "eventstream") : undefined;
    if (tapped !== undefined) {
      expect(`${id} ${tapped.failure?.message}`).toBe(`${id} undefined`);
      expect(tapped.content).toBeLessThan(tapped.terminal);
      expect(tapped.content).toBeGreaterThanOrEqual(0);
    }
    const usage =
      tapped?.usage ?? (reply.kind === "json" ? bedrock.tap.usage(utf8(reply.body)) : undefined);
    if (usage === undefined) continue;
    const { inFresh = 0, cacheRead = 0, cacheWrite = 0, output = 0, reported = "{}" } = usage;
    const sum = inFresh + cacheRead + cacheWrite + output;
    expect({ id, sum }).toEqual({ id, sum: JSON.parse(reported).totalTokens });
    seen++;
  }
  console.log(`bedrock: ${seen} recorded usages add up`);
});
