// Conversations that the gateway keeps, with the vendor's SDK in front and scripted upstreams behind.
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  startGateway,
  startUpstream,
  type Script,
} from "../support/gateway.ts";

const TOKENS = ["tenant-one-0123456789abcdef", "tenant-two-0123456789abcdef"] as const;

let failing = false;
let count = 0;

/** A reply of the vendor: its text says how many items came in. */
function replyTo(body: { readonly input: unknown }): Record<string, unknown> {
  const items = Array.isArray(body.input) ? body.input.length : 1;
  const number = ++count;
  return {
    id: `resp_${number}`,
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-x",
    output: [
      { id: `rs_${number}`, type: "reasoning", summary: [], encrypted_content: `ENC${number}` },
      {
        id: `msg_${number}`,
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: `saw ${items}`, annotations: [] }],
      },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
}

const vendor: Script = (socket, { body, target }) => {
  const asked = body.byteLength === 0 ? {} : JSON.parse(String(body));
  if (failing) {
    socket.write(httpReply(500, "application/json", '{"error":{"message":"down"}}'));
    return;
  }
  if (target.includes("resp_theirs")) {
    socket.write(
      httpReply(200, "application/json", '{"id":"resp_theirs","object":"response","output":[]}'),
    );
    return;
  }
  const reply = replyTo(asked);
  if (asked.stream !== true) {
    socket.write(httpReply(200, "application/json", JSON.stringify(reply)));
    return;
  }
  const event = (type: string, more: object): void => {
    socket.write(chunk(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`));
  };
  socket.write(chunkedHead("text/event-stream"));
  event("response.created", { sequence_number: 0, response: { ...reply, output: [] } });
  event("response.in_progress", { sequence_number: 1, response: { ...reply, output: [] } });
  event("response.completed", { sequence_number: 2, response: reply });
  socket.write(LAST_CHUNK);
};

const responses = startUpstream(vendor);
const messages = startUpstream((socket) => {
  socket.write(httpReply(500, "application/json", "{}"));
});

function configOf(store: string): string {
  return `
auth: { mode: tokens, tokens: [${TOKENS.join(", ")}] }
providers:
  or: { protocol: responses, base_url: "http://127.0.0.1:${responses.port}/v1", api_key: k }
  an: { protocol: anthropic, base_url: "http://127.0.0.1:${messages.port}", api_key: k }
models:
  gpt: { provider: or, model: gpt-x }
  claude: { provider: an, model: claude-sonnet-4-5 }
pools:
  mixed: { members: [{ model: claude, weight: 100 }, { model: gpt, weight: 1 }] }
passthrough_routes: { responses: or }
${store}
`;
}
const gateway = startGateway(configOf("responses_store: memory"));
const without = startGateway(configOf(""));

function sdk(token: string = TOKENS[0], url: string = gateway.url): OpenAI {
  return new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });
}

/** Body of the last request that the vendor saw. */
function lastBody(): Record<string, unknown> {
  return JSON.parse(String(responses.requests.at(-1)?.body));
}

/** What a call is refused with; the SDK's promises are none of the runtime's. */
async function refusal(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { answered: await call };
  } catch (error) {
    return error;
  }
}

beforeEach(() => {
  failing = false;
});
afterAll(async () => {
  await gateway.stop();
  await without.stop();
  responses.stop();
  messages.stop();
});

const notFound = { status: 400, code: "previous_response_not_found" };

describe("a provider that speaks the client's protocol", () => {
  test("gets the whole history of a chain, and is told to keep nothing", async () => {
    const client = sdk();
    const first = await client.responses.create({
      model: "gpt",
      input: "One",
      instructions: "Only now",
    });
    expect(lastBody()).toEqual({ model: "gpt-x", input: "One", instructions: "Only now" });
    const stream = client.responses.stream({
      model: "gpt",
      input: "Two",
      previous_response_id: first.id,
    });
    let secondId = "";
    for await (const event of stream) {
      if (event.type === "response.completed") secondId = event.response.id;
    }
    const third = await client.responses.create({
      model: "gpt",
      input: "Three",
      previous_response_id: secondId,
    });
    expect(third.output_text).toBe("saw 7");
    const seen = lastBody();
    expect(seen["store"]).toBe(false);
    expect(seen["include"]).toEqual(["reasoning.encrypted_content"]);
    expect(seen).not.toHaveProperty("previous_response_id");
    expect(seen).not.toHaveProperty("instructions");
    const input = Object(seen["input"]);
    expect(input.map((item: { type: string }) => item.type)).toEqual([
      "message",
      "reasoning",
      "message",
      "message",
      "reasoning",
      "message",
      "message",
    ]);
    const kept = await client.responses.retrieve(third.id);
    expect(kept.previous_response_id).toBe(secondId);
    const items = await client.responses.inputItems.list(third.id, { order: "asc", limit: 2 });
    const all: unknown[] = [];
    for await (const item of items) all.push(item);
    expect(all).toHaveLength(7);
  });

  test("is asked itself for what only it can know", async () => {
    const client = sdk();
    const body = { model: "gpt", input: "Two", previous_response_id: "resp_theirs" };
    await client.responses.create(body);
    expect(lastBody()).toEqual({ ...body, model: "gpt-x" });
    // Of a pool, only those members can: the other one is never asked.
    const asked = messages.requests.length;
    await client.responses.create({ ...body, model: "mixed" });
    expect(messages.requests).toHaveLength(asked);
    failing = true;
    const failed = client.responses.create({ ...body, model: "mixed" });
    expect(await refusal(failed)).toMatchObject({ status: 500 });
    expect(messages.requests).toHaveLength(asked);
    failing = false;
    expect((await client.responses.retrieve("resp_theirs")).id).toBe("resp_theirs");
  });
});

test("E320 a history that nobody knows is never left out on the way to another protocol", async () => {
  for (const { url } of [gateway, without]) {
    const asked = messages.requests.length;
    const call = sdk(TOKENS[0], url).responses.create({
      model: "claude",
      input: "x",
      previous_response_id: "resp_unknown",
    });
    expect(await refusal(call)).toMatchObject({ ...notFound, param: "previous_response_id" });
    expect(messages.requests).toHaveLength(asked);
  }
});

test("E321 an unknown item is refused in the client's envelope", async () => {
  const call = sdk().responses.create({
    model: "claude",
    input: [{ type: "item_reference", id: "msg_unknown" }],
  });
  expect(await refusal(call)).toMatchObject({
    status: 400,
    param: "input",
    type: "invalid_request_error",
    message: expect.stringContaining("Item with id 'msg_unknown' not found."),
  });
});

test("E322 what the client does not want to be kept is not", async () => {
  const client = sdk();
  const { id } = await client.responses.create({ model: "gpt", input: "secret", store: false });
  const next = client.responses.create({ model: "claude", input: "x", previous_response_id: id });
  expect(await refusal(next)).toMatchObject(notFound);
});

test("tenants do not see each other's replies", async () => {
  const { id } = await sdk().responses.create({ model: "gpt", input: "mine" });
  const other = sdk(TOKENS[1]);
  const next = other.responses.create({ model: "claude", input: "x", previous_response_id: id });
  expect(await refusal(next)).toMatchObject(notFound);
  expect((await sdk().responses.retrieve(id)).id).toBe(id);
});

test("replies are deleted, streamed again, and not cancelled", async () => {
  const client = sdk();
  const { id } = await client.responses.create({ model: "gpt", input: "x" });
  const events: string[] = [];
  for await (const event of await client.responses.retrieve(id, { stream: true })) {
    events.push(event.type);
  }
  expect(events.at(0)).toBe("response.created");
  expect(events.at(-1)).toBe("response.completed");
  expect(await refusal(client.responses.cancel(id))).toMatchObject({ status: 400 });
  await client.responses.delete(id);
  const next = client.responses.create({ model: "claude", input: "x", previous_response_id: id });
  expect(await refusal(next)).toMatchObject(notFound);
});

test("a conversation goes on by its name", async () => {
  const client = sdk();
  const conversation = await client.conversations.create({ metadata: { topic: "t" } });
  await client.responses.create({ model: "gpt", input: "One", conversation: conversation.id });
  const second = await client.responses.create({
    model: "gpt",
    input: "Two",
    conversation: { id: conversation.id },
  });
  expect(second.output_text).toBe("saw 4");
  const items = await client.conversations.items.list(conversation.id);
  expect(items.data).toHaveLength(6);
  await client.conversations.delete(conversation.id);
  const gone = client.conversations.retrieve(conversation.id);
  expect(await refusal(gone)).toMatchObject({ status: 404 });
});

test("without a store nothing is looked at: what a client says goes to its provider", async () => {
  const body = { model: "gpt", input: "Two", previous_response_id: "resp_1" };
  await sdk(TOKENS[0], without.url).responses.create(body);
  expect(lastBody()).toEqual({ ...body, model: "gpt-x" });
});

test("without a store a reference to another protocol's provider is refused with a way out", async () => {
  const item = { type: "item_reference", id: "msg_1" } as const;
  const call = sdk(TOKENS[0], without.url).responses.create({ model: "claude", input: [item] });
  expect(await refusal(call)).toMatchObject({
    status: 400,
    code: "item_not_found",
    message: expect.stringContaining("responses_store is not configured"),
  });
});
