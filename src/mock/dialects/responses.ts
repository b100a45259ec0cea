// Responses, as OpenAI answers it: every item is announced, filled and finished, every event numbered (translation.md A.2).
import { asNumber, asString, printJson, type JsonRecord, type Printable } from "../../lib/json.ts";
import type { Frame } from "../../wire/frame.ts";
import { piecesOf, type Answer, type Asked, type AskedChoice, type AskedTool } from "../answer.ts";
import type { Context, Dialect } from "./dialect.ts";
import { at, contentText, recordsIn } from "./reading.ts";

type Fields = { readonly [key: string]: Printable };

/** The dialect. */
export const responses: Dialect = {
  refusal: (body) => {
    if (asString(at(body, "model")) === undefined) return "Missing required parameter: 'model'.";
    return at(body, "input") === undefined ? "Missing required parameter: 'input'." : undefined;
  },
  read,
  callId: (id, index) => `call_${id}_${index}`,
  reply: (answer, context) =>
    response(context, STATUS[answer.stop], {
      output: itemsOf(answer, context).map((item) => item.done),
      usage: usageOf(answer),
      incomplete_details: answer.stop === "length" ? { reason: "max_output_tokens" } : null,
    }),
  frames,
  headers: (id) => [
    ["x-request-id", `req_${id}`],
    ["openai-processing-ms", "1"],
  ],
  count: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
};

const STATUS = { end: "completed", calls: "completed", length: "incomplete" } as const;

function read(body: JsonRecord): Asked {
  const input = at(body, "input");
  const items = recordsIn(input);
  const last = items.at(-1);
  const isResult = asString(last?.["type"])?.endsWith("_call_output") === true;
  const user = items.findLast((item) => item["role"] === "user");
  const effort = asString(at(body, "reasoning", "effort")) ?? "none";
  return {
    lastUser: asString(input) ?? contentText(user?.["content"]),
    toolResult: isResult ? contentText(last?.["output"]) : undefined,
    tools: recordsIn(at(body, "tools")).flatMap(readTool),
    choice: readChoice(body),
    thinking: effort !== "none",
    schema: at(body, "text", "format", "schema"),
    maxTokens: asNumber(at(body, "max_output_tokens")),
  };
}

function readTool(tool: JsonRecord): readonly AskedTool[] {
  const name = asString(tool["name"]);
  if (name === undefined) return [];
  if (tool["type"] === "custom") return [{ name, schema: undefined, freeForm: true }];
  return tool["type"] === "function" ? [{ name, schema: at(tool, "parameters") }] : [];
}

function readChoice(body: JsonRecord): AskedChoice {
  const choice = at(body, "tool_choice");
  const name = asString(at(choice, "name"));
  if (name !== undefined) return { name };
  return choice === "none" || choice === "required" ? choice : "auto";
}

function usageOf({ usage }: Answer): Printable {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}

/** The whole response object; it repeats the settings of the request. */
function response(context: Context, status: string, fields: Fields): Fields {
  const { body } = context;
  return {
    id: `resp_${context.id}`,
    object: "response",
    created_at: context.now,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: at(body, "instructions") ?? null,
    max_output_tokens: at(body, "max_output_tokens") ?? null,
    model: context.model,
    output: [],
    parallel_tool_calls: at(body, "parallel_tool_calls") ?? true,
    previous_response_id: null,
    reasoning: at(body, "reasoning") ?? { effort: null, summary: null },
    store: at(body, "store") ?? true,
    temperature: at(body, "temperature") ?? 1,
    text: at(body, "text") ?? { format: { type: "text" } },
    tool_choice: at(body, "tool_choice") ?? "auto",
    tools: at(body, "tools") ?? [],
    top_p: at(body, "top_p") ?? 1,
    truncation: "disabled",
    usage: null,
    metadata: at(body, "metadata") ?? {},
    ...fields,
  };
}

type Numbered = { readonly type: string } & Fields;

