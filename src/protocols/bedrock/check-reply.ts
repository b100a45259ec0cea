// What a Converse reply must look like (translation.md A.5; types of the SDK `@aws-sdk/client-bedrock-runtime`).
import { asRecord, asString, member, type Json } from "../../lib/json.ts";
import {
  also,
  anything,
  count,
  filled,
  list,
  object,
  record,
  recordsIn,
  text,
  union,
  word,
  type Shape,
} from "../kit/shape.ts";

const media = record({ format: filled, source: object });

/** A block of content has one kind. */
const block = union({
  text,
  image: media,
  audio: media,
  video: media,
  document: record({ name: filled, source: object }),
  toolUse: record({ toolUseId: filled, name: filled, input: anything }),
  toolResult: record({ toolUseId: filled, content: list(object) }),
  reasoningContent: union({
    reasoningText: record({ text }, { signature: text }),
    redactedContent: text,
  }),
  citationsContent: record({}, { content: list(object), citations: list(object) }),
  guardContent: object,
  cachePoint: object,
  searchResult: object,
});

/** The words for why a reply ended. */
export const stopReason = word(
  "end_turn",
  "tool_use",
  "max_tokens",
  "stop_sequence",
  "guardrail_intervened",
  "content_filtered",
  "malformed_model_output",
  "malformed_tool_use",
  "model_context_window_exceeded",
);

/** Token counts; the cache is beside the input and inside the total. */
export const usage: Shape = record(
  { inputTokens: count, outputTokens: count, totalTokens: count },
  { cacheReadInputTokens: count, cacheWriteInputTokens: count },
);

/** How long it took. */
export const metrics: Shape = record({ latencyMs: count });

/** A reason that claims a call needs one. Another reason may stand beside calls, for example if one is malformed. */
export function callsFault(reason: string | undefined, called: boolean): string | undefined {
  return reason === "tool_use" && !called ? "stopReason tool_use without a call" : undefined;
}

const reply = also(
  record({
    output: record({ message: record({ role: word("assistant"), content: list(block) }) }),
    stopReason,
    usage,
    metrics,
  }),
  (given) => {
    const message = asRecord(asRecord(member(given, "output"))?.["message"]) ?? {};
    const called = recordsIn(message, "content").some((entry) => "toolUse" in entry);
    return callsFault(asString(member(given, "stopReason")), called);
  },
);

/** Says what is wrong with the body of a reply; `undefined`: nothing. */
export function checkReply(body: Json): string | undefined {
  return reply(body, "");
}
