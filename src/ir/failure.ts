// What went wrong, in one vocabulary for all protocols (translation.md B.14, architecture.md 2.5).

import type { Loss } from "./loss.ts";

/** The class of a failure; `routing/fault.ts` says what each does to whom. */
export type FailureClass =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  /** The key is good, but not for this model. */
  | "model-forbidden"
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
  /** No connection came about: name resolution, connecting. */
  | "unreachable"
  /** What only a change of the configuration can mend, such as a certificate that cannot be trusted. */
  | "misconfigured"
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
  /** Where that was said: the name of a header, or `body`. */
  readonly waitFrom?: string;
  /** What the upstream says of trying again (`x-should-retry`); absent: nothing. */
  readonly shouldRetry?: boolean;
  /** Whether the body said nothing that is known, so that the class follows from the status alone. */
  readonly unclassified?: boolean;
  /** HTTP status of the upstream, if it answered. */
  readonly status?: number;
  /** The upstream's own error code, type and parameter, where its dialect has them. */
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  /** Class `untranslatable`: everything that would have been lost and may not be. */
  readonly losses?: readonly Loss[];
};
