// Replies as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import { check } from "../../../src/protocols/responses/check.ts";
import { faultOf, named, swapped, twice, without } from "../../support/checks.ts";

const usage = {
  input_tokens: 3,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 4,
};
const part = { type: "output_text", text: "Hi", annotations: [], logprobs: [] };
const message = {
  type: "message",
  id: "msg_1",
  status: "completed",
  role: "assistant",
  content: [part],
};
const call = {
  type: "function_call",
  id: "fc_1",
  call_id: "c",
  name: "f",
  arguments: "{}",
  status: "completed",
};
const base = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: "m",
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: "auto",
  tools: [],
  top_p: null,
};
const reply = { ...base, status: "completed", output: [message, call], usage };

test("a reply as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" };
  expect(check.reply({ ...reply, output: [reasoning] })).toBeUndefined();
  expect(
    check.reply({ ...reply, output: [{ type: "web_search_call", id: "ws_1" }] }),
  ).toBeUndefined();
});

test.each([
  { wrong: { object: "chat.completion" }, says: "/object" },
  { wrong: { tools: undefined }, says: "/tools" },
  { wrong: { status: "in_progress" }, says: "in progress" },
  { wrong: { status: "incomplete" }, says: "without details" },
  { wrong: { status: "failed" }, says: "without an error" },
  { wrong: { error: { code: "x", message: "m" } }, says: "completed with an error" },
  { wrong: { output: [{ ...message, id: "" }] }, says: "/output/0/id" },
  { wrong: { output: [{ ...message, status: "in_progress" }] }, says: "item 0 is in progress" },
  {
    wrong: { output: [{ ...message, content: [{ type: "text", text: "" }] }] },
    says: "/content/0/type",
  },
  { wrong: { output: [{ ...call, arguments: {} }] }, says: "/output/0/arguments" },
  { wrong: { usage: { ...usage, total_tokens: 0 } }, says: "total" },
])("a reply with $wrong does not", ({ wrong, says }) => {
  // What a client gets went through JSON, where nothing is undefined.
  expect(check.reply(JSON.parse(JSON.stringify({ ...reply, ...wrong })))).toContain(says);
});

const started = { ...base, status: "in_progress", output: [] };
type Body = { readonly type: string; readonly [key: string]: unknown };
const BODIES: readonly Body[] = [
  { type: "response.created", response: started },
  { type: "response.in_progress", response: started },
  {
    type: "response.output_item.added",
    output_index: 0,
    item: { ...message, content: [], status: "in_progress" },
  },
  {
    type: "response.content_part.added",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    part: { ...part, text: "" },
  },
  {
    type: "response.output_text.delta",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    delta: "Hi",
    logprobs: [],
  },
  {
    type: "response.output_text.done",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    text: "Hi",
    logprobs: [],
  },
  { type: "response.content_part.done", item_id: "msg_1", output_index: 0, content_index: 0, part },
  { type: "response.output_item.done", output_index: 0, item: message },
  {
    type: "response.output_item.added",
    output_index: 1,
    item: { ...call, arguments: "", status: "in_progress" },
  },
  { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 1, delta: "{}" },
  {
    type: "response.function_call_arguments.done",
    item_id: "fc_1",
    output_index: 1,
    name: "f",
    arguments: "{}",
  },
  { type: "response.output_item.done", output_index: 1, item: call },
  { type: "response.completed", response: reply },
];
const frames = (bodies: readonly Body[]) =>
  bodies.map((body, sequence_number) => named({ ...body, sequence_number }));
const failed = {
  ...base,
  status: "failed",
  output: [],
  error: { code: "server_error", message: "m" },
};

test("a stream passes, one that fails as well", () => {
  expect(faultOf(check, frames(BODIES))).toBeUndefined();
  const failure = { type: "response.failed", response: failed };
  expect(faultOf(check, frames([...BODIES.slice(0, 5), failure]))).toBeUndefined();
  const error = { type: "error", code: "x", message: "m", param: null };
  expect(faultOf(check, frames([error]))).toBeUndefined();
  expect(faultOf(check, frames([...BODIES.slice(0, 5), error, failure]))).toBeUndefined();
  expect(faultOf(check, frames([error, ...BODIES]))).toContain("after an error");
});

const other = (at: number, change: object): readonly Body[] =>
  swapped(BODIES, at, { type: "", ...BODIES[at], ...change });

test.each([
  { what: "no response.created", bodies: without(BODIES, 0), fault: "out of order" },
  { what: "two of them", bodies: twice(BODIES, 0), fault: "out of order" },
  { what: "an item that is not added", bodies: without(BODIES, 2), fault: "is not open" },
  { what: "a part that is not added", bodies: without(BODIES, 3), fault: "outside of a part" },
  { what: "a part that is added twice", bodies: twice(BODIES, 3), fault: "added twice" },
  { what: "a lost delta", bodies: without(BODIES, 4), fault: "does not repeat" },
  { what: "an item that is not done", bodies: without(BODIES, 7), fault: "item 0 is not done" },
  { what: "another index", bodies: other(8, { output_index: 2 }), fault: "expected 1" },
  { what: "another item's id", bodies: other(9, { item_id: "fc_2" }), fault: "another item" },
  { what: "no name of a call", bodies: other(10, { name: "" }), fault: "/name" },
  {
    what: "another item at its end",
    bodies: other(11, { item: { ...call, id: "fc_2" } }),
    fault: "not the one",
  },
  {
    what: "a snapshot without an item",
    bodies: other(12, { response: { ...reply, output: [message] } }),
    fault: "another number",
  },
  {
    what: "a snapshot in another order",
    bodies: other(12, { response: { ...reply, output: [call, message] } }),
    fault: "another one",
  },
  {
    what: "another status at its end",
    bodies: other(12, { response: { ...reply, status: "incomplete" } }),
    fault: "another status",
  },
  { what: "no end", bodies: without(BODIES, 12), fault: "without its end" },
  { what: "something after the end", bodies: twice(BODIES, 12), fault: "after the end" },
  {
    what: "an event that the SDK does not know",
    bodies: [...BODIES.slice(0, 2), { type: "response.ping" }],
    fault: "unknown event",
  },
])("a stream with $what does not", ({ bodies, fault }) => {
  expect(faultOf(check, frames(bodies))).toContain(fault);
});

test("a stream whose numbers have a gap does not", () => {
  expect(faultOf(check, without(frames(BODIES), 1))).toContain("sequence_number 2, expected 1");
});
