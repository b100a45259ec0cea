// Why generation ended. There is no finish reason here: it shows in the status, in what is incomplete, and in whether the
// output holds calls or a refusal (translation.md B.13).
import { compact } from "../../lib/compact.ts";
import { unreachable } from "../../lib/result.ts";
import type { Stop, StopClass } from "../../ir/reply.ts";

/** What else the reply holds, as far as it decides the class. */
export type StopEvidence = { readonly calls: boolean; readonly refusal: boolean };

const INCOMPLETE: Readonly<Record<string, StopClass>> = {
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "filtered",
};

const STATUSES: Readonly<Record<string, StopClass>> = {
  completed: "end",
  // One proxy's spelling.
  complete: "end",
  failed: "error",
  cancelled: "error",
};

/** Reads status and reason; a reply that names neither ended normally. */
export function decodeStop(
  status: string | undefined,
  reason: string | undefined,
  evidence: StopEvidence,
): Stop {
  if (reason !== undefined) {
    const known = Object.hasOwn(INCOMPLETE, reason) ? INCOMPLETE[reason] : undefined;
    return { class: endedAs(known ?? "unknown", evidence), raw: reason };
  }
  const word = status ?? "completed";
  const known = Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined;
  return compact({ class: endedAs(known ?? "unknown", evidence), raw: status });
}

function endedAs(plain: StopClass, evidence: StopEvidence): StopClass {
  if (plain === "end" && evidence.calls) return "tool_calls";
  const declined = evidence.refusal && (plain === "end" || plain === "filtered");
  return declined ? "refusal" : plain;
}

/** How a response ended, in the words of the protocol. */
export type Ending = {
  readonly status: "completed" | "incomplete" | "failed";
  readonly reason: "max_output_tokens" | "content_filter" | null;
};

const COMPLETED: Ending = { status: "completed", reason: null };
const CUT_SHORT: Ending = { status: "incomplete", reason: "max_output_tokens" };
const FILTERED: Ending = { status: "incomplete", reason: "content_filter" };

/** The ending for a class. */
export function encodeStop(stop: Stop): Ending {
  switch (stop.class) {
    case "end":
    case "stop_sequence":
    case "tool_calls":
    case "pause":
    case "compaction":
    case "malformed_call":
    case "unknown":
      return COMPLETED;
    case "length":
    case "context_full":
      return CUT_SHORT;
    case "refusal":
      // OpenAI's own models end normally when they decline (Structured Outputs guide, "Refusals"), in both its dialects.
      return stop.raw === "completed" || stop.raw === "stop" ? COMPLETED : FILTERED;
    case "filtered":
    case "recitation":
    case "guardrail":
      return FILTERED;
    case "error":
      return { status: "failed", reason: null };
  }
  return unreachable(stop.class);
}

/** Classes that have no word of their own here, although others tell them apart (S10). */
export const COLLAPSED: ReadonlySet<StopClass> = new Set([
  "pause",
  "compaction",
  "context_full",
  "stop_sequence",
  "recitation",
  "guardrail",
  "malformed_call",
]);
