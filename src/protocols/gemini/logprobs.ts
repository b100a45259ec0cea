// Log probabilities of the chosen tokens and of their rivals (translation.md B.9 S08).
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  type Json,
  type Printable,
} from "../../lib/json.ts";
import type { TokenLogprob } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";

/** The tokens, and the vendor's record where it says more. */
export type DecodedLogprobs = {
  readonly tokens: readonly TokenLogprob[] | undefined;
  readonly ext: readonly Residue[];
};

/** Reads `logprobsResult` of a candidate. */
export function decodeLogprobs(candidate: Fields, notes: Notes): DecodedLogprobs {
  const result = asRecord(candidate.record["logprobsResult"]);
  const chosen = asArray(result?.["chosenCandidates"]);
  if (chosen === undefined) return { tokens: undefined, ext: [] };
  candidate.skip("logprobsResult");
  const rivals = asArray(result?.["topCandidates"]) ?? [];
  const tokens = chosen.map((entry, at) => {
    const top = asArray(asRecord(rivals[at])?.["candidates"]) ?? [];
    return { ...tokenOf(entry), top: top.map(tokenOf) };
  });
  notes.use("S08", candidate.at("logprobsResult"));
  // Numbers of tokens, which others do not know.
  const isPlain = chosen.every((entry) => Object.keys(asRecord(entry) ?? {}).length <= 2);
  return { tokens, ext: isPlain ? [] : candidate.residue("logprobsResult", "S00") };
}

function tokenOf(entry: Json): Omit<TokenLogprob, "top"> {
  const record = asRecord(entry);
  const token = asString(record?.["token"]) ?? "";
  const logprob = asNumber(record?.["logProbability"]) ?? 0;
  // Half a character tells nothing about its bytes.
  if (token.includes("\uFFFD")) return { token, logprob };
  return { token, logprob, bytes: [...new TextEncoder().encode(token)] };
}

/** Writes the tokens of one answer. */
export function encodeLogprobs(tokens: readonly TokenLogprob[] | undefined): Printable {
  if (tokens === undefined) return undefined;
  const hasRivals = tokens.some(({ top }) => top.length > 0);
  return {
    chosenCandidates: tokens.map(writeToken),
    topCandidates: hasRivals
      ? tokens.map(({ top }) => ({ candidates: top.map(writeToken) }))
      : undefined,
  };
}

function writeToken({ token, logprob }: { readonly token: string; readonly logprob: number }): {
  readonly [key: string]: Printable;
} {
  return { token, logProbability: logprob };
}
