// A stream that dies after content, gone on with by another member (`failover.continue`).
import { afterEach, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import {
  startGateway,
  startUpstream,
  type Script,
  type TestGateway,
  type Upstream,
} from "../support/gateway.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/** Writes events; `end`: properly, by closing the connection, or not at all. */
function stream(events: readonly string[], end: "whole" | "cut" = "whole"): Script {
  return (socket) => {
    socket.write(HEAD);
    for (const event of events) {
      const bytes = Buffer.from(event);
      socket.write(`${bytes.byteLength.toString(16)}\r\n${event}\r\n`);
    }
    if (end === "whole") socket.write("0\r\n\r\n");
    else setTimeout(() => socket.end(), 20);
  };
}

const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`;
const event = (type: string, more: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

const START = event("message_start", {
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 1 },
  },
});
const OPEN = event("content_block_start", {
  index: 0,
  content_block: { type: "text", text: "" },
});
const said = (text: string): string =>
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
const ENDING = [
  event("content_block_stop", { index: 0 }),
  event("message_delta", {
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 4 },
  }),
  event("message_stop", {}),
];

const DYING = [chunk({ role: "assistant", content: "" }), chunk({ content: "Hello, wor " })];
const GOING_ON = [START, OPEN, said(" "), said("ld of"), said(" pools."), ...ENDING];

/** `a` speaks OpenAI and dies; `b` speaks Anthropic. */
function setup(
  a: Script,
  b: Script,
  capabilities = "{ prefill: true }",
): {
  a: Upstream;
  b: Upstream;
  gateway: TestGateway;
} {
  const first = startUpstream(a);
  const second = startUpstream(b);
  const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${first.port}/v1", api_key: k }
  b: { protocol: anthropic, base_url: "http://127.0.0.1:${second.port}", api_key: k }
models:
  ma: { provider: a, model: m }
  mb: { provider: b, model: claude-x, capabilities: ${capabilities} }
pools:
  p: { members: [{ model: ma }, { model: mb }], policy: priority, failover: { continue: true } }
`);
  cleanups.push(async () => {
    await gateway.stop();
    first.stop();
    second.stop();
  });
  return { a: first, b: second, gateway };
}

const MESSAGES = [{ role: "user", content: "greet" }] as const;

function openai(gateway: TestGateway): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "x", maxRetries: 0 });
}

test("an OpenAI client sees one answer of two members, with the usage of both", async () => {
  const { b, gateway } = setup(stream(DYING, "cut"), stream(GOING_ON));
  const reply = await openai(gateway).chat.completions.create({
    model: "p",
    messages: [...MESSAGES],
    max_tokens: 100,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let finish: string | null = null;
  let tokens = 0;
  for await (const { choices, usage } of reply) {
    text += choices[0]?.delta.content ?? "";
    finish ??= choices[0]?.finish_reason ?? null;
    tokens = usage?.total_tokens ?? tokens;
  }
  expect(text).toBe("Hello, wor ld of pools.");
  expect([finish, tokens]).toEqual(["stop", 24]);
  const sent = JSON.parse(b.requests[0]?.body.toString() ?? "null") as unknown;
  expect(sent).toMatchObject({
    messages: [{ role: "user" }, { role: "assistant", content: [{ text: "Hello, wor" }] }],
  });
  expect(gateway.runtime.cells.permits.all().size).toBe(0);
  expect(gateway.errors).toEqual([]);
});

test("an Anthropic client sees one text block, and the trail tells of both attempts", async () => {
  const { gateway } = setup(stream(DYING, "cut"), stream(GOING_ON));
  const client = new Anthropic({ baseURL: gateway.url, apiKey: "x", maxRetries: 0 });
  const { data, response } = await client.messages
    .create({ model: "p", max_tokens: 100, messages: [...MESSAGES], stream: true })
    .withResponse();
  const blocks: string[] = [];
  for await (const each of data) {
    if (each.type === "content_block_start") blocks.push("");
    if (each.type === "content_block_delta" && each.delta.type === "text_delta") {
      blocks[each.index] = `${blocks[each.index] ?? ""}${each.delta.text}`;
    }
  }
  expect(blocks).toEqual(["Hello, wor ld of pools."]);
  const trail = gateway.runtime.trails.get(response.headers.get("x-recloser-request-id") ?? "");
  const attempts = trail?.steps.filter(({ kind }) => kind === "attempt");
  expect(attempts).toMatchObject([
    { model: "ma", verdict: "failed", evidence: { class: "network" } },
    { model: "mb", verdict: "answered" },
  ]);
});

test("the same protocol on both sides goes on as well, after an error in the stream", async () => {
  const broken = [
    START,
    OPEN,
    said("Hello, wor"),
    event("error", { error: { type: "overloaded_error", message: "busy" } }),
  ];
  const first = startUpstream(stream(broken));
  const second = startUpstream(stream([START, OPEN, said("ld."), ...ENDING]));
  const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: anthropic, base_url: "http://127.0.0.1:${first.port}", api_key: k, capabilities: { prefill: true } }
  b: { protocol: anthropic, base_url: "http://127.0.0.1:${second.port}", api_key: k, capabilities: { prefill: true } }
models: { ma: { provider: a, model: x }, mb: { provider: b, model: y } }
pools: { p: { members: [{ model: ma }, { model: mb }], policy: priority, failover: { continue: true } } }
`);
  cleanups.push(async () => {
    await gateway.stop();
    first.stop();
    second.stop();
  });
  const client = new Anthropic({ baseURL: gateway.url, apiKey: "x", maxRetries: 0 });
  const message = await client.messages
    .stream({ model: "p", max_tokens: 100, messages: [...MESSAGES] })
    .finalMessage();
  expect(message.content).toMatchObject([{ type: "text", text: "Hello, world." }]);
  expect(message.stop_reason).toBe("end_turn");
});

test.each([
  ["no other member continues a prefill", stream(DYING, "cut"), "{ prefill: false }"],
  [
    "a tool was called",
    stream(
      [
        ...DYING,
        chunk({
          tool_calls: [
            { index: 0, id: "t", type: "function", function: { name: "f", arguments: "{" } },
          ],
        }),
      ],
      "cut",
    ),
    "{ prefill: true }",
  ],
])("%s: the client is told that the stream failed", async (_why, script, capabilities) => {
  const { b, gateway } = setup(script, stream(GOING_ON), capabilities);
  const reply = await openai(gateway).chat.completions.create({
    model: "p",
    messages: [...MESSAGES],
    stream: true,
  });
  const read = async (): Promise<string> => {
    let text = "";
    for await (const { choices } of reply) text += choices[0]?.delta.content ?? "";
    return text;
  };
  expect(read()).rejects.toThrow();
  await read().catch(() => undefined);
  expect(b.requests.length).toBe(0);
  expect(gateway.runtime.cells.permits.all().size).toBe(0);
});

test("before content the call fails over as ever, and the second member answers anew", async () => {
  const { b, gateway } = setup(stream([], "cut"), stream(GOING_ON));
  const reply = await openai(gateway).chat.completions.create({
    model: "p",
    messages: [...MESSAGES],
    stream: true,
  });
  let text = "";
  for await (const { choices } of reply) text += choices[0]?.delta.content ?? "";
  expect(text).toBe(" ld of pools.");
  expect(b.requests[0]?.body.toString()).not.toContain("assistant");
});
