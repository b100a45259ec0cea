// The service tier of a reply, in the words of OpenAI's two protocols (translation.md C.3 S15).
import { asString } from "../../lib/json.ts";
import type { Reply } from "../../ir/reply.ts";
import type { Tier } from "../../ir/request.ts";
import type { Fields } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { TIER_WORDS, tierOf } from "./openai-settings-decode.ts";

/** A tier that is no word of OpenAI's stays residue: it means nothing in another dialect. */
export function decodeReplyTier(body: Fields, notes: Notes): Tier | undefined {
  const raw = asString(body.record["service_tier"]);
  if (raw === undefined || !TIER_WORDS.has(raw)) {
    if (raw === "") body.skip("service_tier");
    return undefined;
  }
  body.skip("service_tier");
  notes.use("S15", body.at("service_tier"));
  return tierOf(raw);
}

/** The tier in these words; `undefined`: there is none for it. */
export function encodeReplyTier(reply: Pick<Reply, "tier">): string | undefined {
  const { tier } = reply;
  if (tier === undefined) return undefined;
  if (TIER_WORDS.has(tier.raw)) return tier.raw;
  return tier.class === "other" ? undefined : tier.class;
}
