// Messages, as Anthropic answers it (translation.md A.3).
import { asNumber, asString, printJson, type JsonRecord, type Printable } from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice } from "../answer.ts";
import type { Context, Dialect } from "./dialect.ts";
import { at, contentText, recordsIn } from "./reading.ts";

/** The dialect. */
export const anthropic: Dialect = {
  refusal: (body, header) => {
    if (header("anthropic-version") === undefined) return "anthropic-version: header is required";
    if (asString(at(body, "model")) === undefined) return "model: Field required";
    if (recordsIn(at(body, "messages")).length === 0) {
      return "messages: at least one message is required";
    }
    return asNumber(at(body, "max_tokens")) === undefined
      ? "max_tokens: Field required"
      : undefined;
  },
  read,
  callId: (id, index) => `toolu_${id}_${index}`,
  reply: (answer, context) => ({
    ...messageHead(context),
    content: blocksOf(answer, context).map(({ whole }) => whole),
    stop_reason: STOP[answer.stop],
    stop_sequence: null,
    usage: usageOf(answer, answer.usage.output),
  }),
  frames,
  headers: (id) => [
    ["request-id", `req_${id}`],
    ["anthropic-ratelimit-requests-remaining", "9999"],
  ],
  count: (tokens) => ({ input_tokens: tokens }),
};

const STOP = { end: "end_turn", calls: "tool_use", length: "max_tokens" } as const;

function read(body: JsonRecord): Asked {
  const messages = recordsIn(at(body, "messages"));
  const users = messages.filter((message) => message["role"] === "user");
  const blocks = recordsIn(users.at(-1)?.["content"]);
  const results = blocks.filter((block) => block["type"] === "tool_result");
  const spoken = users.map((message) => contentText(message["content"]));
  const thinking = asString(at(body, "thinking", "type")) ?? "disabled";
  return {
    lastUser: spoken.findLast((text) => text !== "") ?? "",
    toolResult:
      results.length === 0
        ? undefined
        : results.map((result) => contentText(result["content"])).join("\n"),
    tools: recordsIn(at(body, "tools")).flatMap((tool) => {
      const name = asString(tool["name"]);
      // Tools with a version in their type run on the vendor's side.
      const own = (tool["type"] ?? "custom") === "custom";
      return name === undefined || !own ? [] : [{ name, schema: at(tool, "input_schema") }];
    }),
    choice: readChoice(body),
    thinking: thinking !== "disabled",
    schema: at(body, "output_config", "format", "schema") ?? at(body, "output_format", "schema"),
    maxTokens: asNumber(at(body, "max_tokens")),
  };
}

function readChoice(body: JsonRecord): AskedChoice {
  const name = asString(at(body, "tool_choice", "name"));
  if (name !== undefined) return { name };
  const type = at(body, "tool_choice", "type");
  if (type === "any") return "required";
  return type === "none" ? "none" : "auto";
}

function usageOf({ usage }: Answer, output: number): Printable {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: "standard",
  };
}

function messageHead(context: Context): { readonly [key: string]: Printable } {
  return {
    id: `msg_${context.id}`,
    type: "message",
    role: "assistant",
    model: context.model,
  };
}

/** One block: whole, as it opens, and the deltas that fill it. */
type Block = {
  readonly whole: Printable;
  readonly opening: Printable;
  readonly deltas: readonly Printable[];
};

function blocksOf(answer: Answer, context: Context): readonly Block[] {
  const { thinking, text, calls } = answer;
  const blocks: Block[] = [];
  if (thinking !== undefined) {
    const signature = new TextEncoder().encode(`mock signature ${context.id}`).toBase64();
    blocks.push({
      whole: { type: "thinking", thinking, signature },
      opening: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        ...piecesOf(thinking).map((piece) => ({ type: "thinking_delta", thinking: piece })),
        { type: "signature_delta", signature },
      ],
    });
  }
  if (text !== "") {
    blocks.push({
      whole: { type: "text", text },
      opening: { type: "text", text: "" },
      deltas: piecesOf(text).map((piece) => ({ type: "text_delta", text: piece })),
    });
  }
  return [...blocks, ...calls.map(callBlock)];
}

function callBlock({ id, name, args }: Answer["calls"][number]): Block {
  const head = { type: "tool_use", id, name };
  return {
    whole: { ...head, input: parsed(args) },
    opening: { ...head, input: {} },
    deltas: ["", ...piecesOf(args)].map((piece) => ({
      type: "input_json_delta",
      partial_json: piece,
    })),
  };
}

function parsed(args: string): Printable {
  const value: Printable = JSON.parse(args);
  return value;
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const message = {
    ...messageHead(context),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(answer, 1),
  };
  const delta = { stop_reason: STOP[answer.stop], stop_sequence: null };
  const usage = usageOf(answer, answer.usage.output);
  return [
    event("message_start", { message }),
    event("ping", {}),
    ...blocksOf(answer, context).flatMap(({ opening, deltas }, index) => [
      event("content_block_start", { index, content_block: opening }),
      ...deltas.map((piece) => event("content_block_delta", { index, delta: piece })),
      event("content_block_stop", { index }),
    ]),
    event("message_delta", { delta, usage }),
    event("message_stop", {}),
  ];
}

function event(type: string, fields: { readonly [key: string]: Printable }): Frame {
  return { kind: "sse", event: type, data: printJson({ type, ...fields }) };
}
