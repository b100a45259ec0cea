// `:countTokens` (translation.md A.7). A request names contents alone, or holds a whole request to generate.
import { asNumber, asRecord } from "../../lib/json.ts";
import { ok } from "../../lib/result.ts";
import { part, pick } from "../kit/pick.ts";
import type { CountCodec } from "../protocol.ts";
import { resourceName } from "./rename.ts";

const COUNTED = ["contents", "systemInstruction", "tools", "toolConfig", "cachedContent"] as const;

/** The protocol's codec. */
export const count: CountCodec = {
  unwrap: (document) => {
    const root = asRecord(document.root);
    const whole = root?.["generateContentRequest"] ?? root?.["generate_content_request"];
    return ok(part(document, whole) ?? document);
  },
  wrap: (chat, model) => {
    return { generateContentRequest: { model: resourceName(model), ...pick(chat, COUNTED) } };
  },
  read: (reply) => {
    const record = asRecord(reply);
    // The upstream leaves out what is zero.
    return record === undefined ? undefined : (asNumber(record["totalTokens"]) ?? 0);
  },
  write: (tokens) => ({ totalTokens: tokens }),
};
