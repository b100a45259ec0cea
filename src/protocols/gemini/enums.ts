// Words that may be numbers: clients made from the protocol's own definition send the number of an enum (protobuf's JSON).
import { asString, type Json } from "../../lib/json.ts";

/** Choices among tools by number (google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode). */
export const MODES = ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] as const;

/** Forms of an answer by number (GenerationConfig.Modality). */
export const MODALITIES = ["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO"] as const;

/** The word that a value is, or is the number of; `undefined`: neither. */
export function enumWord(value: Json | undefined, words: readonly string[]): string | undefined {
  return typeof value === "number" ? words[value] : asString(value);
}
