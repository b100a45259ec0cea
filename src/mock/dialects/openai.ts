// Chat Completions, as OpenAI answers it (translation.md A.1); thinking comes as `reasoning_content`, the way vendors that
// show it do.
import { asNumber, asString, printJson, type JsonRecord, type Printable } from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice, type AskedTool } from "../answer.ts";
import type { Context, Dialect } from "./dialect.ts";
import { at, contentText, recordsIn, textsIn, vectorOf } from "./reading.ts";

/** The dialect. */
export const openai: Dialect = {
  refusal: (body) => {
    if (asString(at(body, "model")) === undefined) return "you must provide a model parameter";
    return recordsIn(at(body, "messages")).length === 0
      ? "Missing required parameter: 'messages'."
      : undefined;
  },
  read,
  callId: (id, index) => `call_${id}_${index}`,
  reply: (answer, context) => ({
    id: `chatcmpl-${context.id}`,
    object: "chat.completion",
    created: context.now,
    model: context.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: answer.calls.length > 0 ? null : answer.text,
          refusal: null,
          annotations: [],
          reasoning_content: answer.thinking,
          tool_calls: answer.calls.length > 0 ? answer.calls.map(toolCall) : undefined,
        },
        logprobs: null,
        finish_reason: FINISH[answer.stop],
      },
    ],
    usage: usageOf(answer),
    service_tier: "default",
    system_fingerprint: "fp_mock",
  }),
  frames,
  headers: (id) => [
    ["x-request-id", `req_${id}`],
    ["openai-processing-ms", "1"],
    ["x-ratelimit-remaining-requests", "9999"],
  ],
  embeddings: ({ body, model, tokens }) => ({
    object: "list",
    data: textsIn(at(body, "input")).map((text, index) => ({
      object: "embedding",
      index,
      embedding: embedding(vectorOf(text, at(body, "dimensions")), at(body, "encoding_format")),
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }),
};

const FINISH = { end: "stop", calls: "tool_calls", length: "length" } as const;

function read(body: JsonRecord): Asked {
  const messages = recordsIn(at(body, "messages"));
  const last = messages.at(-1);
  const user = messages.findLast((message) => message["role"] === "user");
  const effort = asString(at(body, "reasoning_effort")) ?? "none";
  return {
    lastUser: contentText(user?.["content"]),
    toolResult: last?.["role"] === "tool" ? contentText(last["content"]) : undefined,
    tools: recordsIn(at(body, "tools")).flatMap(readTool),
    choice: readChoice(body),
    thinking: effort !== "none",
    schema: at(body, "response_format", "json_schema", "schema"),
    maxTokens: asNumber(at(body, "max_completion_tokens")) ?? asNumber(at(body, "max_tokens")),
  };
}

function readTool(tool: JsonRecord): readonly AskedTool[] {
  const name = asString(at(tool, "function", "name"));
  const custom = asString(at(tool, "custom", "name"));
  if (custom !== undefined) return [{ name: custom, schema: undefined, freeForm: true }];
  return name === undefined ? [] : [{ name, schema: at(tool, "function", "parameters") }];
}

function readChoice(body: JsonRecord): AskedChoice {
  const choice = at(body, "tool_choice");
  const name = asString(at(choice, "function", "name")) ?? asString(at(choice, "custom", "name"));
  if (name !== undefined) return { name };
  return choice === "none" || choice === "required" ? choice : "auto";
}

function toolCall({ id, name, args, freeForm }: Answer["calls"][number]): Printable {
  return freeForm
    ? { id, type: "custom", custom: { name, input: args } }
    : { id, type: "function", function: { name, arguments: args } };
}

function usageOf({ usage }: Answer): Printable {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: 0 },
  };
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const withUsage = at(context.body, "stream_options", "include_usage") === true;
  const head = {
    id: `chatcmpl-${context.id}`,
    object: "chat.completion.chunk",
    created: context.now,
    model: context.model,
    service_tier: "default",
    system_fingerprint: "fp_mock",
  };
  const chunk = (delta: Printable, finish: string | null = null): Frame =>
    data({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      usage: withUsage ? null : undefined,
    });
  return [
    chunk({ role: "assistant", content: "", refusal: null }),
    ...piecesOf(answer.thinking ?? "").map((piece) => chunk({ reasoning_content: piece })),
    ...piecesOf(answer.text).map((piece) => chunk({ content: piece })),
    ...answer.calls.flatMap((call, index) => callDeltas(call, index).map((delta) => chunk(delta))),
    chunk({}, FINISH[answer.stop]),
    ...(withUsage ? [data({ ...head, choices: [], usage: usageOf(answer) })] : []),
    { kind: "sse", event: undefined, data: "[DONE]" },
  ];
}

/** The first fragment names the call, the others bring its arguments. */
function callDeltas(call: Answer["calls"][number], index: number): readonly Printable[] {
  const { id, name, args, freeForm } = call;
  const fragment = (fields: { readonly [key: string]: Printable }): Printable => ({
    tool_calls: [{ index, ...fields }],
  });
  const opening = freeForm
    ? { id, type: "custom", custom: { name, input: "" } }
    : { id, type: "function", function: { name, arguments: "" } };
  const pieces = piecesOf(args).map((piece) =>
    fragment(freeForm ? { custom: { input: piece } } : { function: { arguments: piece } }),
  );
  return [fragment(opening), ...pieces];
}

function data(chunk: Printable): Frame {
  return { kind: "sse", event: undefined, data: printJson(chunk) };
}

/** Little-endian float32 in base64, or plain numbers. */
function embedding(vector: readonly number[], format: unknown): Printable {
  if (format !== "base64") return vector;
  return new Uint8Array(new Float32Array(vector).buffer).toBase64();
}
