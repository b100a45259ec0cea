import { expect, test } from "bun:test";
import { jsonText } from "../../support/json-text.ts";
import { decodeRequest, refusalOf, send, usesOf } from "./harness.ts";

test("a string is the user's words", () => {
  expect(decodeRequest({}).turns).toEqual([
    { role: "user", place: "inline", blocks: [{ kind: "text", text: "hi" }], path: "/input" },
  ]);
});

test("E033 instructions stand before a developer's item, and both return to their own places", () => {
  const body = {
    instructions: "be brief",
    input: [
      { role: "developer", content: "be kind" },
      { role: "user", content: "hi" },
    ],
  };
  const request = decodeRequest(body);
  expect(request.turns.map(({ role, place }) => [role, place])).toEqual([
    ["system", "top"],
    ["developer", "top"],
    ["user", "inline"],
  ]);
  expect(send(request).body).toMatchObject(body);
});

test("E133 a call and its output with reasoning between them are one call and one result", () => {
  const { turns } = decodeRequest({
    input: [
      { role: "user", content: "weather?" },
      { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}" },
      { type: "reasoning", id: "rs_1", summary: [] },
      { type: "function_call_output", call_id: "call_1", output: "sunny" },
    ],
  });
  const blocks = turns.flatMap((turn) => turn.blocks);
  expect(blocks.filter(({ kind }) => kind === "toolCall").length).toBe(1);
  expect(blocks.filter(({ kind }) => kind === "toolResult")).toEqual([
    { kind: "toolResult", id: "call_1", parts: [{ kind: "text", text: "sunny" }], isError: false },
  ]);
});

test("E134 the id of a call is its call_id, never the id of its item", () => {
  const [turn] = decodeRequest({
    input: [{ type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}" }],
  }).turns;
  expect(turn?.blocks).toEqual([
    { kind: "toolCall", id: "call_1", name: "f", argsText: "{}", call: "function" },
  ]);
});

test("items of one answer join to one turn", () => {
  const { turns } = decodeRequest({
    input: [
      { role: "user", content: "hi" },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }] },
      { role: "assistant", content: "let me see" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "" },
    ],
  });
  expect(turns.map(({ role, joined }) => [role, joined === true])).toEqual([
    ["user", false],
    ["assistant", false],
    ["assistant", true],
    ["assistant", true],
    ["user", false],
  ]);
});

