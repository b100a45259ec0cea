// What the same-protocol path sees in traffic that it passes on.
import { expect, test } from "bun:test";
import { utf8 } from "../../../src/lib/bytes.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { recorded } from "../../support/corpus.ts";
import { tapAll } from "../../support/taps.ts";

const { tap } = anthropic;

function see(type: string, rest: Record<string, unknown> = {}) {
  return tap.frame(utf8(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`), "sse");
}

/** The same event without its name, as some servers send it. */
function seeNameless(type: string, rest: Record<string, unknown> = {}) {
  return tap.frame(utf8(`data: ${JSON.stringify({ type, ...rest })}\n\n`), "sse");
}

test.each(["content_block_start", "content_block_delta"])("%s is content", (type) => {
  expect(see(type)).toEqual({ content: true, terminal: false });
  expect(seeNameless(type)).toEqual({ content: true, terminal: false });
});

test("a ping is nothing", () => {
  expect(see("ping")).toEqual({ content: false, terminal: false });
  expect(seeNameless("ping")).toEqual({ content: false, terminal: false });
});

test("the start tells the usage of the prompt", () => {
  const usage = { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 1 };
  expect(see("message_start", { message: { usage } })).toMatchObject({
    content: false,
    terminal: false,
    usage: { inFresh: 7, cacheRead: 3, output: 1 },
  });
});

test("a stop reason is the end, and message_stop is", () => {
  expect(see("message_delta", { delta: { stop_reason: null } }).terminal).toBe(false);
  const last = see("message_delta", {
    delta: { stop_reason: "end_turn" },
    usage: { output_tokens: 9 },
  });
  expect(last).toMatchObject({ terminal: true, usage: { output: 9 } });
  expect(see("message_stop")).toEqual({ content: false, terminal: true });
  expect(seeNameless("message_stop")).toEqual({ content: false, terminal: true });
});

test("an error is a failure of its class", () => {
  const error = { type: "overloaded_error", message: "Overloaded" };
  expect(see("error", { error }).failure).toMatchObject({
    class: "overloaded",
    message: "Overloaded",
  });
});

test("words of the model are not mistaken for events", () => {
  const delta = { type: "text_delta", text: 'event: error\ndata: {"type":"error"}' };
  expect(see("content_block_delta", { index: 0, delta })).toEqual({
    content: true,
    terminal: false,
  });
});

test("buffered usage, and an error in disguise", () => {
  const body = utf8('{"content":[],"usage":{"input_tokens":5,"output_tokens":2}}');
  expect(tap.usage(body)).toMatchObject({ inFresh: 5, output: 2 });
  expect(tap.usage(utf8("no JSON"))).toBeUndefined();
  expect(tap.usage(utf8('{"input_tokens":5}'))).toBeUndefined();
  const failed = { type: "error", error: { type: "api_error", message: "m" } };
  expect(tap.failure(failed)?.class).toBe("server-error");
  expect(tap.failure({ type: "message", content: [] })).toBeUndefined();
});

test("a client is told of a failure by one event, and no end follows", () => {
  expect(tap.errorFrames({ class: "timeout", message: "late" }, "sse")).toEqual([
    {
      kind: "sse",
      event: "error",
      data: '{"type":"error","error":{"type":"timeout_error","message":"late"}}',
    },
  ]);
});

test("recorded traffic: every stream has content and an end, every count is the vendor's", () => {
  let streams = 0;
  for (const { id, operation, reply } of recorded("anthropic")) {
    if (operation !== "chat" || reply.kind !== "sse" || reply.status !== 200) continue;
    streams += 1;
    const seen = tapAll(anthropic, utf8(reply.text), "sse");
    const ended = seen.terminal >= 0 || seen.failure !== undefined;
    const output = [...reply.text.matchAll(/"output_tokens": ?(\d+)/g)].length > 0;
    expect({ id, ended, usage: seen.usage !== undefined }).toEqual({
      id,
      ended: true,
      usage: output,
    });
    expect(seen.content).toBeLessThan(seen.terminal);
  }
  console.log(`anthropic: ${streams} recorded streams tapped`);
});
