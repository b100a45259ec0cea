// Tools that the client of Responses runs itself, through a provider of another protocol (OpenAI's guides to `shell`,
// `local_shell` and `apply_patch`; translation.md B.3 R29).
import { afterAll, expect, test } from "bun:test";
import OpenAI from "openai";
import {
  clientItem,
  decodeClientCall,
  decodeClientOutput,
  isClientTool,
} from "../../../src/protocols/responses/client-items.ts";
import { fieldsAt } from "../../../src/protocols/kit/fields.ts";
import { takeNotes } from "../../../src/protocols/kit/notes.ts";
import { httpReply, startGateway, startUpstream } from "../../support/gateway.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { decodeRequest } from "./harness.ts";

function read(item: object) {
  const document = jsonDocument(JSON.stringify(item));
  const notes = takeNotes(document, "responses", true);
  const fields = fieldsAt(document.root, "/input/1", notes);
  if (fields === undefined) throw new Error("no object");
  const [call, output] = [decodeClientCall(fields, notes), decodeClientOutput(fields, notes)];
  return { call, output, uses: notes.uses() };
}

test("a shell in a container is the vendor's, any other the client's", () => {
  expect(isClientTool({ type: "shell" })).toBe(true);
  expect(isClientTool({ type: "shell", environment: { type: "local" } })).toBe(true);
  expect(isClientTool({ type: "shell", environment: { type: "container_auto" } })).toBe(false);
  expect(isClientTool({ type: "web_search" })).toBe(false);
});

test("a call is one of the function that stands for the tool, and keeps its own form", () => {
  const item = { type: "shell_call", call_id: "c", action: { commands: ["ls"], timeout_ms: 10 } };
  const { call, uses } = read(item);
  expect(call).toMatchObject({ kind: "toolCall", id: "c", name: "shell", call: "function" });
  expect(JSON.parse(call?.argsText ?? "")).toEqual({ commands: ["ls"], timeout_ms: 10 });
  expect(JSON.parse(call?.native?.text ?? "")).toEqual(item);
  expect(uses).toEqual([{ id: "R29", path: "/input/1" }]);
  expect(read({ type: "web_search_call", id: "w" }).call).toBeUndefined();
});

test("results are words: what was written, and how it ended if not well", () => {
  const chunk = (stdout: string, stderr: string, outcome: object) => ({ stdout, stderr, outcome });
  const ok = chunk("a.txt", "", { type: "exit", exit_code: 0 });
  const bad = chunk("", "no such file", { type: "exit", exit_code: 2 });
  const late = chunk("half", "", { type: "timeout" });
  const shell = read({ type: "shell_call_output", call_id: "c", output: [ok, bad, late] });
  expect(shell.output?.parts).toEqual([
    { kind: "text", text: "a.txt\nno such file\nexit code 2\nhalf\ntimed out" },
  ]);
  const patch = read({ type: "apply_patch_call_output", call_id: "c", status: "failed" });
  expect(patch.output).toMatchObject({ isError: true, parts: [{ text: "failed" }] });
  const local = read({ type: "local_shell_call_output", id: "c", output: "b.txt" });
  expect(local.output).toMatchObject({ id: "c", parts: [{ text: "b.txt" }] });
});

test.each([
  ["shell", { commands: "ls" }],
  ["local_shell", { command: ["ls", 1] }],
  ["apply_patch", { type: "update_file", path: "a" }],
  ["apply_patch", { type: "rename", path: "a", diff: "" }],
  ["other", {}],
])("arguments that %s does not take are no item: %j", (name, args) => {
  expect(clientItem({ name, argsText: JSON.stringify(args) }, "c", "completed")).toBeUndefined();
});

test("a function of the tool's name keeps its calls", () => {
  const shell = { type: "shell" };
  const named = { type: "function", name: "shell", parameters: { type: "object" } };
  expect(decodeRequest({ tools: [shell] }).clientTools).toEqual(new Set(["shell"]));
  expect(decodeRequest({ tools: [shell, named] }).clientTools).toBeUndefined();
});

const USES = [
  { type: "tool_use", id: "toolu_1", name: "shell", input: { commands: ["ls"] } },
  {
    type: "tool_use",
    id: "toolu_2",
    name: "apply_patch",
    input: { type: "create_file", path: "a.txt", diff: "+hi" },
  },
  { type: "tool_use", id: "toolu_3", name: "shell", input: { commands: 7 } },
];
const upstream = startUpstream((socket, { body }) => {
  const { stream } = JSON.parse(String(body)) as { readonly stream?: boolean };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: USES,
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 9 },
  };
  if (stream !== true) {
    socket.write(httpReply(200, "application/json", JSON.stringify(message)));
    return;
  }
  const events = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    ...USES.flatMap((use, index) => [
      { type: "content_block_start", index, content_block: { ...use, input: {} } },
      {
        type: "content_block_delta",
        index,
        delta: { type: "input_json_delta", partial_json: JSON.stringify(use.input) },
      },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];
  const text = events.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`);
  socket.write(httpReply(200, "text/event-stream", text.join("")));
});
const gateway = startGateway(`
providers: { an: { protocol: anthropic, base_url: "http://127.0.0.1:${upstream.port}", api_key: k } }
models: { claude: { provider: an, model: claude-sonnet-4-5 } }
`);
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

test.each([false, true])(
  "the SDK gets items of the tools' own kinds, streamed %p",
  async (stream) => {
    const client = new OpenAI({ apiKey: "k", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const body: OpenAI.Responses.ResponseCreateParamsNonStreaming & { stream?: never } = {
      model: "claude",
      tools: [{ type: "shell" }, { type: "apply_patch" }],
      input: [
        { role: "user", content: "Look." },
        { type: "shell_call", call_id: "c0", action: { commands: ["pwd"] } },
        {
          type: "shell_call_output",
          call_id: "c0",
          output: [{ stdout: "/", stderr: "", outcome: { type: "exit", exit_code: 0 } }],
        },
      ],
    };
    const { output } = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    expect(output).toMatchObject([
      {
        type: "shell_call",
        call_id: "toolu_1",
        status: "completed",
        action: { commands: ["ls"], timeout_ms: null, max_output_length: null },
        environment: { type: "local" },
      },
      {
        type: "apply_patch_call",
        call_id: "toolu_2",
        operation: { type: "create_file", path: "a.txt", diff: "+hi" },
      },
      { type: "function_call", call_id: "toolu_3", name: "shell", arguments: '{"commands":7}' },
    ]);
    const sent = JSON.parse(String(upstream.requests.at(-1)?.body));
    expect(sent.tools).toMatchObject([{ name: "shell" }, { name: "apply_patch" }]);
    expect(sent.messages.slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "c0", input: { commands: ["pwd"] } }],
      },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "c0", content: [{ text: "/" }] }],
      },
    ]);
  },
);
