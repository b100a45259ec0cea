// What a buffered message must look like (translation.md A.3; types of the SDK `@anthropic-ai/sdk`).
import { asString, member, type Json } from "../../lib/json.ts";
import {
  also,
  anything,
  count,
  filled,
  list,
  nullable,
  object,
  record,
  recordsIn,
  tagged,
  text,
  word,
  type Shape,
} from "../kit/shape.ts";

const result = record({ tool_use_id: filled, content: anything });
const use = record({ id: filled, name: filled, input: object });

/** A block of content, by its type. Blocks of hosted tools come from this vendor alone. */
export const block: Shape = tagged("type", {
  text: record({ text }, { citations: nullable(list(record({ type: filled }))) }),
  thinking: record({ thinking: text, signature: text }),
  redacted_thinking: record({ data: text }),
  tool_use: use,
  server_tool_use: use,
  mcp_tool_use: use,
  mcp_tool_result: result,
  web_search_tool_result: result,
  web_fetch_tool_result: result,
  code_execution_tool_result: result,
  bash_code_execution_tool_result: result,
  text_editor_code_execution_tool_result: result,
  tool_search_tool_result: result,
  advisor_tool_result: result,
  container_upload: record({ file_id: filled }),
  compaction: object,
  fallback: object,
});

/** The words for why a message ended. */
const stopReason = word(
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
  "compaction",
);

/** The end of a message: the reason, and the sequence exactly where it is the reason. */
export const stop: Shape = also(
  record({ stop_reason: stopReason, stop_sequence: nullable(text) }),
  (given) =>
    member(given, "stop_sequence") !== null && member(given, "stop_reason") !== "stop_sequence"
      ? "a stop_sequence that was not the reason"
      : undefined,
);

/** Token counts; the cache is beside the input. */
export const usage: Shape = record(
  { input_tokens: count, output_tokens: count },
  { cache_creation_input_tokens: nullable(count), cache_read_input_tokens: nullable(count) },
);

/** A reason that claims a call needs one. Another reason may stand beside calls, for example if one is malformed. */
export function callsFault(reason: string | undefined, called: boolean): string | undefined {
  return reason === "tool_use" && !called ? "stop_reason tool_use without a call" : undefined;
}

/** A message without its end: as a stream begins, and as a whole. */
export const message: Shape = record({
  id: filled,
  type: word("message"),
  role: word("assistant"),
  model: text,
  content: list(block),
  usage,
});

const reply = also(
  (value, path) => message(value, path) ?? stop(value, path),
  (given) => {
    const called = recordsIn(given, "content").some((entry) => entry["type"] === "tool_use");
    return callsFault(asString(member(given, "stop_reason")), called);
  },
);

/** Says what is wrong with the body of a reply; `undefined`: nothing. */
export function checkReply(body: Json): string | undefined {
  return reply(body, "");
}
