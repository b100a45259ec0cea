// Conversations that the gateway keeps, before providers of other protocols: the vendor's SDK leaves the history to the
// server, and scripted upstreams get it whole.
import { afterAll, describe, expect, test } from "bun:test";
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
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [THINKING, USE],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 9 },
};
const SPOKEN = { ...MESSAGE, content: [{ type: "text", text: "Sunny." }], stop_reason: "end_turn" };
const EVENTS = [
  { type: "message_start", message: { ...SPOKEN, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Sunny." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];

const messages = startUpstream((socket, { body }) => {
  const asked = JSON.parse(String(body));
  const answers = JSON.stringify(asked.messages).includes("tool_result");
  if (asked.stream !== true) {
    const reply = answers ? SPOKEN : MESSAGE;
    socket.write(httpReply(200, "application/json", JSON.stringify(reply)));
    return;
  }
  socket.write(chunkedHead("text/event-stream"));
  for (const event of EVENTS) {
    socket.write(chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  }
  socket.write(LAST_CHUNK);
});
let count = 0;
const completions = startUpstream((socket, { body }) => {
  const { messages: said } = JSON.parse(String(body));
  const reply = {
    id: `chatcmpl-${++count}`,
    object: "chat.completion",
    created: 1,
    model: "gpt-x",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: `saw ${said.length}` },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
  socket.write(httpReply(200, "application/json", JSON.stringify(reply)));
});
const gateway = startGateway(`
providers:
  an: { protocol: anthropic, base_url: "http://127.0.0.1:${messages.port}", api_key: k }
  oc: { protocol: openai, base_url: "http://127.0.0.1:${completions.port}/v1", api_key: k }
models:
  claude: { provider: an, model: claude-sonnet-4-5 }
  gpt: { provider: oc, model: gpt-x }
responses_store: memory
checks: { sample: 1 }
`);
const client = new OpenAI({ apiKey: "x", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
afterAll(async () => {
  await gateway.stop();
  messages.stop();
  completions.stop();
});

const TOOL: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  parameters: { type: "object", properties: {} },
  strict: false,
};

describe("a chain of three turns", () => {
  test("reaches Claude whole, with its reasoning", async () => {
    const reasoning = { effort: "low" } as const;
    const ask = { model: "claude", tools: [TOOL], reasoning };
    const first = await client.responses.create({ ...ask, input: "Weather in Rome?" });
    const call = first.output.find((item) => item.type === "function_call");
    const stream = client.responses.stream({
      ...ask,
      previous_response_id: first.id,
      input: [{ type: "function_call_output", call_id: call?.call_id ?? "", output: "23 degrees" }],
    });
    const second = await stream.finalResponse();
    expect(second.output_text).toBe("Sunny.");
    const third = await client.responses.create({
      ...ask,
      previous_response_id: second.id,
      input: "Thanks.",
    });
    expect(third.output_text).toBe("Sunny.");
    expect(JSON.parse(String(messages.requests.at(-1)?.body)).messages).toMatchObject([
      { role: "user", content: [{ type: "text", text: "Weather in Rome?" }] },
      { role: "assistant", content: [THINKING, USE] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      { role: "assistant", content: [{ type: "text", text: "Sunny." }] },
      { role: "user", content: [{ type: "text", text: "Thanks." }] },
    ]);
    const items = await client.responses.inputItems.list(third.id, { order: "asc" });
    expect(items.data.map(({ type }) => type)).toEqual([
      "message",
      "reasoning",
      "function_call",
      "function_call_output",
      "message",
      "message",
    ]);
  });

  test("goes on with another provider", async () => {
    const first = await client.responses.create({ model: "gpt", input: "One" });
    const second = await client.responses.create({
      model: "claude",
      input: "Two",
      previous_response_id: first.id,
    });
    const third = await client.responses.create({
      model: "gpt",
      input: "Three",
      previous_response_id: second.id,
    });
    expect(third.output_text).toMatch(/^saw [56]$/);
    expect(gateway.errors).toEqual([]);
  });
});

test("what the client does not want to be kept is not, before any provider", async () => {
  const { id } = await client.responses.create({ model: "claude", input: "secret", store: false });
  const asked = messages.requests.length;
  const next = async (): Promise<unknown> =>
    client.responses.create({ model: "claude", input: "x", previous_response_id: id });
  await expect(next()).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
  expect(messages.requests).toHaveLength(asked);
});
