// Why generation ended: OpenAI's five words, what compatible servers say instead, and back (translation.md B.13).
import type { Stop, StopClass } from "../../ir/reply.ts";
import { unreachable } from "../../lib/result.ts";

const CLASSES: Readonly<Record<string, StopClass>> = {
  stop: "end",
  end: "end",
  end_turn: "end",
  eos: "end",
  eos_token: "end",
  complete: "end",
  completed: "end",
  stop_sequence: "stop_sequence",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  model_length: "context_full",
  tool_calls: "tool_calls",
  tool_call: "tool_calls",
  tool_use: "tool_calls",
  function_call: "tool_calls",
  content_filter: "filtered",
  content_filtered: "filtered",
  safety: "filtered",
  refusal: "refusal",
  recitation: "recitation",
  guardrail_intervened: "guardrail",
  malformed_function_call: "malformed_call",
  insufficient_system_resource: "error",
  error: "error",
};

/** What else the reply holds, as far as it decides the class. */
export type StopEvidence = { readonly calls: boolean; readonly refusal: boolean };

/** Reads a finish reason; none (some servers end without) is a normal end. */
export function decodeStop(reason: string | undefined, evidence: StopEvidence): Stop {
  if (reason === undefined || reason === "") return { class: endedAs("end", evidence) };
  const word = reason.toLowerCase();
  const known = Object.hasOwn(CLASSES, word) ? CLASSES[word] : undefined;
  return { class: endedAs(known ?? "unknown", evidence), raw: reason };
}

/** Calls and refusals show in the message; the word alone does not always say so. */
function endedAs(plain: StopClass, evidence: StopEvidence): StopClass {
  if (plain === "end" && evidence.calls) return "tool_calls";
  const declined = evidence.refusal && (plain === "end" || plain === "filtered");
  return declined ? "refusal" : plain;
}

/** The words of the protocol. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

/** The finish reason for a class. `legacyCalls`: the client uses the older form of calls. */
export function encodeStop(stop: Stop, legacyCalls: boolean): FinishReason {
  switch (stop.class) {
    case "end":
    case "stop_sequence":
    case "pause":
    case "compaction":
    case "malformed_call":
    case "error":
    case "unknown":
      return "stop";
    case "length":
    case "context_full":
      return "length";
    case "tool_calls":
      return legacyCalls ? "function_call" : "tool_calls";
    case "refusal":
      // OpenAI's own models end normally when they decline (Structured Outputs guide, "Refusals"), in both its dialects.
      return stop.raw === "stop" || stop.raw === "completed" ? "stop" : "content_filter";
    case "filtered":
    case "recitation":
    case "guardrail":
      return "content_filter";
  }
  return unreachable(stop.class);
}
