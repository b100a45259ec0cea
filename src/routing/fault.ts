// What each class of failure does to whom: one reviewable table (architecture.md 2.5, busbar-study.md 3.2).
import type { FailureClass } from "../ir/failure.ts";

/** Who caused a failure (the `x-recloser-fault` header). */
export type Culprit = "caller" | "key" | "model" | "provider" | "network" | "gateway";

/** The consequences of a failed attempt. */
export type Effect = {
  readonly culprit: Culprit;
  /** `count`: one more failure in the member's window; `trip`: the culprit is benched at once; `none`: nobody is. */
  readonly penalty: "none" | "count" | "trip";
  /** Where the same call may be tried again. */
  readonly elsewhere: "no" | "any" | "larger-context";
  /** Whether a caller that waits and asks again may succeed: decides if `retry-after` is sent. */
  readonly retryable: boolean;
};

/** A class is added here before it compiles anywhere. */
export const EFFECTS = {
  invalid: { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  unauthenticated: { culprit: "key", penalty: "trip", elsewhere: "any", retryable: false },
  "model-forbidden": { culprit: "key", penalty: "trip", elsewhere: "any", retryable: false },
  forbidden: { culprit: "key", penalty: "trip", elsewhere: "any", retryable: false },
  "not-found": { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  "model-unknown": { culprit: "model", penalty: "trip", elsewhere: "any", retryable: false },
  "method-not-allowed": { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  conflict: { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  "too-large": { culprit: "caller", penalty: "none", elsewhere: "any", retryable: false },
  "context-length": {
    culprit: "caller",
    penalty: "none",
    elsewhere: "larger-context",
    retryable: false,
  },
  "content-refused": { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  "rate-limited": { culprit: "key", penalty: "count", elsewhere: "any", retryable: true },
  "quota-exhausted": { culprit: "key", penalty: "trip", elsewhere: "any", retryable: false },
  overloaded: { culprit: "provider", penalty: "count", elsewhere: "any", retryable: true },
  "server-error": { culprit: "provider", penalty: "count", elsewhere: "any", retryable: true },
  timeout: { culprit: "provider", penalty: "count", elsewhere: "any", retryable: true },
  network: { culprit: "network", penalty: "count", elsewhere: "any", retryable: true },
  unreachable: { culprit: "network", penalty: "count", elsewhere: "any", retryable: true },
  misconfigured: { culprit: "gateway", penalty: "trip", elsewhere: "any", retryable: false },
  "bad-upstream-reply": {
    culprit: "provider",
    penalty: "count",
    elsewhere: "any",
    retryable: true,
  },
  // Another member may speak the caller's own protocol, where nothing needs translating.
  untranslatable: { culprit: "caller", penalty: "none", elsewhere: "any", retryable: false },
  "not-implemented": { culprit: "gateway", penalty: "none", elsewhere: "any", retryable: false },
  cancelled: { culprit: "caller", penalty: "none", elsewhere: "no", retryable: false },
  internal: { culprit: "gateway", penalty: "none", elsewhere: "no", retryable: false },
} as const satisfies Record<FailureClass, Effect>;

/** Looks up the consequences of a class. */
export function effectOf(failure: FailureClass): Effect {
  return EFFECTS[failure];
}
