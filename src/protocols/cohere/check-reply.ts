// What a v2 chat reply must look like (translation.md A.6; types of the SDK `cohere-ai`).
import { asString, asRecord, member, type Json } from "../../lib/json.ts";
import {
  also,
  count,
  filled,
  list,
  nullable,
  number,
  object,
  record,
  recordsIn,
  tagged,
  text,
  word,
  type Shape,
} from "../kit/shape.ts";

/** A block of content as a whole. */
const block = tagged("type", { text: record({ text }), thinking: record({ thinking: text }) });

/** A call. */
export const call: Shape = record({
  id: filled,
  type: word("function"),
  function: record({ name: filled, arguments: text }),
});

/** A citation of the text. */
export const citation: Shape = record(
  {},
  { start: count, end: count, text, sources: list(record({ type: filled })), type: filled },
);

/** The words for why a reply ended. */
export const finishReason = word(
  "COMPLETE",
  "STOP_SEQUENCE",
  "MAX_TOKENS",
  "TOOL_CALL",
  "ERROR",
  "TIMEOUT",
);

/** What was counted; this vendor's numbers may be fractions in its SDK. */
export const usage: Shape = record(
  {},
  {
    billed_units: record({}, { input_tokens: number, output_tokens: number }),
    tokens: record({}, { input_tokens: number, output_tokens: number }),
    cached_tokens: number,
  },
);

/** A reason that claims a call needs one. Another reason may stand beside calls, for example if one is malformed. */
export function callsFault(reason: string | undefined, called: boolean): string | undefined {
  return reason === "TOOL_CALL" && !called ? "finish_reason TOOL_CALL without a call" : undefined;
}

const reply = also(
  record(
    {
      id: filled,
      finish_reason: finishReason,
      message: record(
        { role: word("assistant") },
        {
          content: nullable(list(block)),
          tool_calls: list(call),
          tool_plan: text,
          citations: list(citation),
        },
      ),
    },
    { usage: nullable(usage), logprobs: nullable(list(object)) },
  ),
  (given) => {
    const message = asRecord(member(given, "message")) ?? {};
    const called = recordsIn(message, "tool_calls").length > 0;
    return callsFault(asString(member(given, "finish_reason")), called);
  },
);

/** Says what is wrong with the body of a reply; `undefined`: nothing. */
export function checkReply(body: Json): string | undefined {
  return reply(body, "");
}
