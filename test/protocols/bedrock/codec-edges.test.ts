// Edge cases of replies, streams and instructions (translation.md D.2, D.6, E).
import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import type { Client } from "../../../src/protocols/protocol.ts";
import {
  decodeMessage,
  encodeMessage,
  eventMessage,
  stringHeader,
} from "../../../src/wire/eventstream.ts";
import { jsonDocument } from "../../support/json-text.ts";

const ORIGIN = { vendor: "anthropic", model: "m" } as const;
const CLIENT: Client = {
  callId: "call-1",
  model: "m",
  now: 1_700_000_000,
  streamUsage: true,
  framing: "sse",
  seal: ({ data }) => data,
};

test("E049 a cache point in front of all instructions returns to its place", () => {
  const body =
    '{"system":[{"cachePoint":{"type":"default"}},{"text":"be kind"}],"messages":[{"role":"user","content":[{"text":"hi"}]}]}';
  const context = { model: "m", stream: false, unseal: () => undefined };
  const decoded = bedrock.codec.request.decode(jsonDocument(body), context);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const target = { ...ORIGIN, stream: false, capabilities: {}, profile: {} };
  const encoded = bedrock.codec.request.encode({ ...decoded.value, source: "bedrock" }, target);
  expect(JSON.parse(printJson(encoded.body))).toMatchObject({
    system: [{ cachePoint: { type: "default" } }, { text: "be kind" }],
  });
});

test("E255 an answer of the guardrail keeps its words", () => {
  const body =
    '{"output":{"message":{"role":"assistant","content":[{"text":"I may not."}]}},"stopReason":"guardrail_intervened","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}';
  const decoded = bedrock.codec.reply.decode(jsonDocument(body), ORIGIN);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const encoded = openai.codec.reply.encode(decoded.value, CLIENT);
  expect(JSON.parse(printJson(encoded.body))).toMatchObject({
    choices: [{ message: { content: "I may not." }, finish_reason: "content_filter" }],
  });
});

test("E300 a stream that breaks off before messageStop has neither stop nor end", () => {
  const decoder = bedrock.codec.stream.decoder(ORIGIN);
  const events = [
    ...decoder.push(eventMessage("messageStart", '{"role":"assistant"}')),
    ...decoder.push(
      eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"Hel"}}'),
    ),
    ...decoder.end(),
  ].map(({ type }) => type);
  expect(events).toContain("delta");
  expect(events).not.toContain("stop");
  expect(events).not.toContain("end");
});

test("E301 a failure of the upstream is an exception frame whose checksums are right", () => {
  const encoder = bedrock.codec.stream.encoder({ ...CLIENT, framing: "eventstream" });
  const failure = { class: "rate-limited", message: "slow down" } as const;
  const [frame] = encoder.push({ type: "error", failure });
  if (frame?.kind !== "message") throw new Error("no message");
  // The framing's decoder verifies both checksums.
  const read = decodeMessage(encodeMessage(frame));
  if (!read.ok) throw new Error(read.error.message);
  expect(stringHeader(read.value, ":message-type")).toBe("exception");
  expect(stringHeader(read.value, ":exception-type")).toBe("throttlingException");
});
