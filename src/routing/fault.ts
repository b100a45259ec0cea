// What each class of failure does to whom: one reviewable table (architecture.md 2.5, busbar-study.md 3.2).
import type { FailureClass } from "../ir/failure.ts";
import type { Penalty } from "./breaker.ts";
import type { Scope } from "./scopes.ts";

/** Who caused a failure (the `x-recloser-fault` header). */
export type Culprit = "caller" | "key" | "model" | "provider" | "network" | "gateway";

/** The consequences of a failed attempt. */
export type Effect = {
  readonly culprit: Culprit;
  /** What rests, and how; nothing else is touched. */
  readonly bench: readonly (readonly [Scope, Penalty])[];
  /**
   * Where the same call may be tried next. `key`: with another key of the same provider, else by another member;
   * `larger-context`: only by a member with a larger window.
   */
  readonly elsewhere: "nowhere" | "member" | "key" | "larger-context";
  /** Whether the same member may well answer a moment later: it is asked again when there is nobody else. */
  readonly transient: boolean;
  /** Whether a caller that waits and asks again may succeed: decides if `retry-after` is sent. */
  readonly retryable: boolean;
};

type Fixed = Pick<Effect, "transient" | "retryable">;

const FOR_GOOD: Fixed = { transient: false, retryable: false };
const WEATHER: Fixed = { transient: true, retryable: true };

const CALLERS_OWN = { culprit: "caller", bench: [], ...FOR_GOOD } as const;

/** A class is added here before it compiles anywhere. */
export const EFFECTS = {
  invalid: { ...CALLERS_OWN, elsewhere: "nowhere" },
  unauthenticated: { culprit: "key", bench: [["key", "stick"]], elsewhere: "key", ...FOR_GOOD },
  forbidden: { culprit: "key", bench: [["key", "stick"]], elsewhere: "key", ...FOR_GOOD },
  "model-forbidden": {
    culprit: "key",
    bench: [["key-model", "stick"]],
    elsewhere: "key",
    ...FOR_GOOD,
  },
  "not-found": { ...CALLERS_OWN, elsewhere: "nowhere" },
  "model-unknown": {
    culprit: "model",
    bench: [["model", "stick"]],
    elsewhere: "member",
    ...FOR_GOOD,
  },
  "method-not-allowed": { ...CALLERS_OWN, elsewhere: "nowhere" },
  conflict: { ...CALLERS_OWN, elsewhere: "nowhere" },
  "too-large": { ...CALLERS_OWN, elsewhere: "member" },
  "context-length": { ...CALLERS_OWN, elsewhere: "larger-context" },
  "content-refused": { ...CALLERS_OWN, elsewhere: "nowhere" },
  // Limits are counted for each model of an account.
  "rate-limited": {
    culprit: "key",
    bench: [["key-model", "trip"]],
    elsewhere: "key",
    transient: false,
    retryable: true,
  },
  "quota-exhausted": { culprit: "key", bench: [["key", "stick"]], elsewhere: "key", ...FOR_GOOD },
  overloaded: {
    culprit: "provider",
    bench: [["member", "count"]],
    elsewhere: "member",
    ...WEATHER,
  },
  "server-error": {
    culprit: "provider",
    bench: [["member", "count"]],
    elsewhere: "member",
    ...WEATHER,
  },
  // Who was silent for long will be silent again.
  timeout: {
    culprit: "provider",
    bench: [["member", "count"]],
    elsewhere: "member",
    transient: false,
    retryable: true,
  },
  network: { culprit: "network", bench: [["member", "count"]], elsewhere: "member", ...WEATHER },
  // Where nobody listens no model answers; one lost connection among many is the member's alone.
  unreachable: {
    culprit: "network",
    bench: [
      ["member", "count"],
      ["provider", "count"],
    ],
    elsewhere: "member",
    ...WEATHER,
  },
  misconfigured: {
    culprit: "gateway",
    bench: [["provider", "stick"]],
    elsewhere: "member",
    ...FOR_GOOD,
  },
  "bad-upstream-reply": {
    culprit: "provider",
    bench: [["member", "count"]],
    elsewhere: "member",
    ...WEATHER,
  },
  // Another member may speak the caller's own protocol, where nothing needs translating.
  untranslatable: { ...CALLERS_OWN, elsewhere: "member" },
  "not-implemented": { culprit: "gateway", bench: [], elsewhere: "member", ...FOR_GOOD },
  cancelled: { ...CALLERS_OWN, elsewhere: "nowhere" },
  internal: { culprit: "gateway", bench: [], elsewhere: "nowhere", ...FOR_GOOD },
} as const satisfies Record<FailureClass, Effect>;

/** Looks up the consequences of a class. */
export function effectOf(failure: FailureClass): Effect {
  return EFFECTS[failure];
}
