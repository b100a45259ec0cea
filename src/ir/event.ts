// The neutral events of a streamed reply (translation.md D.1). Decoders may be naive about their order;
// `conform.ts` owns the grammar and makes it strict before an encoder sees them.
import type { Block, Citation, Opaque } from "./block.ts";
import type { Failure } from "./failure.ts";
import type { LossId } from "./loss.ts";
import type { Stop, TokenLogprob, Usage } from "./reply.ts";
import type { Residue, Tier } from "./request.ts";

/** What is known of a block when it opens. `whole`: a block that never arrives in pieces. */
export type Head =
  | { readonly kind: "text"; readonly tag?: "plan" }
  | { readonly kind: "refusal" }
  | { readonly kind: "thinking"; readonly form: "summary" | "raw"; readonly redacted: boolean }
  | {
      readonly kind: "toolCall";
      readonly id: string;
      readonly name: string;
      readonly call: "function" | "custom";
      readonly idMinted?: boolean;
    }
  | { readonly kind: "whole"; readonly block: Block };

/** One step of a streamed reply. `candidate` and `index` name a block; indexes are dense in order of opening. */
export type Event =
  | {
      readonly type: "start";
      readonly id?: string;
      readonly model?: string;
      readonly created?: number;
      readonly tier?: Tier;
    }
  | {
      readonly type: "open";
      readonly candidate: number;
      readonly index: number;
      readonly head: Head;
      /** Members of the block that the model does not hold. */
      readonly ext?: readonly Residue[];
    }
  /** More text of the block: visible text, refusal, reasoning or arguments, as its head says. */
  | {
      readonly type: "delta";
      readonly candidate: number;
      readonly index: number;
      readonly text: string;
    }
  | {
      readonly type: "opaque";
      readonly candidate: number;
      readonly index: number;
      readonly opaque: Opaque;
    }
  | {
      readonly type: "cite";
      readonly candidate: number;
      readonly index: number;
      readonly citation: Citation;
    }
  | {
      readonly type: "logprobs";
      readonly candidate: number;
      readonly tokens: readonly TokenLogprob[];
      readonly refusal: boolean;
    }
  | { readonly type: "close"; readonly candidate: number; readonly index: number }
  | { readonly type: "stop"; readonly candidate: number; readonly stop: Stop }
  /** Cumulative; the last known value of each field wins. */
  | { readonly type: "usage"; readonly usage: Usage }
  /** Fields without a place, of one candidate or (no `candidate`) of the reply, and the tier once it is known. */
  | {
      readonly type: "meta";
      readonly candidate?: number;
      readonly tier?: Tier;
      readonly ext?: readonly Residue[];
    }
  /** The stream uses a feature of the loss table. */
  | { readonly type: "use"; readonly id: LossId; readonly path: string }
  | { readonly type: "ping" }
  /** Ends the stream; no `end` follows. */
  | { readonly type: "error"; readonly failure: Failure }
  /** The upstream's own end marker was seen. */
  | { readonly type: "end" };
