// Messages as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import { check } from "../../../src/protocols/anthropic/check.ts";
import { faultOf, named, swapped, twice, without } from "../../support/checks.ts";

const usage = {
  input_tokens: 3,
  output_tokens: 1,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: null,
};
const base = { id: "msg_1", type: "message", role: "assistant", model: "m", usage };
const use = { type: "tool_use", id: "toolu_1", name: "f", input: {} };
const reply = {
  ...base,
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
};

test("a message as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  expect(check.reply({ ...reply, content: [use], stop_reason: "tool_use" })).toBeUndefined();
  expect(
    check.reply({ ...reply, stop_reason: "stop_sequence", stop_sequence: "X" }),
  ).toBeUndefined();
});

test.each([
  { wrong: { type: "completion" }, says: "/type" },
  { wrong: { content: [{ type: "output_text", text: "" }] }, says: "/content/0/type" },
  { wrong: { content: [{ type: "thinking", thinking: "" }] }, says: "/content/0/signature" },
  { wrong: { content: [{ ...use, input: "{}" }] }, says: "/content/0/input" },
  { wrong: { stop_reason: "tool_use" }, says: "without a call" },
  { wrong: { stop_reason: "stop" }, says: "/stop_reason" },
  { wrong: { stop_sequence: "X" }, says: "was not the reason" },
  { wrong: { usage: { output_tokens: 1 } }, says: "/usage/input_tokens" },
])("a message with $wrong does not", ({ wrong, says }) => {
  expect(check.reply({ ...reply, ...wrong })).toContain(says);
});

const start = {
  type: "message_start",
  message: { ...base, content: [], stop_reason: null, stop_sequence: null },
};
const block = (index: number, content_block: object) =>
  named({ type: "content_block_start", index, content_block });
const delta = (index: number, piece: object) =>
  named({ type: "content_block_delta", index, delta: piece });
const stop = (index: number) => named({ type: "content_block_stop", index });
const end = (stop_reason: string) =>
  named({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage });
const stream = [
  named(start),
  named({ type: "ping" }),
  block(0, { type: "thinking", thinking: "", signature: "" }),
  delta(0, { type: "thinking_delta", thinking: "Hm" }),
  delta(0, { type: "signature_delta", signature: "c2ln" }),
  stop(0),
  block(1, use),
  delta(1, { type: "input_json_delta", partial_json: '{"a":1}' }),
  stop(1),
  end("tool_use"),
  named({ type: "message_stop" }),
];
const failure = named({ type: "error", error: { type: "api_error", message: "m" } });

test("a stream passes, one that fails as well", () => {
  expect(faultOf(check, stream)).toBeUndefined();
  expect(faultOf(check, [...stream.slice(0, 4), failure])).toBeUndefined();
  expect(faultOf(check, [failure])).toBeUndefined();
});

test.each([
  { what: "no message_start", frames: without(stream, 0), fault: "ping before" },
  { what: "two of them", frames: twice(stream, 0), fault: "out of order" },
  { what: "a block that does not begin", frames: without(stream, 2), fault: "no block is open" },
  { what: "a block that does not end", frames: without(stream, 5), fault: "still open" },
  {
    what: "another index",
    frames: swapped(stream, 6, block(2, use)),
    fault: "block 2, expected 1",
  },
  {
    what: "a piece of another block",
    frames: swapped(stream, 7, delta(0, { type: "input_json_delta", partial_json: "" })),
    fault: "1 is open",
  },
  {
    what: "text in a call",
    frames: swapped(stream, 7, delta(1, { type: "text_delta", text: "" })),
    fault: "text_delta in a tool_use",
  },
  { what: "two signatures", frames: twice(stream, 4), fault: "after the signature" },
  {
    what: "input that is no object",
    frames: swapped(stream, 7, delta(1, { type: "input_json_delta", partial_json: "[1]" })),
    fault: "no JSON object",
  },
  {
    what: "the wrong reason",
    frames: without(without(without(stream, 6), 6), 6),
    fault: "tool_use without a call",
  },
  { what: "no message_delta", frames: without(stream, 9), fault: "out of order" },
  { what: "two of these", frames: twice(stream, 9), fault: "out of order" },
  { what: "no message_stop", frames: without(stream, 10), fault: "without its end" },
  { what: "an error after it", frames: [...stream, failure], fault: "after the end" },
  {
    what: "an event without a name",
    frames: [{ kind: "sse", event: undefined, data: JSON.stringify(start) } as const],
    fault: "without a name",
  },
  { what: "an unknown event", frames: [named({ type: "message_middle" })], fault: "unknown type" },
])("a stream with $what does not", ({ frames, fault }) => {
  expect(faultOf(check, frames)).toContain(fault);
});
