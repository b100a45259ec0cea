// Buffered replies, both ways; expectations follow the API reference and translation.md B, column OR.
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import { printJson, type Json, type JsonRecord } from "../../../src/lib/json.ts";
import { ECHO_DEFAULTS } from "../../../src/protocols/responses/echo.ts";
import {
  failedResponse,
  failureMembers,
} from "../../../src/protocols/responses/failed-response.ts";
import { markOf, reasoningId } from "../../../src/protocols/responses/item-ids.ts";
import { shareTokens } from "../../../src/protocols/responses/output-plan.ts";
import { joinParts } from "../../../src/protocols/responses/reply-decode-items.ts";
import { decode } from "../../../src/protocols/responses/reply-decode.ts";
import { encode } from "../../../src/protocols/responses/reply-encode.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { decodeRequest } from "./harness.ts";
import { CLIENT } from "./reply-harness.ts";

const ORIGIN = { vendor: "openai", model: "gpt-x" };

function response(output: readonly unknown[], rest: Record<string, unknown> = {}) {
  return {
    id: "resp_1",
    object: "response",
    created_at: 7,
    model: "gpt-x",
    status: "completed",
    output,
    ...rest,
  };
}

function decodeReply(body: unknown): Reply {
  const result = decode(jsonDocument(JSON.stringify(body)), ORIGIN);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function blocksOf(...output: readonly unknown[]): readonly Block[] {
  return decodeReply(response(output)).candidates[0]?.blocks ?? [];
}

function shown(
  blocks: readonly Block[],
  rest: Partial<Reply> = {},
): { readonly [key: string]: Json } {
  const reply: Reply = {
    candidates: [{ blocks, stop: { class: "end" } }],
    ext: [],
    uses: [],
    ...rest,
  };
  return JSON.parse(printJson(encode(reply, CLIENT).body));
}

function outputOf(...blocks: readonly Block[]): Json {
  return shown(blocks)["output"] ?? null;
}

test("a message's parts are blocks; its phase stays with the first, and empty parts say nothing", () => {
  const content = [
    { type: "output_text", text: "", annotations: [] },
    { type: "output_text", text: "Hi", annotations: [], logprobs: [] },
    { type: "refusal", refusal: "no" },
  ];
  const [text, refusal, ...others] = blocksOf({
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    phase: "final_answer",
    content,
  });
  expect(text).toMatchObject({
    kind: "text",
    text: "Hi",
    ext: [{ path: "/output/0/phase", id: "R79" }],
  });
  expect(refusal).toEqual({ kind: "refusal", text: "no" });
  expect(others).toEqual([]);
});

test("reasoning keeps its token; without text and token an item says nothing", () => {
  const summary = [
    { type: "summary_text", text: "a" },
    { type: "summary_text", text: "b" },
  ];
  expect(
    blocksOf(
      { type: "reasoning", id: "rs_1", summary, encrypted_content: "T" },
      { type: "reasoning", id: "rs_2", summary: [] },
      {
        type: "reasoning",
        id: "rs_3",
        summary: [],
        content: [{ type: "reasoning_text", text: "c" }],
      },
    ),
  ).toMatchObject([
    {
      kind: "thinking",
      text: "a\n\nb",
      form: "summary",
      opaque: [{ vendor: "openai", model: "gpt-x", kind: "encrypted", data: "T" }],
    },
    { kind: "thinking", text: "c", form: "raw" },
  ]);
});

test("reasoning without a summary is an empty thought with its token (D.7 OR→AN)", () => {
  expect(
    blocksOf({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "T" }),
  ).toMatchObject([{ kind: "thinking", text: "", redacted: false }]);
});

test("calls keep their arguments as spelt; custom ones keep their text", () => {
  expect(
    blocksOf(
      {
        type: "function_call",
        id: "fc_1",
        call_id: "c1",
        name: "f",
        arguments: '{"a":1.0}',
        status: "completed",
      },
      { type: "custom_tool_call", id: "ctc_1", call_id: "c2", name: "g", input: "x = 1" },
    ),
  ).toEqual([
    { kind: "toolCall", id: "c1", name: "f", argsText: '{"a":1.0}', call: "function" },
    { kind: "toolCall", id: "c2", name: "g", argsText: "x = 1", call: "custom" },
  ]);
});

test("a drawn picture is an image, an unfinished one and a hosted call stay the vendor's", () => {
  const [drawn, drawing, search] = blocksOf(
    {
      type: "image_generation_call",
      id: "ig_1",
      status: "completed",
      output_format: "webp",
      result: "UklGRg==",
    },
    { type: "image_generation_call", id: "ig_2", status: "completed", result: "cut..." },
    {
      type: "web_search_call",
      id: "ws_1",
      status: "completed",
      action: { type: "search", query: "q" },
    },
  );
  expect(drawn).toMatchObject({
    kind: "image",
    media: { kind: "inline", mime: "image/webp", base64: "UklGRg==" },
  });
  expect([drawing?.kind, search?.kind]).toEqual(["vendor", "vendor"]);
});

test("a failed response is a failure, a body without output a bad reply", () => {
  const failed = decode(
    jsonDocument('{"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"}}'),
    ORIGIN,
  );
  expect(failed).toMatchObject({ ok: false, error: { class: "rate-limited", message: "slow" } });
  expect(decode(jsonDocument("{}"), ORIGIN)).toMatchObject({
    ok: false,
    error: { class: "bad-upstream-reply" },
  });
  expect(failedResponse({ error: { code: "invalid_prompt", message: "m" } })?.class).toBe(
    "content-refused",
  );
  expect(failureMembers({ class: "invalid", message: "m" })).toEqual({
    code: "invalid_request_error",
    message: "m",
    param: null,
  });
});

test("a response names everything that clients expect of it", () => {
  const body = shown([{ kind: "text", text: "Hi" }], {
    model: "m",
    created: 5,
    usage: { inFresh: 1, cacheRead: 2, output: 3 },
  });
  expect(body).toMatchObject({
    object: "response",
    created_at: 5,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: "m",
    output: [
      {
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 6,
    },
  });
  for (const key of Object.keys(ECHO_DEFAULTS)) expect(body).toHaveProperty(key);
});

test("texts that follow each other are parts of one message", () => {
  expect(
    outputOf(
      { kind: "text", text: "a" },
      { kind: "refusal", text: "b" },
      { kind: "text", text: "" },
    ),
  ).toMatchObject([{ type: "message", content: [{ text: "a" }, { refusal: "b" }] }]);
});

test("a token of a call stands before it, that of a text after it, and both go home", () => {
  const token = (data: string) => [{ vendor: "google", kind: "thoughtSignature", data } as const];
  const blocks: readonly Block[] = [
    { kind: "text", text: "a", opaque: token("T") },
    { kind: "toolCall", id: "c1", name: "f", argsText: "{}", call: "function", opaque: token("C") },
  ];
  const output = outputOf(...blocks);
  expect(output).toMatchObject([
    { type: "message" },
    { type: "reasoning", summary: [], encrypted_content: "sealed:T" },
    { type: "reasoning", summary: [], encrypted_content: "sealed:C" },
    { type: "function_call", call_id: "c1" },
  ]);
  expect(decodeReply(response(output as Json[])).candidates[0]?.blocks).toMatchObject([
    { kind: "text", text: "a", opaque: [{ data: "sealed:T" }] },
    { kind: "toolCall", opaque: [{ data: "sealed:C" }] },
  ]);
  expect(
    joinParts([{ key: 0, block: blocks[0] ?? { kind: "refusal", text: "" }, mark: "previous" }]),
  ).toMatchObject([{ kind: "text", text: "", opaque: [{ data: "T" }] }]);
});

test("hidden reasoning is an item of nothing but its token, and hidden again when it is read", () => {
  const opaque = [{ vendor: "anthropic", kind: "redacted", data: "R" } as const];
  const output = outputOf({ kind: "thinking", text: "", form: "raw", redacted: true, opaque });
  expect(output).toMatchObject([{ type: "reasoning", summary: [], encrypted_content: "sealed:R" }]);
  expect(decodeReply(response(output as Json[])).candidates[0]?.blocks).toMatchObject([
    { kind: "thinking", redacted: true },
  ]);
});

test("ids are made once: the same call gives the same, and says what an item stands for", () => {
  expect(reasoningId("next", 2, CLIENT)).toBe(reasoningId("next", 2, CLIENT));
  expect(markOf(reasoningId("next", 2, CLIENT))).toBe("next");
  expect(markOf(reasoningId(undefined, 2, CLIENT))).toBeUndefined();
  expect(markOf("rs_68af")).toBeUndefined();
  const calls = [1, 2].map((): Block => ({
    kind: "toolCall",
    id: "c",
    name: "f",
    argsText: "",
    call: "function",
  }));
  const [first, second] = outputOf(...calls) as { call_id: string; arguments: string }[];
  expect(first).toMatchObject({ call_id: "c", arguments: "{}" });
  expect(second?.call_id).not.toBe("c");
});

test("log probabilities go to the texts that their tokens make up, the rest to the last", () => {
  const token = (text: string) => ({ token: text, logprob: -1, top: [] });
  const [first, second] = shareTokens(["ab", "c"], ["a", "b", "c", "d"].map(token));
  expect(first?.map((each) => each.token)).toEqual(["a", "b"]);
  expect(second?.map((each) => each.token)).toEqual(["c", "d"]);
});

test("what a reply repeats of its request is nobody's loss, unlike what else it says", () => {
  const reply = decodeReply(response([], { temperature: 0.5, billing: { payer: "me" } }));
  expect(reply.uses).toContainEqual({ id: "S00", path: "/billing" });
  expect(reply.ext.map(({ path }) => path)).toEqual(["/billing"]);
});

test("a response repeats the request of its client as it was spelt", () => {
  const request = decodeRequest({ instructions: "Be kind.", temperature: 0.5, tool_choice: null });
  const { echo } = request;
  const reply: Reply = { candidates: [], ext: [], uses: [] };
  const body = encode(reply, { ...CLIENT, ...(echo === undefined ? {} : { echo }) }).body;
  expect(JSON.parse(printJson(body))).toMatchObject({
    instructions: "Be kind.",
    temperature: 0.5,
    tool_choice: "auto",
  });
  expect(printJson(body)).not.toContain('"input"');
});

test("tokens that ride in items of their own are back at their blocks when the client sends the reply as history", () => {
  const token = (data: string) =>
    [{ vendor: "google", model: "m", kind: "thoughtSignature", data }] as const;
  const seal: typeof CLIENT.seal = (opaque) => `sealed:${JSON.stringify(opaque)}`;
  const blocks: readonly Block[] = [
    { kind: "text", text: "a", opaque: token("T") },
    { kind: "toolCall", id: "c1", name: "f", argsText: "{}", call: "function", opaque: token("C") },
    { kind: "toolCall", id: "c2", name: "f", argsText: "{}", call: "function" },
  ];
  const reply: Reply = { candidates: [{ blocks, stop: { class: "end" } }], ext: [], uses: [] };
  const body = JSON.parse(printJson(encode(reply, { ...CLIENT, seal }).body));
  const { turns } = decodeRequest({ input: body.output });
  expect(turns.flatMap((turn) => turn.blocks)).toMatchObject(blocks);
  // Some clients send items without their ids: a call's token still finds the call.
  const bare = body.output.slice(2).map(({ id: _id, ...item }: JsonRecord) => item);
  expect(decodeRequest({ input: bare }).turns.flatMap((turn) => turn.blocks)).toMatchObject(
    blocks.slice(1),
  );
});