/** One item of the output: as it is announced, what happens to it, and as it ends. */
type Item = {
  readonly added: Printable;
  readonly inner: readonly Numbered[];
  readonly done: Printable;
};

function itemsOf(answer: Answer, context: Context): readonly Item[] {
  const items: ((index: number) => Item)[] = [];
  const { thinking, text, calls } = answer;
  if (thinking !== undefined) items.push((index) => reasoningItem(thinking, context, index));
  if (text !== "") items.push((index) => messageItem(text, context, index));
  for (const call of calls) items.push((index) => callItem(call, context, index));
  return items.map((make, index) => make(index));
}

function reasoningItem(thinking: string, context: Context, output_index: number): Item {
  const id = `rs_${context.id}`;
  const place = { item_id: id, output_index, summary_index: 0 };
  const part = { type: "summary_text", text: thinking };
  const sealed = JSON.stringify(at(context.body, "include") ?? []).includes("encrypted_content");
  const item = { id, type: "reasoning" };
  const kind = (name: string): string => `response.reasoning_summary_${name}`;
  return {
    added: { ...item, summary: [] },
    inner: [
      { type: kind("part.added"), ...place, part: { ...part, text: "" } },
      ...piecesOf(thinking).map((delta) => ({ type: kind("text.delta"), ...place, delta })),
      { type: kind("text.done"), ...place, text: thinking },
      { type: kind("part.done"), ...place, part },
    ],
    done: {
      ...item,
      summary: [part],
      encrypted_content: sealed ? `gAAAAmock_${context.id}` : undefined,
    },
  };
}

function messageItem(text: string, context: Context, output_index: number): Item {
  const id = `msg_${context.id}`;
  const place = { item_id: id, output_index, content_index: 0 };
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const item = { id, type: "message", role: "assistant" };
  return {
    added: { ...item, status: "in_progress", content: [] },
    inner: [
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      ...piecesOf(text).map((delta) => ({
        type: "response.output_text.delta",
        ...place,
        delta,
        logprobs: [],
      })),
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part },
    ],
    done: { ...item, status: "completed", content: [part] },
  };
}

function callItem(call: Answer["calls"][number], context: Context, output_index: number): Item {
  const { id: call_id, name, args, freeForm } = call;
  const id = `${freeForm ? "ctc" : "fc"}_${context.id}_${output_index}`;
  const place = { item_id: id, output_index };
  const member = freeForm ? "input" : "arguments";
  const event = freeForm ? "response.custom_tool_call_input" : "response.function_call_arguments";
  const item = { id, type: freeForm ? "custom_tool_call" : "function_call", call_id, name };
  return {
    added: { ...item, status: "in_progress", [member]: "" },
    inner: [
      ...piecesOf(args).map((delta) => ({ type: `${event}.delta`, ...place, delta })),
      { type: `${event}.done`, ...place, name: freeForm ? undefined : name, [member]: args },
    ],
    done: { ...item, status: "completed", [member]: args },
  };
}

function frames(answer: Answer, context: Context): readonly Frame[] {
  const items = itemsOf(answer, context);
  const started = response(context, "in_progress", {});
  const events: Numbered[] = [
    { type: "response.created", response: started },
    { type: "response.in_progress", response: started },
    ...items.flatMap((item, output_index) => [
      { type: "response.output_item.added", output_index, item: item.added },
      ...item.inner,
      { type: "response.output_item.done", output_index, item: item.done },
    ]),
    {
      type: `response.${STATUS[answer.stop]}`,
      response: response(context, STATUS[answer.stop], {
        output: items.map((item) => item.done),
        usage: usageOf(answer),
        incomplete_details: answer.stop === "length" ? { reason: "max_output_tokens" } : null,
      }),
    },
  ];
  return events.map(({ type, ...fields }, sequence_number) => ({
    kind: "sse",
    event: type,
    data: printJson({ type, sequence_number, ...fields }),
  }));
}
