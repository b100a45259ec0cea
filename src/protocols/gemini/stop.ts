// Why generation ended: the server's words and back (translation.md B.13).
import { compact } from "../../lib/compact.ts";
import { asString, type Json } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Stop, StopClass } from "../../ir/reply.ts";

const CLASSES = {
  STOP: "end",
  MAX_TOKENS: "length",
  SAFETY: "filtered",
  PROHIBITED_CONTENT: "filtered",
  BLOCKLIST: "filtered",
  SPII: "filtered",
  LANGUAGE: "filtered",
  IMAGE_SAFETY: "filtered",
  IMAGE_PROHIBITED_CONTENT: "filtered",
  IMAGE_OTHER: "filtered",
  NO_IMAGE: "filtered",
  RECITATION: "recitation",
  IMAGE_RECITATION: "recitation",
  MALFORMED_FUNCTION_CALL: "malformed_call",
  UNEXPECTED_TOOL_CALL: "malformed_call",
  TOO_MANY_TOOL_CALLS: "malformed_call",
  MALFORMED_RESPONSE: "malformed_call",
  MISSING_THOUGHT_SIGNATURE: "malformed_call",
  MODEL_ARMOR: "guardrail",
  CONTINUATION: "pause",
  OTHER: "unknown",
  FINISH_REASON_UNSPECIFIED: "unknown",
} as const satisfies Readonly<Record<string, StopClass>>;

/** The words of the protocol. */
export type FinishReason = keyof typeof CLASSES;

function isWord(raw: string): raw is FinishReason {
  return Object.hasOwn(CLASSES, raw);
}

/** Words that every dialect has one of its own for; the others are finer (S10). */
const COMMON: ReadonlySet<string> = new Set(["STOP", "MAX_TOKENS", "SAFETY"]);

/** Whether the word says more than others can. */
export function isFine({ raw }: Stop): boolean {
  return raw !== undefined && !COMMON.has(raw);
}

/** The words by their numbers, as some proxies print them (google.cloud.aiplatform.v1.Candidate.FinishReason). */
const NUMBERS: readonly FinishReason[] = [
  "FINISH_REASON_UNSPECIFIED",
  "STOP",
  "MAX_TOKENS",
  "SAFETY",
  "RECITATION",
  "OTHER",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MALFORMED_FUNCTION_CALL",
  "MODEL_ARMOR",
];

/** Reads a finish reason. */
export function decodeStop(reason: Json | undefined): Stop {
  const raw = typeof reason === "number" ? NUMBERS[reason] : asString(reason);
  const known = raw === undefined || !isWord(raw) ? undefined : CLASSES[raw];
  return compact({ class: known ?? "unknown", raw });
}

/** The stop of a prompt that was blocked (B.13, Prompt blocked). */
export function blockedStop(reason: string, message: string | undefined): Stop {
  if (reason === "MODEL_ARMOR") return { class: "guardrail", raw: reason };
  const refusal = compact({ explanation: message });
  return compact({
    class: "refusal",
    raw: reason,
    refusal: message === undefined ? undefined : refusal,
  });
}

/** Whether another word stands for the class, so that this one is known to its own dialect only. */
export function isOwnWord({ class: kind, raw }: Stop): boolean {
  return raw !== undefined && isWord(raw) && encodeStop({ class: kind }) !== raw;
}

/** The finish reason for a class; a finer word of the server's own returns as it was. */
export function encodeStop(stop: Stop): FinishReason {
  const { raw } = stop;
  if (raw !== undefined && isWord(raw) && CLASSES[raw] === stop.class) return raw;
  switch (stop.class) {
    case "end":
    case "stop_sequence":
    case "tool_calls":
    case "compaction":
      return "STOP";
    case "length":
    case "context_full":
      return "MAX_TOKENS";
    case "refusal":
    case "filtered":
    case "guardrail":
      return "SAFETY";
    case "recitation":
      return "RECITATION";
    case "malformed_call":
      return "MALFORMED_FUNCTION_CALL";
    case "pause":
      return "CONTINUATION";
    case "error":
    case "unknown":
      return "OTHER";
  }
  return unreachable(stop.class);
}

/** Classes that are told as another one here (S10). */
export const MERGED: ReadonlySet<StopClass> = new Set([
  "stop_sequence",
  "context_full",
  "guardrail",
  "compaction",
  "error",
]);
