// Converse, as Bedrock answers it (translation.md A.5). Payloads carry the padding `p` that the service adds.
import { asNumber, asString, printJson, type JsonRecord, type Printable } from "../../lib/json.ts";
import { eventMessage } from "../../wire/eventstream.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice } from "../answer.ts";
import type { Context, Dialect, EmbeddingCall } from "./dialect.ts";
import { at, contentText, recordsIn, textsIn, vectorOf } from "./reading.ts";

/** The dialect. */
export const bedrock: Dialect = {
  refusal: (body) =>
    recordsIn(at(body, "messages")).length === 0
      ? "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null"
      : undefined,
  read,
  callId: (id, index) => `tooluse_${id}_${index}`,
  reply: (answer, context) => ({
    metrics: { latencyMs: 1 },
    output: {
      message: {
        content: blocksOf(answer, context).map(({ whole }) => whole),
        role: "assistant",
      },
    },
    stopReason: STOP[answer.stop],
    usage: usageOf(answer),
  }),
  frames,
  headers: (id) => [["x-amzn-requestid", id]],
  count: (tokens) => ({ inputTokens: tokens }),
  embeddings,
  embeddingsRefusal: (body) => {
    if (at(body, "inputText") !== undefined) return undefined;
    return at(body, "input_type") === undefined
      ? "Malformed input request: #: required key [input_type] not found, please reformat your input and try again."
      : undefined;
  },
};

/** Each family of models has a body of its own. */
function embeddings({ body, tokens }: EmbeddingCall): Printable {
  const text = asString(at(body, "inputText"));
  if (text !== undefined) {
    const embedding = vectorOf(text, at(body, "dimensions"));
    return { embedding, inputTextTokenCount: tokens };
  }
  const texts = textsIn(at(body, "texts"));
  const vectors = texts.map((one) => vectorOf(one, at(body, "output_dimension")));
  const typed = at(body, "embedding_types") !== undefined;
  return {
    id: "mock",
    texts,
    embeddings: typed ? { float: vectors } : vectors,
    response_type: typed ? "embeddings_by_type" : "embeddings_floats",
  };
}

const STOP = { end: "end_turn", calls: "tool_use", length: "max_tokens" } as const;

function read(body: JsonRecord): Asked {
  const users = recordsIn(at(body, "messages")).filter((message) => message["role"] === "user");
  const results = recordsIn(users.at(-1)?.["content"]).flatMap((block) => {
    const content = at(block, "toolResult", "content");
    return content === undefined ? [] : [resultText(content)];
  });
  const spoken = users.map((message) => contentText(message["content"]));
  const schema = asString(
    at(body, "outputConfig", "textFormat", "structure", "jsonSchema", "schema"),
  );
  return {
    lastUser: spoken.findLast((text) => text !== "") ?? "",
    toolResult: results.length === 0 ? undefined : results.join("\n"),
    tools: recordsIn(at(body, "toolConfig", "tools")).flatMap((tool) => {
      const name = asString(at(tool, "toolSpec", "name"));
      return name === undefined
        ? []
        : [{ name, schema: at(tool, "toolSpec", "inputSchema", "json") }];
    }),
    choice: readChoice(body),
    thinking: isThinking(body),
    schema: schema === undefined ? undefined : JSON.parse(schema),
    maxTokens: asNumber(at(body, "inferenceConfig", "maxTokens")),
  };
}

function resultText(content: Printable): string {
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => asString(at(part, "text")) ?? printJson(at(part, "json"))).join("");
}

function isThinking(body: JsonRecord): boolean {
  const claude = at(body, "additionalModelRequestFields", "thinking", "type");
  const nova = at(body, "additionalModelRequestFields", "reasoningConfig", "type");
  const on = (type: unknown): boolean => type === "enabled" || type === "adaptive";
  return on(claude) || on(nova) || at(body, "outputConfig", "effort") !== undefined;
}

function readChoice(body: JsonRecord): AskedChoice {
  const name = asString(at(body, "toolConfig", "toolChoice", "tool", "name"));
  if (name !== undefined) return { name };
  return at(body, "toolConfig", "toolChoice", "any") === undefined ? "auto" : "required";
}

function usageOf({ usage }: Answer): Printable {
  return {
    inputTokens: usage.input,
    outputTokens: usage.output,
    totalTokens: usage.input + usage.output,
  };
}

/** One block: whole, the start that only tool use has, and the deltas that fill it. */
type Block = {
  readonly whole: Printable;
  readonly start?: Printable;
  readonly deltas: readonly Printable[];
};

function blocksOf(answer: Answer, context: Context): readonly Block[] {
  const { thinking, text, calls } = answer;
  const blocks: Block[] = [];
  if (thinking !== undefined) {
    const signature = new TextEncoder().encode(`mock signature ${context.id}`).toBase64();
    blocks.push({
      whole: { reasoningContent: { reasoningText: { signature, text: thinking } } },
      deltas: [
        ...piecesOf(thinking).map((piece) => ({ reasoningContent: { text: piece } })),
        { reasoningContent: { signature } },
      ],
    });
  }
  if (text !== "")
    blocks.push({ whole: { text }, deltas: piecesOf(text).map((piece) => ({ text: piece })) });
  return [...blocks, ...calls.map(callBlock)];
}

function callBlock({ id: toolUseId, name, args }: Answer["calls"][number]): Block {
  return {
    whole: { toolUse: { input: parsed(args), name, toolUseId } },
    start: { toolUse: { name, toolUseId } },
    deltas: piecesOf(args).map((input) => ({ toolUse: { input } })),
  };
}

function parsed(args: string): Printable {
  const value: Printable = JSON.parse(args);
  return value;
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const blocks = blocksOf(answer, context).flatMap(({ start, deltas }, contentBlockIndex) => [
    ...(start === undefined ? [] : [event("contentBlockStart", { contentBlockIndex, start })]),
    ...deltas.map((delta) => event("contentBlockDelta", { contentBlockIndex, delta })),
    event("contentBlockStop", { contentBlockIndex }),
  ]);
  return [
    event("messageStart", { role: "assistant" }),
    ...blocks,
    event("messageStop", { stopReason: STOP[answer.stop] }),
    event("metadata", { metrics: { latencyMs: 1 }, usage: usageOf(answer) }),
  ];
}

function event(type: string, fields: { readonly [key: string]: Printable }): Frame {
  return eventMessage(type, printJson({ ...fields, p: "abcdefghij" }));
}
