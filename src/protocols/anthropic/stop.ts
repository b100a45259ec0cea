// Why generation ended: Anthropic's words and back (translation.md B.13).
import { compact } from "../../lib/compact.ts";
import { asRecord, asString, type Json } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Stop, StopClass } from "../../ir/reply.ts";

const CLASSES: Readonly<Record<string, StopClass>> = {
  end_turn: "end",
  max_tokens: "length",
  stop_sequence: "stop_sequence",
  tool_use: "tool_calls",
  pause_turn: "pause",
  refusal: "refusal",
  model_context_window_exceeded: "context_full",
  compaction: "compaction",
};

/** Classes that only this dialect tells apart (S10). */
export const FINE: ReadonlySet<StopClass> = new Set([
  "pause",
  "compaction",
  "context_full",
  "stop_sequence",
]);

/** Reads a stop reason with what stands beside it. */
export function decodeStop(
  reason: Json | undefined,
  sequence: Json | undefined,
  details: Json | undefined,
): Stop {
  const raw = asString(reason);
  const known = raw === undefined || !Object.hasOwn(CLASSES, raw) ? undefined : CLASSES[raw];
  const record = asRecord(details);
  const refusal =
    record === undefined
      ? undefined
      : compact({
          category: asString(record["category"]),
          explanation: asString(record["explanation"]),
        });
  return compact({
    class: known ?? (raw === undefined ? "end" : "unknown"),
    raw,
    sequence: asString(sequence),
    refusal,
  });
}

/** The words of the protocol. */
export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded"
  | "compaction";

/** The stop reason for a class. */
export function encodeStop(stop: Stop): StopReason {
  switch (stop.class) {
    case "end":
    case "error":
    case "malformed_call":
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
    case "guardrail":
      return "refusal";
    case "pause":
      return "pause_turn";
    case "compaction":
      return "compaction";
  }
  return unreachable(stop.class);
}
