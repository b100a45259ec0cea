// A model that ended without an answer where the client's dialect could not say so: another member answers instead, before the
// client has seen a byte (translation.md B.13, malformed_call).
import { afterAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { httpReply, startGateway, startUpstream } from "../support/gateway.ts";

const SPOILT = {
  candidates: [
    { content: { role: "model" }, finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "odd" },
  ],
  usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  modelVersion: "gemini-2.5-pro",
};
const spoilt = startUpstream((socket, { target }) => {
  const text = JSON.stringify(SPOILT);
  const isStream = target.includes("stream");
  const type = isStream ? "text/event-stream" : "application/json";
  socket.write(httpReply(200, type, isStream ? `data: ${text}\n\n` : text));
});

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [{ type: "text", text: "Here." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
};
const EVENTS = [
  { type: "message_start", message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Here." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];
const fine = startUpstream((socket, { body }) => {
  const { stream } = JSON.parse(String(body)) as { readonly stream?: boolean };
  const events = EVENTS.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`);
  if (stream === true) socket.write(httpReply(200, "text/event-stream", events.join("")));
  else socket.write(httpReply(200, "application/json", JSON.stringify(MESSAGE)));
});

const gateway = startGateway(`
providers:
  ge: { protocol: gemini, base_url: "http://127.0.0.1:${spoilt.port}", api_key: k }
  an: { protocol: anthropic, base_url: "http://127.0.0.1:${fine.port}", api_key: k }
models:
  gemini: { provider: ge, model: gemini-2.5-pro }
  claude: { provider: an, model: claude-sonnet-4-5 }
pools: { p: { members: [{ model: gemini, weight: 1000 }, { model: claude }] } }
`);
const client = new OpenAI({ apiKey: "k", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
afterAll(async () => {
  await gateway.stop();
  spoilt.stop();
  fine.stop();
});

test.each([false, true])("another member answers, streamed %p", async (stream) => {
  const before = [spoilt.requests.length, fine.requests.length] as const;
  const body = { model: "p", messages: [{ role: "user" as const, content: "Go." }] };
  const completion = stream
    ? await client.chat.completions.stream(body).finalChatCompletion()
    : await client.chat.completions.create(body);
  expect(completion.choices[0]?.message.content).toBe("Here.");
  expect([spoilt.requests.length - before[0], fine.requests.length - before[1]]).toEqual([1, 1]);
});

test("without another member it is an error, never an empty success", async () => {
  const call = client.chat.completions.create({
    model: "gemini",
    messages: [{ role: "user", content: "Go." }],
  });
  expect(await call.catch((error: unknown) => error)).toMatchObject({
    status: 502,
    message: expect.stringContaining("MALFORMED_FUNCTION_CALL"),
  });
});
