// The subset of OpenAPI 3.0 in which older schemas are written, as JSON Schema (translation.md A.4; Gemini API reference,
// "Schema").
import {
  asArray,
  asRecord,
  asString,
  jsonText,
  parseJson,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
} from "../../lib/json.ts";
import { enumWord } from "./enums.ts";

/** The same schema as JSON Schema; one that is JSON Schema already stays as it is spelt. */
export function jsonSchemaOf(schema: JsonText): JsonText {
  const document = parseJson(schema);
  if (!document.ok || !isOpenApi(document.value.root)) return schema;
  return jsonText(convert(document.value.root, document.value)) ?? schema;
}

/** The words in the order of their numbers, which some clients send instead (google.ai.generativelanguage.v1beta.Type). */
const WORDS = [
  "TYPE_UNSPECIFIED",
  "STRING",
  "NUMBER",
  "INTEGER",
  "BOOLEAN",
  "ARRAY",
  "OBJECT",
  "NULL",
] as const;
const TYPES: ReadonlySet<string> = new Set(WORDS);

/** The type by its word; `undefined`: it is none of these. */
function wordOf(type: Json | undefined): string | undefined {
  const word = enumWord(type, WORDS);
  return word !== undefined && TYPES.has(word) ? word : undefined;
}

/** Members that are counts, which may be spelt as text. */
const COUNTS: ReadonlySet<string> = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
]);

/** Members that hold a schema, a list of them, or schemas by name. */
const ONE: ReadonlySet<string> = new Set(["items", "additionalProperties", "not"]);
const MANY: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "defs", "definitions"]);

const RENAMED: Readonly<Record<string, string>> = {
  any_of: "anyOf",
  min_items: "minItems",
  max_items: "maxItems",
  min_length: "minLength",
  max_length: "maxLength",
  min_properties: "minProperties",
  max_properties: "maxProperties",
  property_ordering: "propertyOrdering",
};

function nameOf(key: string): string {
  return (Object.hasOwn(RENAMED, key) ? RENAMED[key] : undefined) ?? key;
}

function isOpenApi(schema: Json): boolean {
  const record = asRecord(schema);
  if (record === undefined) return false;
  if (wordOf(record["type"]) !== undefined) return true;
  return Object.entries(record).some(
    ([key, value]) =>
      key === "nullable" ||
      nameOf(key) !== key ||
      (COUNTS.has(key) && typeof value === "string") ||
      inner(nameOf(key), value).some(isOpenApi),
  );
}

function inner(key: string, value: Json): readonly Json[] {
  if (ONE.has(key)) return [value];
  if (MANY.has(key)) return asArray(value) ?? [];
  return NAMED.has(key) ? Object.values(asRecord(value) ?? {}) : [];
}

function convert(schema: Json, document: JsonDocument): string {
  const record = asRecord(schema);
  if (record === undefined) return document.textOf(schema);
  const members = Object.entries(record).flatMap(([key, value]) => {
    const text = memberText(record, key, value, document);
    return text === undefined ? [] : [`${JSON.stringify(nameOf(key))}:${text}`];
  });
  return `{${members.join(",")}}`;
}

function memberText(
  record: JsonRecord,
  key: string,
  value: Json,
  document: JsonDocument,
): string | undefined {
  const name = nameOf(key);
  if (name === "type") return typeText(record, value);
  // Said by the type, where there is one.
  if (name === "nullable") return undefined;
  if (COUNTS.has(name) && typeof value === "string" && /^\d+$/.test(value)) return value;
  if (ONE.has(name)) return convert(value, document);
  const list = asArray(value);
  if (MANY.has(name) && list !== undefined)
    return `[${list.map((entry) => convert(entry, document)).join(",")}]`;
  const named = asRecord(value);
  if (!NAMED.has(name) || named === undefined)
    return document.numberText(record, key) ?? document.textOf(value);
  const inside = Object.entries(named).map(
    ([property, schema]) => `${JSON.stringify(property)}:${convert(schema, document)}`,
  );
  return `{${inside.join(",")}}`;
}

function typeText(record: JsonRecord, value: Json): string | undefined {
  const known = wordOf(value);
  if (known === "TYPE_UNSPECIFIED") return undefined;
  const type = known?.toLowerCase() ?? asString(value);
  if (type === undefined) return JSON.stringify(value);
  return JSON.stringify(record["nullable"] === true ? [type, "null"] : type);
}
