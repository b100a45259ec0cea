// Log probabilities: `{text,token_ids,logprobs}` for each piece of the text (translation.md B.9 S08).
import { asArray, asNumber, asRecord, asString, type Json } from "../../lib/json.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Draft } from "../kit/residue.ts";

/** One piece; `undefined`: it is none. A piece of several tokens has the probability of all of them together. */
export function decodeLogprob(entry: Json | undefined): TokenLogprob | undefined {
  const record = asRecord(entry);
  const list = asArray(record?.["logprobs"]);
  if (record === undefined || list === undefined) return undefined;
  const logprob = list.reduce<number>((sum, each) => sum + (asNumber(each) ?? 0), 0);
  return { token: asString(record["text"]) ?? "", logprob, top: [] };
}

/** One piece. Numbers of tokens are the vendor's own; there are none for others. */
export function encodeLogprob({ token, logprob }: TokenLogprob): Draft {
  return { text: token, token_ids: [], logprobs: [logprob] };
}
