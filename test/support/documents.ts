// Documents for tests that need no more than their content.
import { parseJson, printJson, type JsonDocument, type Printable } from "../../src/lib/json.ts";

/** A document with this content. */
export function document(content: unknown): JsonDocument {
  const parsed = parseJson(JSON.stringify(content));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** What was written, as its reader sees it. */
export function reread(written: Printable): unknown {
  return JSON.parse(printJson(written));
}
