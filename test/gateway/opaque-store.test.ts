// Clients that keep only role, content and tool calls: the reasoning of their model is remembered for them.
import { afterAll, expect, test } from "bun:test";
import OpenAI from "openai";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  startGateway,
  startUpstream,
} from "../support/gateway.ts";

const THINKING = { type: "thinking", thinking: "I look it up.", signature: "U0lH" };
const USE = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } };
const REPLY = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [THINKING, USE],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 9 },
};
const EVENTS = [
  { type: "message_start", message: { ...REPLY, content: [], stop_reason: null } },
  {
    type: "content_block_start",
    index: 0,
    content_block: { type: "thinking", thinking: "", signature: "" },
  },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "thinking_delta", thinking: THINKING.thinking },
  },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "signature_delta", signature: THINKING.signature },
  },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { ...USE, input: {} } },
  {
    type: "content_block_delta",
    index: 1,
    delta: { type: "input_json_delta", partial_json: '{"city":"Rome"}' },
  },
  { type: "content_block_stop", index: 1 },
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];

const upstream = startUpstream((socket, { body }) => {
  if (JSON.parse(String(body)).stream !== true) {
    socket.write(httpReply(200, "application/json", JSON.stringify(REPLY)));
    return;
  }
  socket.write(chunkedHead("text/event-stream"));
  for (const event of EVENTS) {
    socket.write(chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  }
  socket.write(LAST_CHUNK);
});
const TOKENS = ["tenant-one-0123456789abcdef", "tenant-two-0123456789abcdef"] as const;
const CONFIG = `
auth: { mode: tokens, tokens: [${TOKENS.join(", ")}] }
providers:
  up: { protocol: anthropic, base_url: "http://127.0.0.1:${upstream.port}", api_key: k, vendor: claude }
  other: { protocol: anthropic, base_url: "http://127.0.0.1:${upstream.port}", api_key: k, vendor: x }
models:
  claude: { provider: up, model: claude-sonnet-4-5 }
  foreign: { provider: other, model: claude-sonnet-4-5, capabilities: { vendor: x } }
`;
const gateway = startGateway(CONFIG);
const forgetful = startGateway(`${CONFIG}opaque_store: { max_bytes: 1 }\n`);
afterAll(async () => {
  await gateway.stop();
  await forgetful.stop();
  upstream.stop();
});

type Ask = { readonly url?: string; readonly token?: string; readonly model?: string };
const QUESTION = { role: "user", content: "Weather in Rome?" } as const;
const TOOLS = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: {} } },
  },
] as const;

function create(
  messages: OpenAI.ChatCompletionMessageParam[],
  { url = gateway.url, token = TOKENS[0], model = "claude" }: Ask = {},
): ReturnType<typeof OpenAI.prototype.chat.completions.stream> {
  const client = new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });
  const options = { reasoning_effort: "low", max_completion_tokens: 4096 } as const;
  return client.chat.completions.stream({ model, messages, tools: [...TOOLS], ...options });
}

/** A second turn of a client that keeps only role, content and calls; what the upstream was sent of the first. */
async function echo(ask: Ask = {}): Promise<{ readonly answer: unknown; readonly body: object }> {
  const calls = [
    {
      id: USE.id,
      type: "function",
      function: { name: USE.name, arguments: '{"city": "Rome"}' },
    },
  ] as const;
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    QUESTION,
    { role: "assistant", content: null, tool_calls: [...calls] },
    { role: "tool", tool_call_id: USE.id, content: "Sunny" },
  ];
  await create(messages, ask).finalChatCompletion();
  const body = JSON.parse(String(upstream.requests.at(-1)?.body));
  return { answer: body.messages[1].content, body };
}

test("E170 a client that keeps only words and calls gives the model its reasoning back", async () => {
  await create([QUESTION]).finalChatCompletion();
  const { answer, body } = await echo();
  expect(answer).toEqual([THINKING, USE]);
  expect(body).toMatchObject({ thinking: { type: "enabled" } });
});

test("the reasoning of a whole reply is remembered as that of a stream", async () => {
  const client = new OpenAI({ apiKey: TOKENS[1], baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  await client.chat.completions.create({ model: "claude", messages: [QUESTION] });
  expect((await echo({ token: TOKENS[1] })).answer).toEqual([THINKING, USE]);
});

test("reasoning that is forgotten, or another vendor's, is left out, and the call goes on", async () => {
  const away: Ask[] = [{ url: forgetful.url }, { model: "foreign" }];
  for (const ask of away) {
    await create([QUESTION], { ...ask, model: "claude" }).finalChatCompletion();
    const { answer, body } = await echo(ask);
    expect(answer).toEqual([USE]);
    expect(body).not.toHaveProperty("thinking");
  }
});
