// `POST /v1/messages/count_tokens` (translation.md A.7; the SDK's `MessageCountTokensParams`).
import { asNumber, asRecord, parseJson, type JsonDocument } from "../../lib/json.ts";
import { ok } from "../../lib/result.ts";
import { pick } from "../kit/pick.ts";
import type { CountCodec } from "../protocol.ts";

const COUNTED = [
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "cache_control",
  "output_config",
  "output_format",
  "context_management",
  "mcp_servers",
] as const;

/** The protocol's codec. */
export const count: CountCodec = {
  unwrap: (document) => ok(withLimit(document)),
  wrap: (chat) => pick(chat, COUNTED),
  read: (reply) => asNumber(asRecord(reply)?.["input_tokens"]),
  write: (tokens) => ({ input_tokens: tokens }),
};

/** Only generating demands a limit; which one, does not count. */
function withLimit(document: JsonDocument): JsonDocument {
  const record = asRecord(document.root);
  if (record === undefined || record["max_tokens"] !== undefined) return document;
  const text = document.textOf(record).trimStart();
  const rest = text.slice(1).trimStart();
  const parsed = parseJson(`{"max_tokens":64000${rest.startsWith("}") ? "" : ","}${rest}`);
  return parsed.ok ? parsed.value : document;
}
