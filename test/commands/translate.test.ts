import { expect, test } from "bun:test";
import { run } from "../../src/commands/translate.ts";
import { recordingIo } from "../support/command-io.ts";

type Outcome = { readonly code: number; readonly out: string; readonly errors: string };

async function translate(words: string, input: unknown): Promise<Outcome> {
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const io = recordingIo({ input: new TextEncoder().encode(text) });
  const code = await run(words.split(" "), io);
  return { code, out: io.out(), errors: io.errors() };
}

test("a request is written in the other dialect, arguments as they were spelt", async () => {
  const call = {
    id: "call_1",
    type: "function",
    function: { name: "f", arguments: '{"2": 1.0, "1": 12345678901234567890}' },
  };
  const { code, out, errors } = await translate("--from openai --to anthropic --what request", {
    model: "claude-sonnet-4-5",
    max_tokens: 100,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Go." },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "done" },
    ],
  });
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(out).toContain('"input":{"2": 1.0, "1": 12345678901234567890}');
  expect(JSON.parse(out)).toMatchObject({
    model: "claude-sonnet-4-5",
    max_tokens: 100,
    messages: [
      { role: "user" },
      { role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "f" }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1" }] },
    ],
  });
});

test("the report tells what was lost", async () => {
  const { code, errors } = await translate("--from anthropic --to openai --what request --report", {
    model: "gpt-4o",
    max_tokens: 10,
    top_k: 5,
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(code).toBe(0);
  expect(JSON.parse(errors)).toEqual({
    losses: [{ id: "R49", name: "top_k", severity: "S1", path: "/top_k", level: "X" }],
    emulated: [],
  });
});

test("a request that would lose its content is refused", async () => {
  const audio = { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } };
  const { code, out, errors } = await translate("--from openai --to anthropic --what request", {
    model: "claude-sonnet-4-5",
    messages: [{ role: "user", content: [audio] }],
  });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(errors).toContain("R16 (audio in) at /messages/0/content/0");
});

test("a reply is written in the other dialect", async () => {
  const { code, out } = await translate("--from anthropic --to openai --what response", {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [{ type: "text", text: "Hello!" }],
    stop_reason: "max_tokens",
    stop_sequence: null,
    usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 5 },
  });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    object: "chat.completion",
    model: "claude-sonnet-4-5",
    choices: [{ message: { role: "assistant", content: "Hello!" }, finish_reason: "length" }],
    usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
  });
});

const CHUNK = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "gpt-4o" };
const FIRST = `data: ${JSON.stringify({
  ...CHUNK,
  choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }],
})}\n\n`;
const LAST = `data: ${JSON.stringify({
  ...CHUNK,
  choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
})}\n\n`;

test("a stream is written in the other dialect's bytes", async () => {
  const { code, out } = await translate(
    "--from openai --to anthropic --what stream",
    `${FIRST}${LAST}data: [DONE]\n\n`,
  );
  expect(code).toBe(0);
  const names = [...out.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  expect(names.filter((name) => name !== "ping")).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
});

test("a stream that breaks off becomes an error event and exit code 1", async () => {
  const { code, out, errors } = await translate(
    "--from openai --to anthropic --what stream",
    FIRST,
  );
  expect(code).toBe(1);
  expect(out).toContain("event: error");
  expect(out).not.toContain("message_stop");
  expect(errors).toBe("recloser translate: stream ended early\n");
});

test.each([
  {
    name: "an unknown protocol",
    words: "--from klingon --to openai --what request",
    says: "--from takes openai",
  },
  { name: "no protocol", words: "--from openai --what request", says: "--to takes openai" },
  {
    name: "an unknown kind",
    words: "--from openai --to openai --what poem",
    says: "--what takes request",
  },
  {
    name: "an unknown option",
    words: "--from openai --too openai",
    says: "unknown option '--too'",
  },
])("$name is wrong use", async ({ words, says }) => {
  const { code, errors } = await translate(words, {});
  expect(code).toBe(2);
  expect(errors).toContain(says);
});

test.each(["request", "response"])("a %s that is not JSON is refused", async (what) => {
  const { code, errors } = await translate(`--from openai --to openai --what ${what}`, "{not json");
  expect(code).toBe(1);
  expect(errors).toContain("the input is not JSON");
});

test("a document that its dialect would refuse is refused with its reason", async () => {
  const { code, errors } = await translate("--from openai --to openai --what request", {
    model: "m",
  });
  expect(code).toBe(1);
  expect(errors).toContain("messages");
});

test("what is wrong with a document is told with its line and column", async () => {
  const words = "--from openai --to anthropic --what request";
  const { code, errors } = await translate(words, '{\n  "model": "m",\n  "messages": [,]\n}');
  expect(code).toBe(1);
  expect(errors).toMatch(/^recloser translate: the input is not JSON, line 3, column \d+: /);
  expect((await translate(words, " \n")).errors).toContain("the input is empty");
});
