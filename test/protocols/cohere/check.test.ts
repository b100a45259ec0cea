// Replies as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import { check } from "../../../src/protocols/cohere/check.ts";
import { data, faultOf, named, swapped, twice, without } from "../../support/checks.ts";

const usage = {
  billed_units: { input_tokens: 3, output_tokens: 1 },
  tokens: { input_tokens: 3, output_tokens: 1 },
};
const message = { role: "assistant", content: [{ type: "text", text: "Hi" }] };
const reply = { id: "1", finish_reason: "COMPLETE", message, usage };
const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
const called = { role: "assistant", tool_calls: [call] };

test("a reply as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  expect(check.reply({ ...reply, message: called, finish_reason: "TOOL_CALL" })).toBeUndefined();
});

test.each([
  { wrong: { id: "" }, says: "/id" },
  { wrong: { finish_reason: "stop" }, says: "/finish_reason" },
  { wrong: { finish_reason: "TOOL_CALL" }, says: "without a call" },
  { wrong: { message: { ...message, content: [{ type: "image" }] } }, says: "/message/content/0" },
  { wrong: { message: { ...message, citations: [{ start: -1 }] } }, says: "/citations/0/start" },
])("a reply with $wrong does not", ({ wrong, says }) => {
  expect(check.reply({ ...reply, ...wrong })).toContain(says);
});

const inner = (type: string, index: number, part: object) =>
  named({ type, index, delta: { message: part } });
const end = (finish_reason: string) =>
  named({ type: "message-end", delta: { finish_reason, usage } });
const stream = [
  named({ type: "message-start", id: "1", delta: { message: { role: "assistant", content: [] } } }),
  inner("content-start", 0, { content: { type: "text", text: "" } }),
  inner("content-delta", 0, { content: { text: "Hi" } }),
  named({ type: "content-end", index: 0 }),
  inner("tool-call-start", 0, { tool_calls: call }),
  inner("tool-call-delta", 0, { tool_calls: { function: { arguments: "" } } }),
  named({ type: "tool-call-end", index: 0 }),
  inner("citation-start", 0, { citations: { start: 0, end: 1, text: "H", sources: [] } }),
  named({ type: "citation-end", index: 0 }),
  end("TOOL_CALL"),
];

test("a stream passes, one that fails as well", () => {
  expect(faultOf(check, stream)).toBeUndefined();
  const failure = named({ type: "message-end", delta: { finish_reason: "ERROR", error: "m" } });
  expect(faultOf(check, [...stream.slice(0, 3), failure])).toBeUndefined();
});

test.each([
  { what: "no message-start", frames: without(stream, 0), fault: "before message-start" },
  { what: "two of them", frames: twice(stream, 0), fault: "second message-start" },
  { what: "content that does not begin", frames: without(stream, 1), fault: "outside of a block" },
  { what: "content that does not end", frames: without(stream, 3), fault: "while a block is open" },
  {
    what: "another index",
    frames: swapped(stream, 4, inner("tool-call-start", 1, { tool_calls: call })),
    fault: "expected 0",
  },
  {
    what: "a piece of another kind",
    frames: swapped(stream, 2, inner("content-delta", 0, { content: { thinking: "" } })),
    fault: "no text",
  },
  { what: "a citation that does not end", frames: without(stream, 8), fault: "while a citation" },
  {
    what: "the wrong reason",
    frames: without(without(without(stream, 4), 4), 4),
    fault: "without a call",
  },
  { what: "no end", frames: without(stream, 9), fault: "without its end" },
  { what: "two ends", frames: twice(stream, 9), fault: "after the end" },
  { what: "an unknown event", frames: [named({ type: "message-middle" })], fault: "unknown type" },
  {
    what: "[DONE] inside of a text",
    frames: swapped(stream, 2, inner("content-delta", 0, { content: { text: "[DONE]" } })),
    fault: "[DONE]",
  },
  {
    what: "an event without a name",
    frames: [data({ type: "message-start" })],
    fault: "without a name",
  },
])("a stream with $what does not", ({ frames, fault }) => {
  expect(faultOf(check, frames)).toContain(fault);
});
