// Replies as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import type { Json } from "../../../src/lib/json.ts";
import { check } from "../../../src/protocols/bedrock/check.ts";
import type { Frame } from "../../../src/wire/frame.ts";
import { faultOf, swapped, twice, without } from "../../support/checks.ts";

const usage = { inputTokens: 3, outputTokens: 1, totalTokens: 4 };
const metrics = { latencyMs: 5 };
const holding = (...content: readonly Json[]) => ({
  output: { message: { role: "assistant", content } },
});
const reply = { ...holding({ text: "Hi" }), stopReason: "end_turn", usage, metrics };
const toolUse = { toolUseId: "t", name: "f", input: {} };

test("a reply as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  expect(
    check.reply({ ...reply, ...holding({ toolUse }), stopReason: "tool_use" }),
  ).toBeUndefined();
});

test.each([
  { wrong: holding({ text: "", toolUse }), says: "/content/0" },
  { wrong: holding({ toolUse: { ...toolUse, toolUseId: "" } }), says: "toolUseId" },
  { wrong: { stopReason: "tool_use" }, says: "without a call" },
  { wrong: { stopReason: "stop" }, says: "/stopReason" },
  { wrong: { metrics: {} }, says: "/metrics/latencyMs" },
  { wrong: { usage: { inputTokens: 1, outputTokens: 1 } }, says: "/usage/totalTokens" },
])("a reply with $wrong does not", ({ wrong, says }) => {
  expect(check.reply({ ...reply, ...wrong })).toContain(says);
});

const text = (value: string) => ({ type: "string", value }) as const;
const frame = (type: string, body: object, kind = "event"): Frame => ({
  kind: "message",
  headers: new Map([
    [`:${kind}-type`, text(type)],
    [":content-type", text("application/json")],
    [":message-type", text(kind)],
  ]),
  payload: new TextEncoder().encode(JSON.stringify(body)),
});
const delta = (contentBlockIndex: number, piece: object) =>
  frame("contentBlockDelta", { contentBlockIndex, delta: piece });
const stop = (contentBlockIndex: number) => frame("contentBlockStop", { contentBlockIndex });
const stream = [
  frame("messageStart", { role: "assistant" }),
  delta(0, { reasoningContent: { text: "Hm" } }),
  delta(0, { reasoningContent: { signature: "c2ln" } }),
  stop(0),
  frame("contentBlockStart", {
    contentBlockIndex: 1,
    start: { toolUse: { toolUseId: "t", name: "f" } },
  }),
  delta(1, { toolUse: { input: "{}" } }),
  stop(1),
  frame("messageStop", { stopReason: "tool_use" }),
  frame("metadata", { usage, metrics }),
];
const failure = frame("throttlingException", { message: "m" }, "exception");

test("a stream passes, one that fails as well", () => {
  expect(faultOf(check, stream)).toBeUndefined();
  expect(faultOf(check, [...stream.slice(0, 3), failure])).toBeUndefined();
  expect(faultOf(check, [failure])).toBeUndefined();
});

test.each([
  { what: "no messageStart", frames: without(stream, 0), fault: "before messageStart" },
  { what: "two of them", frames: twice(stream, 0), fault: "second messageStart" },
  { what: "a block that does not end", frames: without(stream, 3), fault: "still open" },
  { what: "a call that does not begin", frames: without(stream, 4), fault: "has not begun" },
  {
    what: "text in a call",
    frames: swapped(stream, 5, delta(1, { text: "x" })),
    fault: "text in a block of toolUse",
  },
  {
    what: "another index",
    frames: swapped(stream, 5, delta(0, { toolUse: { input: "" } })),
    fault: "1 is open",
  },
  {
    what: "the wrong reason",
    frames: without(without(without(stream, 4), 4), 4),
    fault: "tool_use without a call",
  },
  { what: "no messageStop", frames: without(stream, 7), fault: "metadata before" },
  { what: "no metadata", frames: without(stream, 8), fault: "without its end" },
  { what: "two of these", frames: twice(stream, 8), fault: "after the end" },
  { what: "an unknown event", frames: [frame("messageMiddle", {})], fault: "unknown type" },
  {
    what: "an exception of no model",
    frames: [frame("oopsException", { message: "m" }, "exception")],
    fault: "knows no exception",
  },
  {
    what: "a frame of another framing",
    frames: [{ kind: "sse", event: undefined, data: "{}" } as const],
    fault: "another framing",
  },
])("a stream with $what does not", ({ frames, fault }) => {
  expect(faultOf(check, frames)).toContain(fault);
});
