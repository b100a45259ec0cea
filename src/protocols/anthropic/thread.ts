// Conversations that the vendor holds between turns (beta `message-threads-2026-08-12`; the SDK's `BetaMessageThread`, which its
// tool runner uses by itself). No other provider holds one, but the SDK sends the conversation whole when it is told so.
import { asRecord, asString, type JsonRecord } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";

/** Why a request cannot be translated: it continues what only the vendor has. `undefined`: it does not. */
export function heldElsewhere(body: JsonRecord): Failure | undefined {
  const thread = asRecord(body["thread"]);
  if (thread === undefined || thread["type"] === "create") return undefined;
  const id = asString(thread["previous_message_id"]) ?? "";
  return {
    class: "untranslatable",
    code: NOT_FOUND,
    message: `No usable thread state was found for '${id}': the provider that answers does not hold it. Replay the full conversation with thread: {"type": "create"}.`,
    param: "thread",
  };
}

const NOT_FOUND = "thread_not_found";

/** The member of an error by which the SDK knows that it has to replay the conversation. */
export function errorDetails({ code }: Failure): { readonly error_code: string } | undefined {
  return code === NOT_FOUND ? { error_code: code } : undefined;
}