test("an envelope that stands alone belongs to the item after it", () => {
  const token = { vendor: "google", kind: "thoughtSignature", data: "sig" } as const;
  const { turns } = decodeRequest({
    input: [
      { type: "reasoning", summary: [], encrypted_content: `sealed:${JSON.stringify(token)}` },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    ],
  });
  expect(turns.flatMap(({ blocks }) => blocks)).toEqual([
    { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function", opaque: [token] },
  ]);
});

test("E090 strict is on where nothing is said and the schema allows it, and off where it does not", () => {
  const strict = {
    type: "object",
    properties: { a: {} },
    required: ["a"],
    additionalProperties: false,
  };
  const loose = { type: "object", properties: { a: {} } };
  const { tools } = decodeRequest({
    tools: [
      { type: "function", name: "f", parameters: strict },
      { type: "function", name: "g", parameters: loose },
    ],
  });
  expect(tools.map((tool) => tool.kind === "function" && tool.strict)).toEqual([true, undefined]);
});

test("E101 groups of tools with the same inner name do not collide, and calls are understood by group", () => {
  const inner = { type: "function", name: "read", parameters: { type: "object" } };
  const body = {
    tools: [
      { type: "namespace", name: "files", description: "local", tools: [inner] },
      { type: "namespace", name: "mail", tools: [inner] },
    ],
    input: [
      { type: "function_call", call_id: "c", namespace: "mail", name: "read", arguments: "{}" },
    ],
  };
  const request = decodeRequest(body);
  expect(request.tools.map((tool) => tool.kind === "function" && tool.name)).toEqual([
    "files__read",
    "mail__read",
  ]);
  expect(request.turns[0]?.blocks).toMatchObject([{ name: "mail__read" }]);
  expect(request.groups?.get("mail__read")).toEqual({ group: "mail", name: "read" });
  expect(send(request).body["tools"]).toMatchObject(body.tools);
});

test("what only the vendor's memory can resolve is told as such", () => {
  const request = decodeRequest({
    previous_response_id: "resp_1",
    input: [{ type: "item_reference", id: "msg_1" }],
    background: true,
  });
  expect(usesOf(request, "B03")).toEqual(["/input/0", "/previous_response_id"]);
  expect(usesOf(request, "R76")).toEqual(["/background"]);
});

test("a reference need not say that it is one", () => {
  const input = [{ id: "msg_1" }, { role: "user", content: "go on" }];
  const request = decodeRequest({ input });
  expect(usesOf(request, "B03")).toEqual(["/input/0"]);
  expect(send(request).body["input"]).toEqual(input);
});

test("what is not done in the background is not told", () => {
  const request = decodeRequest({ background: false });
  expect(usesOf(request, "R76")).toEqual([]);
  expect(request.ext).toEqual([]);
});

test("free-form tools are one feature wherever they are named", () => {
  const request = decodeRequest({
    input: [
      { role: "user", content: "run it" },
      { type: "custom_tool_call", call_id: "call_1", name: "run", input: "1+1" },
      { type: "custom_tool_call_output", call_id: "call_1", output: "2" },
    ],
    tools: [{ type: "custom", name: "run" }],
    tool_choice: { type: "custom", name: "run" },
  });
  expect(new Set(usesOf(request, "R24"))).toEqual(
    new Set(["/input/1", "/input/2", "/tools/0", "/tool_choice"]),
  );
});

test("when a free-form tool is loaded and who may call it is kept, in groups as well", () => {
  const tool = { type: "custom", name: "run", defer_loading: true, allowed_callers: ["direct"] };
  const tools = [tool, { type: "namespace", name: "box", description: "Tools.", tools: [tool] }];
  const request = decodeRequest({ tools });
  expect(usesOf(request, "R34")).toEqual([
    "/tools/0/allowed_callers",
    "/tools/1/tools/0/allowed_callers",
  ]);
  expect(send(request).body["tools"]).toEqual(tools);
});

test("a choice that allows tools of the vendor returns as it was", () => {
  const toolChoice = {
    type: "allowed_tools",
    mode: "auto",
    tools: [{ type: "function", name: "f" }, { type: "web_search" }],
  };
  const request = decodeRequest({
    tools: [{ type: "function", name: "f" }, { type: "web_search" }],
    tool_choice: toolChoice,
  });
  expect(request.toolChoice).toEqual({ kind: "allowed", mode: "auto", names: ["f"] });
  expect(send(request).body["tool_choice"]).toEqual(toolChoice);
});

test("settings find their places", () => {
  const request = decodeRequest({
    max_output_tokens: 9,
    temperature: 0.7,
    reasoning: { effort: "low", summary: "auto" },
    text: {
      format: { type: "json_schema", name: "n", schema: { type: "object" } },
      verbosity: "low",
    },
    include: ["message.output_text.logprobs", "reasoning.encrypted_content"],
    top_logprobs: 3,
    store: false,
  });
  expect(request).toMatchObject({
    output: {
      maxTokens: 9,
      format: { kind: "schema", name: "n", schema: jsonText('{"type":"object"}') },
      verbosity: "low",
      logprobs: { top: 3 },
    },
    reasoning: { mode: "on", effort: "low", display: "summary" },
    store: false,
  });
});

test("what is wrong is told in the vendor's words", () => {
  expect(refusalOf({ model: "m", input: [{ role: "robot", content: "hi" }] })).toMatchObject({
    class: "invalid",
    param: "input[0].role",
  });
  expect(refusalOf({ model: "m", input: 5 })).toMatchObject({ class: "invalid", param: "input" });
  expect(refusalOf({ model: "m", input: [{ type: "function_call", name: "f" }] })).toMatchObject({
    param: "input[0].call_id",
  });
});
