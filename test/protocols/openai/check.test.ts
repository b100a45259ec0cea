// Replies as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import { check } from "../../../src/protocols/openai/check.ts";
import { data, faultOf, swapped, twice, without } from "../../support/checks.ts";

const message = { role: "assistant", content: "Hi", refusal: null };
const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const choice = { index: 0, message, finish_reason: "stop", logprobs: null };
const usage = {
  prompt_tokens: 3,
  completion_tokens: 1,
  total_tokens: 4,
  prompt_tokens_details: { cached_tokens: 3 },
};
const head = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m" };
const reply = { ...head, choices: [choice], usage };
const called = { ...message, content: null, tool_calls: [call] };

test("a reply as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  expect(
    check.reply({
      ...reply,
      choices: [{ ...choice, message: called, finish_reason: "tool_calls" }],
    }),
  ).toBeUndefined();
});

test.each([
  { wrong: { id: "" }, says: "/id" },
  { wrong: { object: "message" }, says: "/object" },
  { wrong: { choices: [] }, says: "no choices" },
  { wrong: { choices: [{ ...choice, index: 1 }] }, says: "has the index 1" },
  {
    wrong: { choices: [{ ...choice, finish_reason: "end_turn" }] },
    says: "/choices/0/finish_reason",
  },
  { wrong: { choices: [{ ...choice, finish_reason: "tool_calls" }] }, says: "without tool_calls" },
  {
    wrong: { choices: [{ ...choice, message: { role: "assistant", content: "" } }] },
    says: "refusal",
  },
  { wrong: { usage: { ...usage, prompt_tokens: 1.5 } }, says: "/usage/prompt_tokens" },
  { wrong: { usage: { ...usage, prompt_tokens: 2 } }, says: "more cached tokens" },
])("a reply with $wrong does not", ({ wrong, says }) => {
  expect(check.reply({ ...reply, ...wrong })).toContain(says);
});

const chunk = (choices: readonly unknown[], more: object = {}) =>
  data({ ...head, object: "chat.completion.chunk", choices, ...more });
const says = (delta: object, reason: string | null = null, index = 0) =>
  chunk([{ index, delta, finish_reason: reason }]);
const stream = [
  says({ role: "assistant", content: "" }),
  says({
    tool_calls: [
      { index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "" } },
    ],
  }),
  says({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] }),
  says({}, "tool_calls"),
  chunk([], { usage }),
  data("[DONE]"),
];
const failure = data({ error: { message: "m", type: "server_error", code: null, param: null } });

test("a stream passes, one that fails as well", () => {
  expect(faultOf(check, stream)).toBeUndefined();
  expect(faultOf(check, [...stream.slice(0, 2), failure])).toBeUndefined();
  expect(faultOf(check, [failure])).toBeUndefined();
});

test.each([
  { what: "no role", frames: without(stream, 0), fault: "without a role" },
  { what: "no beginning of a call", frames: without(stream, 1), fault: "/tool_calls/id" },
  { what: "a call that begins twice", frames: twice(stream, 1), fault: "begins twice" },
  { what: "no finish_reason", frames: without(stream, 3), fault: "usage before every choice" },
  { what: "two finish_reasons", frames: twice(stream, 3), fault: "after its end" },
  {
    what: "the wrong reason",
    frames: without(without(stream, 1), 1),
    fault: "tool_calls without tool_calls",
  },
  { what: "usage twice", frames: twice(stream, 4), fault: "after the usage" },
  { what: "no [DONE]", frames: without(stream, 5), fault: "without its end" },
  { what: "something after [DONE]", frames: twice(stream, 5), fault: "after the end" },
  { what: "an error after [DONE]", frames: [...stream, failure], fault: "after the end" },
  {
    what: "another id",
    frames: swapped(stream, 2, chunk([], { id: "chatcmpl-2" })),
    fault: "changed",
  },
  {
    what: "a named event",
    frames: [{ kind: "sse", event: "x", data: "{}" } as const],
    fault: "named x",
  },
  { what: "[DONE] alone", frames: [data("[DONE]")], fault: "before anything" },
])("a stream with $what does not", ({ frames, fault }) => {
  expect(faultOf(check, frames)).toContain(fault);
});
