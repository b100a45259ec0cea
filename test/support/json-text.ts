// JSON text for tests, where a text that is not JSON is a mistake of the test itself.
import {
  jsonText as brand,
  parseJson,
  type JsonDocument,
  type JsonText,
} from "../../src/lib/json.ts";

/** Brands the text. */
export function jsonText(text: string): JsonText {
  const branded = brand(text);
  if (branded === undefined) throw new Error(`not JSON: ${text}`);
  return branded;
}

/** Parses the text. */
export function jsonDocument(text: string): JsonDocument {
  const document = parseJson(text);
  if (!document.ok) throw new Error(document.error.message);
  return document.value;
}
