// Log probabilities of tokens, buffered and streamed alike (translation.md B.9 S08).
import { compact } from "../../lib/compact.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  type Json,
  type Printable,
} from "../../lib/json.ts";
import type { TokenLogprob } from "../../ir/reply.ts";

/** The tokens of a list; `undefined` if there is none. */
export function decodeTokens(list: Json | undefined): readonly TokenLogprob[] | undefined {
  return asArray(list)?.map((entry) => {
    const top = asArray(asRecord(entry)?.["top_logprobs"]) ?? [];
    return { ...decodeToken(entry), top: top.map(decodeToken) };
  });
}

function decodeToken(entry: Json): Omit<TokenLogprob, "top"> {
  const record = asRecord(entry);
  return compact({
    token: asString(record?.["token"]) ?? "",
    logprob: asNumber(record?.["logprob"]) ?? 0,
    bytes: asArray(record?.["bytes"])?.flatMap((byte) => asNumber(byte) ?? []),
  });
}

/** Writes a list of tokens. */
export function encodeTokens(tokens: readonly TokenLogprob[]): readonly Printable[] {
  return tokens.map((token) => ({
    ...encodeToken(token),
    top_logprobs: token.top.map(encodeToken),
  }));
}

function encodeToken(token: Omit<TokenLogprob, "top">): Readonly<Record<string, Printable>> {
  return { token: token.token, logprob: token.logprob, bytes: token.bytes ?? null };
}
