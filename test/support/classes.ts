// The closed lists of the neutral model as values, checked by the compiler to be complete.
import type { FailureClass } from "../../src/ir/failure.ts";
import type { StopClass } from "../../src/ir/reply.ts";

/** Every class of stop. */
export const STOP_CLASSES = keysOf<StopClass>({
  end: true,
  stop_sequence: true,
  length: true,
  context_full: true,
  tool_calls: true,
  refusal: true,
  filtered: true,
  recitation: true,
  guardrail: true,
  malformed_call: true,
  pause: true,
  compaction: true,
  error: true,
  unknown: true,
});

/** Every class of failure. */
export const FAILURE_CLASSES = keysOf<FailureClass>({
  invalid: true,
  unauthenticated: true,
  forbidden: true,
  "model-forbidden": true,
  "not-found": true,
  "model-unknown": true,
  "method-not-allowed": true,
  conflict: true,
  "too-large": true,
  "context-length": true,
  "content-refused": true,
  "rate-limited": true,
  "quota-exhausted": true,
  overloaded: true,
  "server-error": true,
  timeout: true,
  network: true,
  unreachable: true,
  misconfigured: true,
  "bad-upstream-reply": true,
  untranslatable: true,
  "not-implemented": true,
  cancelled: true,
  internal: true,
});

function keysOf<K extends string>(record: Readonly<Record<K, true>>): readonly K[] {
  // The parameter's type says that these are all the keys there are.
  return Object.keys(record) as K[];
}
