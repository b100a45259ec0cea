// What a buffered Responses reply must look like (translation.md A.2; types of the SDK `openai`).
import { asString, member, type Json, type JsonRecord } from "../../lib/json.ts";
import {
  also,
  anything,
  boolean,
  count,
  filled,
  firstOf,
  list,
  nullable,
  number,
  object,
  record,
  recordsIn,
  tagged,
  text,
  word,
  type Members,
  type Shape,
} from "../kit/shape.ts";

/** A source that the text cites. */
export const annotation: Shape = tagged("type", {
  url_citation: record({ url: text, title: text, start_index: count, end_index: count }),
  file_citation: record({ file_id: text, index: count }),
  container_file_citation: object,
  file_path: record({ file_id: text, index: count }),
});

const status = word("in_progress", "completed", "incomplete");

/** A part of a message or of a reasoning item. */
export const part: Shape = tagged("type", {
  output_text: record({ text, annotations: list(annotation) }, { logprobs: list(object) }),
  refusal: record({ refusal: text }),
  reasoning_text: record({ text }),
});

/** Items by their type. Those of hosted tools come from this vendor alone. */
const ITEMS: Members = {
  message: record({ id: filled, status, role: word("assistant"), content: list(part) }),
  function_call: record({ call_id: filled, name: filled, arguments: text }, { id: filled, status }),
  custom_tool_call: record({ call_id: filled, name: filled, input: text }, { id: filled }),
  reasoning: record(
    { id: filled, summary: list(record({ type: word("summary_text"), text })) },
    {
      content: list(record({ type: word("reasoning_text"), text })),
      encrypted_content: nullable(text),
      status,
    },
  ),
};

/** An item of the output. */
export const item: Shape = (value, path) => {
  const known = record({ type: filled })(value, path);
  if (known !== undefined) return known;
  const type = asString(member(Object(value), "type")) ?? "";
  const shape = Object.hasOwn(ITEMS, type) ? ITEMS[type] : undefined;
  return (shape ?? record({}, { id: filled }))(value, path);
};

const usage = also(
  record({
    input_tokens: count,
    input_tokens_details: record({ cached_tokens: count }),
    output_tokens: count,
    output_tokens_details: record({ reasoning_tokens: count }),
    total_tokens: count,
  }),
  (given) =>
    Number(given["total_tokens"]) < Number(given["output_tokens"])
      ? "a total below its part"
      : undefined,
);

/** A reply, whole or as it begins: what it echoes of the request is expected to be there (translation.md A.2). */
export const response: Shape = record(
  {
    id: filled,
    object: word("response"),
    created_at: number,
    status: word("completed", "failed", "in_progress", "cancelled", "queued", "incomplete"),
    error: nullable(record({ code: filled, message: text })),
    incomplete_details: nullable(record({ reason: word("max_output_tokens", "content_filter") })),
    instructions: nullable(anything),
    metadata: nullable(object),
    model: text,
    output: list(item),
    parallel_tool_calls: boolean,
    temperature: nullable(number),
    tool_choice: anything,
    tools: list(object),
    top_p: nullable(number),
  },
  { usage: nullable(usage), completed_at: nullable(number) },
);

/** The words that agree with each other at the end of a reply. */
export function endFault(given: JsonRecord): string | undefined {
  const state = asString(member(given, "status")) ?? "";
  const isNull = (key: string): boolean => (member(given, key) ?? null) === null;
  if (state === "incomplete" && isNull("incomplete_details")) return "incomplete without details";
  if (state === "failed" && isNull("error")) return "failed without an error";
  if (state !== "completed") return undefined;
  if (!isNull("error") || !isNull("incomplete_details"))
    return "completed with an error or details";
  return firstOf(recordsIn(given, "output"), (each, at) =>
    unfinished(member(each, "status")) ? `item ${at} is in progress` : undefined,
  );
}

function unfinished(state: Json | undefined): boolean {
  return state === "in_progress";
}

const reply = also(response, (given) => {
  const state = asString(member(given, "status"));
  return state === "in_progress" ? "a whole reply in progress" : endFault(given);
});

/** Says what is wrong with the body of a reply; `undefined`: nothing. */
export function checkReply(body: Json): string | undefined {
  return reply(body, "");
}
