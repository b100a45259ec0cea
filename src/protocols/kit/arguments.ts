// Arguments of calls for targets that have an object where others have text (translation.md B.4).
import { asRecord, parseJson, raw, type JsonText, type Printable } from "../../lib/json.ts";

/** The object, spliced as it is spelt: nothing is `{}`, anything that is no object is wrapped (E110 to E114). */
export function argumentsOf(text: string): Printable {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "null") return {};
  const document = parseJson(trimmed);
  if (!document.ok) return { __raw: text };
  // The text was just parsed, so it is JSON.
  const verbatim = raw(trimmed as JsonText);
  return asRecord(document.value.root) === undefined ? { value: verbatim } : verbatim;
}
