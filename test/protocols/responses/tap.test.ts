// What the tap sees of streams and buffered replies, held against recorded traffic; errors beyond those shared with Chat
// Completions.
import { expect, test } from "bun:test";
import OpenAI, { APIError } from "openai";
import { responses } from "../../../src/protocols/responses/index.ts";
import { recorded } from "../../support/corpus.ts";
import { decodeRow } from "../../support/failures.ts";
import { sseText } from "../../support/streams.ts";
import { tapAll } from "../../support/taps.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 4 },
};

test.each(["response.completed", "response.incomplete"])(
  "content, %s and the usage in it",
  (last) => {
    const text =
      event("response.created", { response: { status: "in_progress" } }) +
      event("response.in_progress") +
      event("response.output_item.added") +
      event("response.output_text.delta", { delta: "x" }) +
      event(last, { response: { usage: USAGE } });
    expect(tapAll(responses, utf8(text), "sse")).toMatchObject({
      content: 2,
      terminal: 4,
      failure: undefined,
      usage: { inFresh: 30, cacheRead: 60, cacheWrite: 10, output: 9, reasoning: 4 },
    });
  },
);

test.each([
  ["response.queued", false],
  ["keepalive", false],
  ["response.web_search_call.in_progress", true],
  ["response.reasoning_summary_text.delta", true],
])("whether %s is content: %p, with or without its name in front", (type, content) => {
  const text = event(type);
  expect(responses.tap.frame(utf8(text), "sse").content).toBe(content);
  expect(responses.tap.frame(utf8(text.slice(text.indexOf("data:"))), "sse").content).toBe(content);
});

const failed = (code: string): string =>
  event("response.failed", { response: { status: "failed", error: { code, message: "why" } } });

test.each([
  ["server_error", "server-error"],
  ["rate_limit_exceeded", "rate-limited"],
  ["insufficient_quota", "quota-exhausted"],
  ["invalid_prompt", "content-refused"],
  ["vector_store_timeout", "timeout"],
  ["invalid_image_url", "invalid"],
  ["image_content_policy_violation", "content-refused"],
  ["failed_to_download_image", "invalid"],
] as const)("a response that failed with %s is %s", (code, expected) => {
  expect(tapAll(responses, utf8(failed(code)), "sse").failure).toMatchObject({
    class: expected,
    message: "why",
    code,
  });
});

test("an error event is read as documented and as sent", () => {
  const documented = event("error", { code: "rate_limit_exceeded", message: "why", param: null });
  const sent = event("error", { error: { code: "rate_limit_exceeded", message: "why" } });
  for (const text of [documented, sent]) {
    expect(tapAll(responses, utf8(text), "sse").failure).toMatchObject({
      class: "rate-limited",
      message: "why",
    });
  }
});

test("a buffered response that failed is a failure, a completed one is none", () => {
  const error = { code: "server_error", message: "why" };
  expect(responses.tap.failure({ status: "failed", error })).toMatchObject({
    class: "server-error",
  });
  expect(responses.tap.failure({ status: "completed", error: null })).toBeUndefined();
});

/** What the SDK makes of a stream. */
async function fold(text: string): Promise<unknown> {
  const reply = () =>
    Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
  const fetch = Object.assign(reply, { preconnect: () => undefined });
  const client = new OpenAI({
    apiKey: "k",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch,
  });
  return client.responses.stream({ model: "m", input: "hi" }).finalResponse();
}

test("the SDK throws the error that ends a stream, with its code", async () => {
  const frames = responses.tap.errorFrames({ class: "rate-limited", message: "why" }, "sse");
  const response = { id: "resp_1", object: "response", status: "in_progress", output: [] };
  const text = event("response.created", { response, sequence_number: 0 }) + sseText(frames);
  const error = await fold(text).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({ code: "rate_limit_exceeded" });
  expect(String(error)).toContain("why");
});

test("the last events are numbered upwards, and within what a client may read as 32 bits", () => {
  const frames = responses.tap.errorFrames({ class: "network", message: "gone" }, "sse");
  const events = frames.map((frame) => (frame.kind === "sse" ? JSON.parse(frame.data) : {}));
  expect(events.map(({ type }) => type)).toEqual(["error", "response.failed"]);
  const [first, second] = events.map(({ sequence_number }) => sequence_number);
  expect(first).toBeLessThan(second);
  expect(second).toBeLessThan(2 ** 31);
  expect(events[1].response).toMatchObject({
    status: "failed",
    error: { code: "upstream_unreachable", message: "gone" },
  });
});

test("recorded errors mean what they say", () => {
  const unknown = ["responses-chat-5814666c86d0", "responses-chat-f54e0586bcf5"];
  const quota = ["responses-chat-d206f4723e57"];
  for (const { id, reply } of recorded("responses")) {
    if (reply.kind !== "json" || reply.status < 400) continue;
    // Two fixtures do not tell their status.
    const status = reply.status === 500 ? 400 : reply.status;
    const failure = decodeRow(responses, { status, body: reply.body });
    const expected = unknown.includes(id)
      ? "model-unknown"
      : quota.includes(id)
        ? "quota-exhausted"
        : "invalid";
    expect(`${id}: ${failure.class}`).toBe(`${id}: ${expected}`);
  }
});

test("recorded traffic: every stream has content and an end, and the buckets add up", () => {
  let seen = 0;
  for (const { id, operation, reply } of recorded("responses")) {
    if (operation !== "chat" || reply.status !== 200) continue;
    const tapped = reply.kind === "sse" ? tapAll(responses, utf8(reply.text), "sse") : undefined;
    if (tapped !== undefined) {
      const complete = tapped.content > 0 && tapped.terminal > tapped.content;
      // One recorded account had no credit left.
      const ended = complete || tapped.failure?.class === "quota-exhausted";
      expect(`${id} ${ended}`).toBe(`${id} true`);
    }
    const usage =
      tapped?.usage ?? (reply.kind === "json" ? responses.tap.usage(utf8(reply.body)) : undefined);
    if (usage === undefined) continue;
    const { inFresh = 0, cacheRead = 0, cacheWrite = 0, output = 0, reported = "{}" } = usage;
    const sum = inFresh + cacheRead + cacheWrite + output;
    expect(`${id} ${sum}`).toBe(`${id} ${JSON.parse(reported).total_tokens}`);
    seen++;
  }
  console.log(`responses: ${seen} recorded usages add up`);
});
