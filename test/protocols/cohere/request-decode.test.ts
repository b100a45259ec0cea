// Requests of v2 chat to the neutral model (Cohere API reference: v2 chat; translation.md A.6, B).
import { expect, test } from "bun:test";
import { DIALECT } from "../../../src/protocols/cohere/dialect.ts";
import { places } from "../../../src/protocols/cohere/places.ts";
import { jsonText } from "../../support/json-text.ts";
import { decodeRequest, requestOf } from "./harness.ts";

test("the dialect is named as the registry has it, and has no place for proofs", () => {
  expect([DIALECT, places.R62]).toEqual(["cohere", "X"]);
});

test("a body without messages, or with a role that is none, is refused by name", () => {
  const nothing = decodeRequest({ model: "m" });
  expect(!nothing.ok && nothing.error).toMatchObject({ class: "invalid", param: "messages" });
  const odd = decodeRequest({ model: "m", messages: [{ role: "model", content: "hi" }] });
  expect(!odd.ok && odd.error.message).toContain("'system', 'user', 'assistant', 'tool'");
  expect(decodeRequest([]).ok).toBe(false);
});

test("instructions before the first question are at the top, later ones stand inline", () => {
  const { turns } = requestOf({
    messages: [
      { role: "system", content: "a" },
      { role: "user", content: "b" },
      { role: "system", content: [{ type: "text", text: "c" }] },
      { role: "user", content: "d" },
    ],
  });
  expect(turns.map(({ role, place }) => [role, place])).toEqual([
    ["system", "top"],
    ["user", "inline"],
    ["system", "inline"],
    ["user", "inline"],
  ]);
});

test("the plan stands between what was said and the calls", () => {
  const tool_calls = [{ id: "c", type: "function", function: { name: "f", arguments: "null" } }];
  const content = [{ type: "thinking", thinking: "hm" }];
  const { turns } = requestOf({
    messages: [
      { role: "user", content: "go" },
      { role: "assistant", content, tool_plan: "I look.", tool_calls },
      { role: "tool", tool_call_id: "c", content: "found" },
    ],
  });
  expect(turns[1]?.blocks).toMatchObject([
    { kind: "thinking", text: "hm" },
    { kind: "text", text: "I look.", tag: "plan" },
    { kind: "toolCall", id: "c", name: "f", argsText: "{}" },
  ]);
  expect(turns[2]).toMatchObject({
    role: "user",
    blocks: [{ kind: "toolResult", id: "c", parts: [{ kind: "text", text: "found" }] }],
  });
});

test("what a tool found is text, a passage, a named text, or data of any form", () => {
  const document = (data: string | Record<string, string | number>) => ({
    type: "document",
    document: { data },
  });
  const { turns } = requestOf({
    messages: [
      {
        role: "tool",
        tool_call_id: "c",
        content: [
          { type: "text", text: "t" },
          document("plain"),
          document({ text: "x", title: "T" }),
          document({ text: "x", title: "T", source: "https://a.example" }),
          document({ rows: 2 }),
        ],
      },
    ],
  });
  expect(turns[0]?.blocks[0]).toMatchObject({
    parts: [
      { kind: "text", text: "t" },
      { kind: "text", text: "plain" },
      { kind: "document", title: "T", content: { kind: "text", text: "x" } },
      { kind: "searchResult", source: "https://a.example", title: "T" },
      { kind: "json", text: '{"rows":2}' },
    ],
  });
});

test("pictures may be data or an address, in an object or by itself", () => {
  const picture = (image_url: string | Record<string, string>) => ({
    type: "image_url",
    image_url,
  });
  const { turns, uses } = requestOf({
    messages: [
      {
        role: "user",
        content: [
          picture({ url: "data:image/png;base64,AAAA", detail: "low" }),
          picture("https://a.example/p.png"),
        ],
      },
    ],
  });
  expect(turns[0]?.blocks).toMatchObject([
    { kind: "image", media: { kind: "inline", mime: "image/png", base64: "AAAA" }, detail: "low" },
    { kind: "image", media: { kind: "url", url: "https://a.example/p.png" } },
  ]);
  expect(uses.map(({ id }) => id)).toEqual(["R06", "R09", "R07"]);
  expect(decodeRequest({ messages: [{ role: "user", content: [picture("")] }] }).ok).toBe(false);
});

test("one switch makes every tool strict", () => {
  const parameters = { type: "object", properties: {} };
  const { tools } = requestOf({
    strict_tools: true,
    tools: [{ type: "function", function: { name: "f", description: "d", parameters } }],
  });
  expect(tools).toMatchObject([
    {
      kind: "function",
      name: "f",
      description: "d",
      strict: true,
      schema: JSON.stringify(parameters),
    },
  ]);
});

test("a choice is one of two words, and a tool without a function is refused", () => {
  expect(requestOf({ tool_choice: "REQUIRED" }).toolChoice).toEqual({ kind: "any" });
  expect(requestOf({ tool_choice: "NONE" }).toolChoice).toEqual({ kind: "none" });
  const messages = [{ role: "user", content: "hi" }];
  const odd = decodeRequest({ messages, tool_choice: "auto" });
  expect(!odd.ok && odd.error.message).toContain("'REQUIRED', 'NONE'");
  expect(decodeRequest({ messages, tools: [{ type: "function" }] }).ok).toBe(false);
});

test("settings have the names of this service; zero is how some are switched off", () => {
  const { sampling, output, reasoning } = requestOf({
    temperature: 0.3,
    p: 0.7,
    k: 0,
    seed: 7,
    frequency_penalty: 0,
    presence_penalty: 0.5,
    max_tokens: 9,
    stop_sequences: ["x"],
    logprobs: true,
    response_format: { type: "json_object", schema: { type: "object" } },
    thinking: { type: "enabled", token_budget: 100 },
  });
  expect(sampling).toEqual({
    temperature: 0.3,
    topP: 0.7,
    seed: jsonText("7"),
    presencePenalty: 0.5,
  });
  expect(output).toMatchObject({
    maxTokens: 9,
    stop: ["x"],
    logprobs: {},
    format: { kind: "schema", schema: jsonText('{"type":"object"}') },
  });
  expect(reasoning).toEqual({ mode: "on", budget: 100 });
});

test("what only this service knows is kept, and may be lost elsewhere", () => {
  const { ext } = requestOf({ safety_mode: "STRICT", priority: 3, brand_new: { a: 1 } });
  expect(ext.map(({ path, id }) => [path, id])).toEqual([
    ["/safety_mode", "R67s"],
    ["/priority", "R70"],
    ["/brand_new", "R00"],
  ]);
});
