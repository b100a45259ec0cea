// Why generation ended: the service's words and back (translation.md B.13).
import { asString, type Json } from "../../lib/json.ts";
import { compact } from "../../lib/compact.ts";
import { unreachable } from "../../lib/result.ts";
import type { Stop, StopClass } from "../../ir/reply.ts";

const CLASSES: Readonly<Record<string, StopClass>> = {
  end_turn: "end",
  tool_use: "tool_calls",
  max_tokens: "length",
  stop_sequence: "stop_sequence",
  guardrail_intervened: "guardrail",
  content_filtered: "filtered",
  malformed_model_output: "malformed_call",
  malformed_tool_use: "malformed_call",
  model_context_window_exceeded: "context_full",
};

/** Classes that others do not tell apart (S10). */
export const FINE: ReadonlySet<StopClass> = new Set([
  "guardrail",
  "filtered",
  "malformed_call",
  "context_full",
  "stop_sequence",
]);

/** Reads a stop reason. */
export function decodeStop(reason: Json | undefined): Stop {
  const raw = asString(reason);
  const known = raw === undefined || !Object.hasOwn(CLASSES, raw) ? undefined : CLASSES[raw];
  return compact({ class: known ?? (raw === undefined ? "end" : "unknown"), raw });
}

/** The words of the protocol. */
export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded";

/** The stop reason for a class; a finer word of the service's own returns as it was. */
export function encodeStop(stop: Stop): StopReason {
  switch (stop.class) {
    case "end":
    case "pause":
    case "compaction":
    case "error":
    case "unknown":
      return "end_turn";
    case "stop_sequence":
      return "stop_sequence";
    case "length":
      return "max_tokens";
    case "context_full":
      return "model_context_window_exceeded";
    case "tool_calls":
      return "tool_use";
    case "refusal":
    case "filtered":
    case "recitation":
      return "content_filtered";
    case "guardrail":
      return "guardrail_intervened";
    case "malformed_call":
      return stop.raw === "malformed_model_output" ? stop.raw : "malformed_tool_use";
  }
  return unreachable(stop.class);
}
