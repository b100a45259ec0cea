// What an attempt comes to, and the lane it runs on; types only.
import type { HeaderList } from "../protocols/protocol.ts";
import type { Failure } from "../ir/failure.ts";
import type { AttemptId } from "../routing/breaker.ts";
import type { Member, Pool } from "../routing/upstream.ts";
import type { MemberCells } from "./cells.ts";
import type { Elsewhere } from "./continue-stream.ts";
import type { Provider } from "./runtime.ts";
import type { AttemptStep } from "./trail.ts";

/** One attempt's way to an upstream. */
export type Lane = {
  readonly attempt: AttemptId;
  /** 1 for the first attempt of the call. */
  readonly number: number;
  readonly pool: Pool;
  readonly index: number;
  readonly member: Member;
  readonly provider: Provider;
  /** Index of the key in the provider's ring; -1: the client's own. */
  readonly key: number;
  /** The health of everything on the way. */
  readonly cells: MemberCells;
  /** Finds who goes on when the stream dies after content; absent: nobody does. */
  readonly elsewhere?: Elsewhere;
  /** What the call's trail says of the attempt. */
  readonly trace: AttemptStep;
  /** Opaque reasoning of earlier turns is left out: the upstream refused it before. */
  readonly plain: boolean;
};

/** An upstream's error reply, kept so that a client of the same protocol can be given its exact bytes. */
export type ErrorReply = {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
};

/** An attempt that failed before anything reached the client. */
export type Failed = {
  readonly kind: "failed";
  readonly failure: Failure;
  readonly lane: Lane;
  readonly reply?: ErrorReply;
};

/** The end of an attempt, as far as failing over is concerned. */
export type Outcome = { readonly kind: "committed"; readonly response: Response } | Failed;
