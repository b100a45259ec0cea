// `POST /model/{model}/count-tokens` (translation.md A.7; AWS's service model, CountTokensInput).
import { asNumber, asRecord } from "../../lib/json.ts";
import { err, ok } from "../../lib/result.ts";
import { part, pick } from "../kit/pick.ts";
import type { CountCodec } from "../protocol.ts";

const COUNTED = ["messages", "system", "toolConfig", "additionalModelRequestFields"] as const;

/** The protocol's codec. */
export const count: CountCodec = {
  unwrap: (document) => {
    const input = asRecord(asRecord(document.root)?.["input"]);
    const converse = part(document, input?.["converse"]);
    if (converse !== undefined) return ok(converse);
    if (input?.["invokeModel"] === undefined) {
      const message = "input.converse is missing: it holds the request whose tokens are counted";
      return err({ class: "invalid", message, param: "input.converse" });
    }
    // A family's own body in base64, which only its own host reads.
    const message = "input.invokeModel cannot be translated: use input.converse";
    const code = "untranslatable_field";
    return err({ class: "untranslatable", message, code, param: "input.invokeModel" });
  },
  wrap: (chat) => ({ input: { converse: pick(chat, COUNTED) } }),
  read: (reply) => asNumber(asRecord(reply)?.["inputTokens"]),
  write: (tokens) => ({ inputTokens: tokens }),
};
