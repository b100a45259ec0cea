// The neutral reply (translation.md 0.2, B.12, B.13).
import type { JsonText } from "../lib/json.ts";
import type { Block } from "./block.ts";
import type { Use } from "./loss.ts";
import type { Residue, Tier } from "./request.ts";

/** Why generation ended (translation.md B.13). Encoders switch over it exhaustively, so no foreign word can leak. */
export type StopClass =
  | "end"
  | "stop_sequence"
  | "length"
  | "context_full"
  | "tool_calls"
  | "refusal"
  | "filtered"
  | "recitation"
  | "guardrail"
  | "malformed_call"
  | "pause"
  | "compaction"
  | "error"
  | "unknown";

/** The class with what the vendor said. */
export type Stop = {
  readonly class: StopClass;
  /** The vendor's own word. */
  readonly raw?: string;
  /** The stop sequence that matched (S11). */
  readonly sequence?: string;
  /** Category and explanation of a refusal (S02b). */
  readonly refusal?: { readonly category?: string; readonly explanation?: string };
};

/**
 * Token counts in disjoint buckets (translation.md B.12); absent means unknown. `output` is the total that the model
 * wrote, of which `reasoning` is a part; all input buckets are disjoint.
 */
export type Usage = {
  /** Input tokens that were neither read from nor written to a cache. */
  readonly inFresh?: number;
  readonly cacheRead?: number;
  /** Input tokens written to a cache, all lifetimes together. */
  readonly cacheWrite?: number;
  /** The part of `cacheWrite` kept for five minutes. */
  readonly cacheWrite5m?: number;
  /** The part of `cacheWrite` kept for one hour. */
  readonly cacheWrite1h?: number;
  /** Input tokens of server-side tool use. */
  readonly toolUseIn?: number;
  readonly output?: number;
  readonly reasoning?: number;
  readonly audioIn?: number;
  readonly audioOut?: number;
  readonly acceptedPrediction?: number;
  readonly rejectedPrediction?: number;
  /** The vendor's usage object, verbatim. */
  readonly reported?: JsonText;
};

/** Log probability of one generated token with its alternatives (S08). */
export type TokenLogprob = {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[];
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes?: readonly number[];
  }[];
};

/** One answer; only some dialects have more than one (S23). */
export type Candidate = {
  readonly blocks: readonly Block[];
  readonly stop: Stop;
  readonly logprobs?: readonly TokenLogprob[];
  /** Log probabilities of the refusal text, which one dialect keeps apart. */
  readonly refusalLogprobs?: readonly TokenLogprob[];
  readonly ext?: readonly Residue[];
};

/** A complete reply, neutral between the protocols. */
export type Reply = {
  readonly id?: string;
  /** Model as the upstream reported it. */
  readonly model?: string;
  /** Unix time in seconds (S14c). */
  readonly created?: number;
  readonly candidates: readonly Candidate[];
  readonly usage?: Usage;
  /** Tier that served the call (S15). */
  readonly tier?: Tier;
  readonly ext: readonly Residue[];
  /** Every feature of the loss table that this reply uses. */
  readonly uses: readonly Use[];
};
