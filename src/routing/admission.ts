// Whether a call may go where several breakers stand in its way: the member's, the model's, the provider's, the key's.
import { ms, type Milliseconds } from "../lib/time.ts";
import { admit, readyAt, type Breaker } from "./breaker.ts";

/** What several breakers say together. */
export type Admission = {
  /** `probe`: at least one of them wants to find out whether all is well again. */
  readonly verdict: "yes" | "probe" | "no";
  /** With `no`: when the last of them may be tried again; a time in the past if nobody knows. */
  readonly readyAt: Milliseconds;
};

const OPEN: Admission = { verdict: "yes", readyAt: ms(0) };

/** All of them must admit the call. */
export function admission(breakers: readonly Breaker[], now: Milliseconds): Admission {
  let result = OPEN;
  for (const breaker of breakers) {
    const verdict = admit(breaker, now);
    if (verdict === "no")
      result = { verdict, readyAt: ms(Math.max(result.readyAt, readyAt(breaker))) };
    else if (verdict === "probe" && result.verdict === "yes") result = { ...OPEN, verdict };
  }
  return result;
}

/** Both must admit the call. */
export function both(first: Admission, second: Admission): Admission {
  if (first.verdict === "no" || second.verdict === "no") {
    return { verdict: "no", readyAt: ms(Math.max(first.readyAt, second.readyAt)) };
  }
  return first.verdict === "yes" ? second : first;
}

/** One of them is enough: of keys, the best. */
export function any(admissions: readonly Admission[]): Admission {
  const admitted = admissions.find(({ verdict }) => verdict === "yes");
  const probed = admissions.find(({ verdict }) => verdict === "probe");
  const soonest = Math.min(...admissions.map((each) => each.readyAt));
  return admitted ?? probed ?? { verdict: "no", readyAt: ms(soonest) };
}
