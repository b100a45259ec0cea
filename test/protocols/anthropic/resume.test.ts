import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import { resume } from "../../../src/protocols/anthropic/resume.ts";
import { decodeReply, documentOfText } from "./harness.ts";

const USE = {
  type: "server_tool_use",
  id: "srvtoolu_1",
  name: "web_search",
  input: { query: "q" },
};
const LOCATION = {
  type: "web_search_result_location",
  url: "https://a.test/1",
  title: "One",
  encrypted_index: "SEALED",
  cited_text: "so",
};
const CONTENT = [
  { type: "thinking", thinking: "hm", signature: "c2ln" },
  { type: "redacted_thinking", data: "cmVk" },
  { type: "text", text: "It is ", citations: [LOCATION] },
  USE,
];

function replyOf(content: readonly object[], rest: object = {}): ReturnType<typeof decodeReply> {
  return decodeReply({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    content,
    stop_reason: "pause_turn",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 40 },
    ...rest,
  });
}

/** Spelt as no printer would spell it. */
const SENT =
  '{"model":"claude-x","max_tokens":1e2,"temperature":1.0,"messages":[{"role":"user","content":"is it?" }]}';

test("the turn is appended as it came, and the rest of the request stays as it was spelt", () => {
  const body = resume(documentOfText(SENT), replyOf(CONTENT));
  expect(body === undefined ? undefined : printJson(body)).toBe(
    `{"model":"claude-x","max_tokens":60,"temperature":1.0,"messages":[{"role":"user","content":"is it?" },${JSON.stringify({ role: "assistant", content: CONTENT })}]}`,
  );
});

test("code goes on in its container", () => {
  const body = resume(documentOfText(SENT), replyOf(CONTENT, { container: { id: "container_1" } }));
  expect(body).toMatchObject({ container: "container_1" });
});

test.each([
  ["nothing came", '{"max_tokens":100,"messages":[]}', replyOf([])],
  ["the output has reached its limit", '{"max_tokens":40,"messages":[]}', replyOf([USE])],
  [
    "what is left is less than the budget of reasoning",
    '{"max_tokens":1064,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[]}',
    replyOf([USE]),
  ],
  ["there is no request", "[]", replyOf([USE])],
])("it does not go on when %s", (_, sent, reply) => {
  expect(resume(documentOfText(sent), reply)).toBeUndefined();
});
