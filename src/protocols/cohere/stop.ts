// Why generation ended: the service's words and back (translation.md B.13).
import { compact } from "../../lib/compact.ts";
import { unreachable } from "../../lib/result.ts";
import type { Stop, StopClass } from "../../ir/reply.ts";

const CLASSES: Readonly<Record<string, StopClass>> = {
  COMPLETE: "end",
  STOP_SEQUENCE: "stop_sequence",
  MAX_TOKENS: "length",
  TOOL_CALL: "tool_calls",
  ERROR: "error",
  TIMEOUT: "error",
  // Words of the API's first version, which some hosts still use.
  ERROR_TOXIC: "filtered",
  ERROR_LIMIT: "context_full",
};

/** Reads a finish reason; none is a normal end. */
export function decodeStop(raw: string | undefined, hasCalls: boolean): Stop {
  const known = raw === undefined || !Object.hasOwn(CLASSES, raw) ? undefined : CLASSES[raw];
  const plain = known ?? (raw === undefined ? "end" : "unknown");
  return compact({ class: hasCalls && plain === "end" ? "tool_calls" : plain, raw });
}

/** The words of the protocol. */
export type FinishReason =
  "COMPLETE" | "STOP_SEQUENCE" | "MAX_TOKENS" | "TOOL_CALL" | "ERROR" | "TIMEOUT";

/** What else the reply holds, as far as it decides the word. */
export type StopEvidence = { readonly hasText: boolean; readonly hasCalls: boolean };

/** The finish reason for a class. */
export function encodeStop(stop: Stop, { hasText, hasCalls }: StopEvidence): FinishReason {
  switch (stop.class) {
    case "end":
    case "pause":
    case "compaction":
    case "unknown":
      return "COMPLETE";
    case "stop_sequence":
      return "STOP_SEQUENCE";
    case "length":
    case "context_full":
      return "MAX_TOKENS";
    case "tool_calls":
      // Agents look for the call that the word claims.
      return hasCalls ? "TOOL_CALL" : "COMPLETE";
    case "refusal":
      // Clients discard what ended with an error, so words with which the model declines are an answer (S02).
      return hasText ? "COMPLETE" : "ERROR";
    case "filtered":
    case "recitation":
    case "guardrail":
    case "malformed_call":
      return "ERROR";
    case "error":
      return stop.raw === "TIMEOUT" ? "TIMEOUT" : "ERROR";
  }
  return unreachable(stop.class);
}

/** Classes that others do not tell apart from an ordinary end (S10). */
export const FINE: ReadonlySet<StopClass> = new Set([
  "stop_sequence",
  "error",
  "filtered",
  "context_full",
]);

/** Classes that come back from this dialect as they were (S10). */
export const TOLD_APART: ReadonlySet<StopClass> = new Set([
  "end",
  "stop_sequence",
  "length",
  "tool_calls",
]);
