// v2 chat, as Cohere answers it (translation.md A.6).
import { asNumber, asString, printJson, type JsonRecord, type Printable } from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice } from "../answer.ts";
import type { Context, Dialect, EmbeddingCall } from "./dialect.ts";
import { at, contentText, recordsIn, textsIn, vectorOf } from "./reading.ts";

/** The dialect. */
export const cohere: Dialect = {
  refusal: (body) => {
    if (asString(at(body, "model")) === undefined) {
      return "invalid request: model is a required field";
    }
    return recordsIn(at(body, "messages")).length === 0
      ? "invalid request: messages must not be empty"
      : undefined;
  },
  read,
  callId: (id, index) => `call_${id}_${index}`,
  reply: (answer, context) => ({
    id: uuidOf(context),
    message: {
      role: "assistant",
      tool_plan: planOf(answer),
      tool_calls: answer.calls.length === 0 ? undefined : answer.calls.map(callOf),
      content: contentOf(answer),
    },
    finish_reason: FINISH[answer.stop],
    usage: usageOf(answer),
  }),
  frames,
  headers: (id) => [
    ["x-debug-trace-id", id],
    ["x-endpoint-monthly-call-limit", "1000"],
  ],
  embeddings,
  embeddingsRefusal: (body) => {
    if (textsIn(at(body, "texts")).length > 96) {
      return "invalid request: total number of texts must be at most 96";
    }
    return asString(at(body, "input_type")) === undefined
      ? "invalid request: valid input_type must be provided with the provided model"
      : undefined;
  },
};

const FINISH = { end: "COMPLETE", calls: "TOOL_CALL", length: "MAX_TOKENS" } as const;

function read(body: JsonRecord): Asked {
  const messages = recordsIn(at(body, "messages"));
  const last = messages.at(-1);
  const user = messages.findLast((message) => message["role"] === "user");
  const schema =
    at(body, "response_format", "json_schema") ?? at(body, "response_format", "schema");
  return {
    lastUser: contentText(user?.["content"]),
    toolResult: last?.["role"] === "tool" ? toolText(last) : undefined,
    tools: recordsIn(at(body, "tools")).flatMap((tool) => {
      const name = asString(at(tool, "function", "name"));
      return name === undefined ? [] : [{ name, schema: at(tool, "function", "parameters") }];
    }),
    choice: readChoice(body),
    thinking: at(body, "thinking", "type") === "enabled",
    schema,
    maxTokens: asNumber(at(body, "max_tokens")),
  };
}

/** A result is a string, text parts, or documents whose data is a string or an object. */
function toolText(message: JsonRecord): string {
  const text = contentText(message["content"]);
  if (text !== "") return text;
  const documents = recordsIn(message["content"]).map((part) => at(part, "document", "data"));
  return documents.map((data) => asString(data) ?? printJson(data)).join("");
}

function readChoice(body: JsonRecord): AskedChoice {
  switch (asString(at(body, "tool_choice")) ?? "") {
    case "REQUIRED":
      return "required";
    case "NONE":
      return "none";
    default:
      return "auto";
  }
}

function uuidOf(context: Context): string {
  return `00000000-0000-4000-8000-${context.id.replace(/\W/g, "").padStart(12, "0")}`;
}

function usageOf({ usage }: Answer): Printable {
  const tokens = { input_tokens: usage.input, output_tokens: usage.output };
  return { billed_units: tokens, tokens };
}

/** Before calls the model says what it is about to do. */
function planOf({ calls }: Answer): string | undefined {
  return calls.length === 0
    ? undefined
    : `I will call ${calls.map(({ name }) => name).join(", ")}.`;
}

function callOf({ id, name, args }: Answer["calls"][number]): Printable {
  return { id, type: "function", function: { name, arguments: args } };
}

/** Absent where the answer is nothing but calls. */
function contentOf({ thinking, text, calls }: Answer): readonly Printable[] | undefined {
  const thoughts = thinking === undefined ? [] : [{ type: "thinking", thinking }];
  const words = text === "" && calls.length > 0 ? [] : [{ type: "text", text }];
  const content = [...thoughts, ...words];
  return content.length === 0 ? undefined : content;
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const { thinking, text, calls } = answer;
  const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  const thoughts = thinking === undefined ? [] : contentEvents(0, "thinking", thinking);
  return [
    event("message-start", { id: uuidOf(context), delta: { message } }),
    ...thoughts,
    ...(text === "" ? [] : contentEvents(thoughts.length === 0 ? 0 : 1, "text", text)),
    ...piecesOf(planOf(answer) ?? "").map((piece) =>
      event("tool-plan-delta", { delta: { message: { tool_plan: piece } } }),
    ),
    ...calls.flatMap(callEvents),
    event("message-end", { delta: { finish_reason: FINISH[answer.stop], usage: usageOf(answer) } }),
    { kind: "sse", event: undefined, data: "[DONE]" },
  ];
}

function contentEvents(index: number, type: "text" | "thinking", text: string): readonly Frame[] {
  const content = (fields: Printable): Printable => ({ message: { content: fields } });
  return [
    event("content-start", { index, delta: content({ type, [type]: "" }) }),
    ...piecesOf(text).map((piece) =>
      event("content-delta", { index, delta: content({ [type]: piece }) }),
    ),
    event("content-end", { index }),
  ];
}

function callEvents(call: Answer["calls"][number], index: number): readonly Frame[] {
  const { id, name, args } = call;
  const calls = (fields: Printable): Printable => ({ message: { tool_calls: fields } });
  const opening = { id, type: "function", function: { name, arguments: "" } };
  return [
    event("tool-call-start", { index, delta: calls(opening) }),
    ...piecesOf(args).map((piece) =>
      event("tool-call-delta", { index, delta: calls({ function: { arguments: piece } }) }),
    ),
    event("tool-call-end", { index }),
  ];
}

function event(type: string, fields: { readonly [key: string]: Printable }): Frame {
  // The SDK ends a stream at any data that holds this mark, also inside a text.
  const data = printJson({ type, ...fields }).replaceAll("[DONE]", "\\u005bDONE]");
  return { kind: "sse", event: type, data };
}

function embeddings({ body, model, tokens }: EmbeddingCall): Printable {
  const texts = textsIn(at(body, "texts"));
  const vectors = texts.map((text) => vectorOf(text, at(body, "output_dimension")));
  const asked = textsIn(at(body, "embedding_types"));
  const kinds: Record<string, Printable> = {};
  for (const kind of asked.length === 0 ? ["float"] : asked) kinds[kind] = spelt(kind, vectors);
  return {
    id: `mock-${model}`,
    embeddings: kinds,
    texts,
    meta: { api_version: { version: "2" }, billed_units: { input_tokens: tokens } },
    response_type: "embeddings_by_type",
  };
}

/** Floats as they are; every other kind as whole numbers of a byte. */
function spelt(kind: string, vectors: readonly (readonly number[])[]): Printable {
  if (kind === "float") return vectors;
  const shift = kind.startsWith("u") ? 128 : 0;
  return vectors.map((vector) => vector.map((value) => Math.round(value * 127) + shift));
}
