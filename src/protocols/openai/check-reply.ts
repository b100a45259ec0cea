// What a buffered Chat Completions reply must look like (translation.md A.1; types of the SDK `openai`).
import { asRecord, asString, member, type JsonRecord, type Json } from "../../lib/json.ts";
import {
  also,
  count,
  filled,
  firstOf,
  list,
  nullable,
  number,
  numberIn,
  object,
  record,
  recordsIn,
  tagged,
  text,
  word,
  type Shape,
} from "../kit/shape.ts";

/** The words for why an answer ended. */
export const finishReason = word("stop", "length", "tool_calls", "content_filter", "function_call");

const details = record(
  {},
  {
    cached_tokens: nullable(count),
    cache_write_tokens: nullable(count),
    reasoning_tokens: nullable(count),
    audio_tokens: nullable(count),
  },
);

/** Token counts. The parts of the prompt are in it. */
export const usage: Shape = also(
  record(
    { prompt_tokens: count, completion_tokens: count, total_tokens: count },
    { prompt_tokens_details: nullable(details), completion_tokens_details: nullable(details) },
  ),
  (given) => {
    const cached = asRecord(member(given, "prompt_tokens_details"))?.["cached_tokens"] ?? 0;
    return Number(cached) > Number(given["prompt_tokens"])
      ? "more cached tokens than the prompt has"
      : undefined;
  },
);

const call = tagged("type", {
  function: record({ id: filled, function: record({ name: filled, arguments: text }) }),
  custom: record({ id: filled, custom: record({ name: filled, input: text }) }),
});

/** A source that the text cites. */
export const annotation = tagged("type", {
  url_citation: record({
    url_citation: record({ start_index: count, end_index: count, title: text, url: text }),
  }),
  file_citation: object,
  file: object,
});

const token = record({ token: text, logprob: number });

/** Log probabilities of an answer. */
export const logprobs = nullable(
  record({}, { content: nullable(list(token)), refusal: nullable(list(token)) }),
);

const message = record(
  { role: word("assistant"), content: nullable(text), refusal: nullable(text) },
  {
    tool_calls: list(call),
    function_call: record({ name: filled, arguments: text }),
    annotations: list(annotation),
    audio: nullable(record({ id: filled, data: text, expires_at: count, transcript: text })),
    reasoning_content: nullable(text),
  },
);

const choice = also(
  record({ index: count, message, finish_reason: finishReason }, { logprobs }),
  (given) => callsFault(asString(member(given, "finish_reason")), heldCalls(given)),
);

function heldCalls(given: JsonRecord): readonly string[] {
  const said = asRecord(member(given, "message")) ?? {};
  const tools = recordsIn(said, "tool_calls").length > 0 ? ["tool_calls"] : [];
  return asRecord(member(said, "function_call")) === undefined ? tools : ["function_call"];
}

/**
 * A reason that claims calls needs some. Another reason may stand beside calls, for example if one is malformed. `kinds`: the
 * words for calls that are there.
 */
export function callsFault(
  reason: string | undefined,
  kinds: readonly string[],
): string | undefined {
  const claims = reason === "tool_calls" || reason === "function_call";
  return claims && !kinds.includes(reason)
    ? `finish_reason ${reason} without ${reason}`
    : undefined;
}

const reply = also(
  record(
    {
      id: filled,
      object: word("chat.completion"),
      created: count,
      model: text,
      choices: list(choice),
    },
    { usage: nullable(usage), service_tier: nullable(text), system_fingerprint: nullable(text) },
  ),
  (given) => {
    const choices = recordsIn(given, "choices");
    if (choices.length === 0) return "no choices";
    return firstOf(choices, (each, at) => {
      const index = numberIn(each, "index");
      return index === at ? undefined : `choice ${at} has the index ${index}`;
    });
  },
);

/** Says what is wrong with the body of a reply; `undefined`: nothing. */
export function checkReply(body: Json): string | undefined {
  return reply(body, "");
}
