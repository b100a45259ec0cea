// What went wrong, in one vocabulary for all protocols (translation.md B.14, architecture.md 2.5).

import type { Loss } from "./loss.ts";

/** The class of a failure; `routing/fault.ts` says what each does to whom. */
export type FailureClass =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "model-unknown"
  | "method-not-allowed"
  | "conflict"
  | "too-large"
  | "context-length"
  | "content-refused"
  | "rate-limited"
  | "quota-exhausted"
  | "overloaded"
  | "server-error"
  | "timeout"
  | "network"
  | "bad-upstream-reply"
  | "untranslatable"
  | "not-implemented"
  | "cancelled"
  | "internal";

/** A failure with the evidence for it. */
export type Failure = {
  readonly class: FailureClass;
  /** For the caller to read; never holds a secret. */
  readonly message: string;
  /** How long the upstream asked to wait, in milliseconds. */
  readonly retryAfter?: number;
  /** HTTP status of the upstream, if it answered. */
  readonly status?: number;
  /** The upstream's own error code, type and parameter, where its dialect has them. */
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  /** Class `untranslatable`: everything that would have been lost and may not be. */
  readonly losses?: readonly Loss[];
};
