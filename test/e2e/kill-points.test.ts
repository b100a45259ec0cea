// The upstream is killed at every point. Before content the call succeeds on another member; after it the client gets its
// dialect's own error event, never a made-up normal end.
import { afterEach, describe, expect, test } from "bun:test";
import { utf8 } from "../../src/lib/bytes.ts";
import { PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import {
  decodeMessage,
  encodeMessage,
  eventMessage,
  stringHeader,
} from "../../src/wire/eventstream.ts";
import { splitter } from "../../src/wire/split.ts";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
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

const sse = (data: unknown, event?: string): Uint8Array =>
  utf8(
    `${event === undefined ? "" : `event: ${event}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`,
  );
const named = (data: { type: string; [key: string]: unknown }): Uint8Array => sse(data, data.type);
const aws = (type: string, payload: unknown): Uint8Array =>
  encodeMessage(eventMessage(type, JSON.stringify(payload)));

/** A stream of each protocol as its vendor documents it: frames before content, with content, and the terminator. */
type Stream = {
  readonly type: string;
  readonly prelude: readonly Uint8Array[];
  readonly content: readonly Uint8Array[];
  readonly terminal: readonly Uint8Array[];
  readonly path: string;
  readonly body: unknown;
  /** Whether the last frame of a client's bytes is the dialect's own error. */
  readonly isError: (text: string, bytes: Uint8Array) => boolean;
};

const chunkOf = (delta: unknown, finish: string | null = null): Uint8Array =>
  sse({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const user = [{ role: "user", content: "hi" }];

const STREAMS = {
  openai: {
    type: "text/event-stream",
    prelude: [chunkOf({ role: "assistant", content: "" })],
    content: [chunkOf({ content: "hel" }), chunkOf({ content: "lo" })],
    terminal: [chunkOf({}, "stop"), sse("[DONE]")],
    path: "/v1/chat/completions",
    body: { model: "pool", stream: true, messages: user },
    isError: (text) => /data: \{"error":\{/.test(text) && !text.includes("[DONE]"),
  },
  responses: {
    type: "text/event-stream",
    prelude: [
      named({
        type: "response.created",
        sequence_number: 0,
        response: { id: "r", status: "in_progress" },
      }),
    ],
    content: [
      named({
        type: "response.output_item.added",
        sequence_number: 1,
        output_index: 0,
        item: { type: "message", id: "m" },
      }),
      named({
        type: "response.output_text.delta",
        sequence_number: 2,
        item_id: "m",
        delta: "hello",
      }),
    ],
    terminal: [
      named({
        type: "response.completed",
        sequence_number: 3,
        response: { id: "r", status: "completed", output: [] },
      }),
    ],
    path: "/v1/responses",
    body: { model: "pool", stream: true, input: "hi" },
    isError: (text) =>
      /event: error\ndata: \{"type":"error"/.test(text) && !text.includes("response.completed"),
  },
  anthropic: {
    type: "text/event-stream",
    prelude: [
      named({
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      }),
    ],
    content: [
      named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
      named({
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: "hello" },
      }),
      named({ type: "content_block_stop", index: 0 }),
    ],
    terminal: [
      named({
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 2 },
      }),
      named({ type: "message_stop" }),
    ],
    path: "/v1/messages",
    body: { model: "pool", stream: true, max_tokens: 10, messages: user },
    isError: (text) =>
      /event: error\ndata: \{"type":"error"/.test(text) && !text.includes("message_stop"),
  },
  gemini: {
    type: "text/event-stream",
    prelude: [sse({ usageMetadata: { promptTokenCount: 1 }, modelVersion: "m" })],
    content: [
      sse({ candidates: [{ index: 0, content: { role: "model", parts: [{ text: "hel" }] } }] }),
      sse({ candidates: [{ index: 0, content: { role: "model", parts: [{ text: "lo" }] } }] }),
    ],
    terminal: [
      sse({
        candidates: [
          { index: 0, content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP" },
        ],
      }),
    ],
    path: "/v1beta/models/pool:streamGenerateContent?alt=sse",
    body: { contents: [{ role: "user", parts: [{ text: "hi" }] }] },
    isError: (text) =>
      /data: \{"error":\{"code":5\d\d/.test(text) && !text.includes("finishReason"),
  },
  bedrock: {
    type: "application/vnd.amazon.eventstream",
    prelude: [aws("messageStart", { role: "assistant" })],
    content: [
      aws("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "hello" } }),
      aws("contentBlockStop", { contentBlockIndex: 0 }),
    ],
    terminal: [aws("messageStop", { stopReason: "end_turn" })],
    path: "/model/pool/converse-stream",
    body: { messages: [{ role: "user", content: [{ text: "hi" }] }] },
    isError: (_text, bytes) => {
      const frames = splitter("eventstream", 1 << 20).push(bytes);
      const last = frames.ok ? frames.value.frames.at(-1) : undefined;
      const message = last === undefined ? undefined : decodeMessage(last);
      return message?.ok === true && stringHeader(message.value, ":message-type") === "exception";
    },
  },
  cohere: {
    type: "text/event-stream",
    prelude: [
      named({
        type: "message-start",
        id: "x",
        delta: { message: { role: "assistant", content: [] } },
      }),
    ],
    content: [
      named({
        type: "content-start",
        index: 0,
        delta: { message: { content: { type: "text", text: "" } } },
      }),
      named({
        type: "content-delta",
        index: 0,
        delta: { message: { content: { text: "hello" } } },
      }),
      named({ type: "content-end", index: 0 }),
    ],
    terminal: [named({ type: "message-end", delta: { finish_reason: "COMPLETE" } })],
    path: "/v2/chat",
    body: { model: "pool", stream: true, messages: user },
    isError: (text) =>
      /event: message-end\ndata: .*"finish_reason":"ERROR"/.test(text) &&
      !text.includes("COMPLETE"),
  },
} as const satisfies Record<ProtocolName, Stream>;

function whole(stream: Stream): Script {
  return (socket) => {
    socket.write(chunkedHead(stream.type));
    for (const frame of [...stream.prelude, ...stream.content, ...stream.terminal])
      socket.write(chunk(frame));
    socket.write(LAST_CHUNK);
  };
}

/** A pool whose first member is the victim and whose second is well. */
function start(
  name: ProtocolName,
  victim: Script | undefined,
): { gateway: TestGateway; bad: Upstream; good: Upstream } {
  const bad = startUpstream(victim ?? (() => {}));
  const good = startUpstream(whole(STREAMS[name]));
  if (victim === undefined) bad.stop();
  const gateway = startGateway(`auth: { mode: none }
providers:
  bad: { protocol: ${name}, base_url: "http://127.0.0.1:${bad.port}", api_key: k }
  good: { protocol: ${name}, base_url: "http://127.0.0.1:${good.port}", api_key: k }
models: { b: { provider: bad, model: m }, g: { provider: good, model: m } }
pools:
  pool: { members: [{ model: b, weight: 100 }, { model: g, weight: 1 }], failover: { first_byte_timeout: 200ms, idle_timeout: 200ms } }
`);
  cleanups.push(async () => {
    await gateway.stop();
    bad.stop();
    good.stop();
  });
  return { gateway, bad, good };
}

async function call(
  gateway: TestGateway,
  stream: Stream,
): Promise<{ response: Response; bytes: Uint8Array; text: string }> {
  const response = await fetch(gateway.url + stream.path, {
    method: "POST",
    body: JSON.stringify(stream.body),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { response, bytes, text: new TextDecoder().decode(bytes) };
}

function join(frames: readonly Uint8Array[]): string {
  return Buffer.concat([...frames]).toString("latin1");
}

describe.each([...PROTOCOL_NAMES])("%s", (name) => {
  const stream: Stream = STREAMS[name];
  const [first = new Uint8Array(0)] = stream.content;
  const half = first.subarray(0, Math.floor(first.byteLength / 2));

  const BEFORE: readonly (readonly [string, Script | undefined])[] = [
    ["while connecting", undefined],
    ["before headers", (socket) => socket.end()],
    ["by reset before headers", (socket) => socket.terminate()],
    [
      "inside the headers",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-ty");
        socket.end();
      },
    ],
    [
      "after headers",
      (socket) => {
        socket.write(chunkedHead(stream.type));
        socket.end();
      },
    ],
    [
      "after the frames before content",
      (socket) => {
        socket.write(chunkedHead(stream.type));
        for (const frame of stream.prelude) socket.write(chunk(frame));
        setTimeout(() => socket.end(), 10);
      },
    ],
    [
      "inside the first frame with content",
      (socket) => {
        socket.write(chunkedHead(stream.type));
        for (const frame of [...stream.prelude, half]) socket.write(chunk(frame));
        setTimeout(() => socket.end(), 10);
      },
    ],
    ["by silence", () => {}],
    ["with garbage instead of HTTP", (socket) => void socket.write("SSH-2.0-x\r\n\r\n")],
    [
      "with an HTML error page",
      (socket) => void socket.write(httpReply(502, "text/html", "<h1>Bad gateway</h1>")),
    ],
  ];

  test.each([...BEFORE])(
    "killed %s, the call succeeds on the other member",
    async (_point, victim) => {
      const { gateway, good } = start(name, victim);
      const { response, bytes } = await call(gateway, stream);
      expect(response.status).toBe(200);
      expect(Buffer.from(bytes).toString("latin1")).toBe(
        join([...stream.prelude, ...stream.content, ...stream.terminal]),
      );
      expect(response.headers.get("x-recloser-route")).toEndWith("model=g; attempts=2");
      expect(good.requests.length).toBe(1);
      expect(gateway.runtime.cells.permits.inFlight("b")).toBe(0);
    },
  );

  const AFTER: readonly (readonly [string, readonly Uint8Array[], boolean])[] = [
    ["between frames", [...stream.prelude, first], true],
    [
      "in mid-frame",
      [...stream.prelude, ...stream.content, first.subarray(0, first.byteLength - 3)],
      true,
    ],
    [
      "after the last frame but before the terminator",
      [...stream.prelude, ...stream.content],
      true,
    ],
    ["by a clean end without the terminator", [...stream.prelude, ...stream.content], false],
  ];

  test.each([...AFTER])(
    "killed %s after content, the client gets the dialect's own error",
    async (_point, frames, cut) => {
      const { gateway } = start(name, (socket) => {
        socket.write(chunkedHead(stream.type));
        for (const frame of frames) socket.write(chunk(frame));
        setTimeout(() => {
          if (!cut) socket.write(LAST_CHUNK);
          socket.end();
        }, 30);
      });
      const { response, bytes, text } = await call(gateway, stream);
      expect(response.status).toBe(200);
      expect(response.headers.get("x-recloser-route")).toEndWith("model=b; attempts=1");
      // What was complete came through untouched, what was half was held back.
      const passed = frames.filter(
        (frame) => frame !== frames.at(-1) || !_point.startsWith("in mid-frame"),
      );
      expect(Buffer.from(bytes).toString("latin1")).toStartWith(join(passed));
      expect(stream.isError(text, bytes)).toBe(true);
      expect(gateway.errors).toEqual([]);
    },
  );
});
