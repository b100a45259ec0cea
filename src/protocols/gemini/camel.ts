// The server takes members in snake_case as well (translation.md A.4, Case). One pass over such a document spares everything
// else two spellings; maps and schemas whose keys are the caller's own stay as they are.
import {
  asArray,
  asRecord,
  parseJson,
  type Json,
  type JsonDocument,
  type JsonRecord,
} from "../../lib/json.ts";

/** Members whose content is the caller's own, or has a grammar of its own. */
const FREE: ReadonlySet<string> = new Set([
  "args",
  "response",
  "parameters",
  "parametersJsonSchema",
  "responseSchema",
  "responseJsonSchema",
  "labels",
  "customMetadata",
  "struct",
  "partMetadata",
  "headers",
  "gateway_options",
]);

const SNAKE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;

/** The name as the API's reference spells it. */
function camelKey(key: string): string {
  if (!SNAKE.test(key) || key === "gateway_options") return key;
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The document with all members of the protocol in camelCase; the same one where they are already. */
export function camelDocument(document: JsonDocument): JsonDocument {
  if (!hasSnake(document.root)) return document;
  const parsed = parseJson(textOf(document.root, document));
  return parsed.ok ? parsed.value : document;
}

function hasSnake(value: Json): boolean {
  const list = asArray(value);
  if (list !== undefined) return list.some(hasSnake);
  const record = asRecord(value);
  if (record === undefined) return false;
  return Object.entries(record).some(([key, inner]) => {
    const name = camelKey(key);
    return name !== key || (!FREE.has(name) && hasSnake(inner));
  });
}

function textOf(value: Json, document: JsonDocument): string {
  if (!hasSnake(value)) return document.textOf(value);
  const list = asArray(value);
  if (list !== undefined) return `[${list.map((entry) => textOf(entry, document)).join(",")}]`;
  const record = asRecord(value);
  return record === undefined ? document.textOf(value) : recordText(record, document);
}

function recordText(record: JsonRecord, document: JsonDocument): string {
  const members = Object.entries(record).map(([key, inner]) => {
    const camel = camelKey(key);
    // Both spellings at once: the proper one counts.
    const name = camel !== key && Object.hasOwn(record, camel) ? key : camel;
    const isFree = FREE.has(camel);
    const number = document.numberText(record, key);
    return `${JSON.stringify(name)}:${number ?? (isFree ? document.textOf(inner) : textOf(inner, document))}`;
  });
  return `{${members.join(",")}}`;
}
