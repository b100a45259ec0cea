// `POST /responses/input_tokens` (translation.md A.7; OpenAI's specification, TokenCountsBody).
import { asNumber, asRecord } from "../../lib/json.ts";
import { ok } from "../../lib/result.ts";
import { pick } from "../kit/pick.ts";
import type { CountCodec } from "../protocol.ts";

const COUNTED = [
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "truncation",
  "previous_response_id",
  "conversation",
] as const;

/** The protocol's codec. */
export const count: CountCodec = {
  unwrap: ok,
  wrap: (chat) => pick(chat, COUNTED),
  read: (reply) => asNumber(asRecord(reply)?.["input_tokens"]),
  write: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
};
