// What the same-protocol path sees in traffic that it passes on.
import { expect, test } from "bun:test";
import { concat, utf8 } from "../../../src/lib/bytes.ts";
import { openai } from "../../../src/protocols/openai/index.ts";
import { recorded } from "../../support/corpus.ts";

const { tap } = openai;

function see(data: string) {
  return tap.frame(utf8(`data: ${data}\n\n`), "sse");
}

const NOTHING = { content: false, terminal: false };

test.each([
  [
    "the role",
    '{"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null}',
  ],
  ["a spaced chunk", '{"choices": [{"delta": {"content": ""}, "finish_reason": null}]}'],
  [
    "no calls",
    '{"choices":[{"delta":{"content":null,"tool_calls":[],"reasoning":null},"finish_reason":""}]}',
  ],
  ["a keep-alive", '{"choices":[]}'],
])("%s is not content", (_, data) => {
  expect(see(data)).toEqual(NOTHING);
});

test.each([
  ["text", '{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}'],
  ["spaced text", '{"choices": [{"delta": {"content": "a"}}]}'],
  ["a call", '{"choices":[{"delta":{"content":"","tool_calls":[{"index":0}]}}]}'],
  ["reasoning", '{"choices":[{"delta":{"content":"","reasoning_content":"hm"}}]}'],
  ["a refusal", '{"choices":[{"delta":{"refusal":"no"}}]}'],
  ["speech", '{"choices":[{"delta":{"audio":{"id":"a"}}}]}'],
  [
    "log probabilities after empty text",
    '{"choices":[{"delta":{"content":""},"logprobs":{"content":[{"token":"a"}]}}]}',
  ],
])("%s is content", (_, data) => {
  expect(see(data)).toEqual({ content: true, terminal: false });
});

test("the end is a finish reason or [DONE]", () => {
  expect(see('{"choices":[{"delta":{},"finish_reason":"stop"}]}')).toEqual({
    content: false,
    terminal: true,
  });
  expect(see("[DONE]")).toEqual({ content: false, terminal: true });
  expect(tap.frame(utf8("data:[DONE]\r\n\r\n"), "sse").terminal).toBe(true);
});

test("words of the model are not mistaken for members", () => {
  const said = JSON.stringify(
    '"usage":{"prompt_tokens":1},"error":{"message":"x"},"finish_reason":"stop" [DONE]',
  );
  expect(see(`{"choices":[{"delta":{"content":${said}},"finish_reason":null}]}`)).toEqual({
    content: true,
    terminal: false,
  });
});

test("usage is read where it is, and only there", () => {
  const seen = see(
    '{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}',
  );
  expect(seen.usage).toMatchObject({ inFresh: 5, output: 2 });
  expect(seen.content).toBe(false);
});

test("an error is a failure", () => {
  expect(see('{"error":{"message":"busy","code":503}}').failure).toMatchObject({
    class: "overloaded",
    message: "busy",
  });
  expect(see('{"choices":[],"error":null}')).toEqual(NOTHING);
});

test("the usage of a buffered body is found behind megabytes of vectors", () => {
  const body = concat([
    utf8('{"data":[{"embedding":"'),
    utf8("A".repeat(1_000_000)),
    utf8('","note":"\\"usage\\":{"}],"usage":{"prompt_tokens":8,"total_tokens":8}}'),
  ]);
  expect(tap.usage(body)).toMatchObject({ inFresh: 8 });
  expect(tap.usage(utf8('{"usage":null}'))).toBeUndefined();
  expect(tap.usage(utf8('{"usage":{"prompt'))).toBeUndefined();
  expect(tap.usage(utf8(""))).toBeUndefined();
});

test("every recorded reply gives the same usage as its decoder", () => {
  for (const { id, operation, reply } of recorded("openai")) {
    if (operation !== "chat" || reply.kind !== "json" || reply.status !== 200) continue;
    const seen = tap.usage(utf8(reply.body));
    const body = JSON.parse(reply.body) as { usage?: { total_tokens: number } };
    expect({ id, seen: seen !== undefined }).toEqual({ id, seen: body.usage !== undefined });
  }
});

test("every recorded stream ends with a terminal frame, and its first frame with text is content", () => {
  for (const { id, operation, reply } of recorded("openai")) {
    if (operation !== "chat" || reply.kind !== "sse") continue;
    const frames = reply.text.split(/\r?\n\r?\n/).filter((text) => text.trim() !== "");
    const seen = frames.map((text) => tap.frame(utf8(`${text}\n\n`), "sse"));
    const failed = seen.some(({ failure }) => failure !== undefined);
    expect({ id, ended: failed || seen.some(({ terminal }) => terminal) }).toEqual({
      id,
      ended: true,
    });
    expect({ id, content: failed || seen.some(({ content }) => content) }).toEqual({
      id,
      content: true,
    });
  }
});

test("a client is told of a failure by one event and no [DONE]", () => {
  expect(tap.errorFrames({ class: "timeout", message: "late" }, "sse")).toEqual([
    {
      kind: "sse",
      event: undefined,
      data: '{"error":{"message":"late","type":"server_error","param":null,"code":"timeout"}}',
    },
  ]);
});

test("a 200 body that is an error is recognised", () => {
  expect(
    tap.failure({ error: { message: "m", code: "content_filter" }, status: null })?.class,
  ).toBe("content-refused");
  expect(tap.failure({ choices: [] })).toBeUndefined();
});
