// Schemas of parameters for targets that take nothing but objects (translation.md B.3 R20).
import {
  asRecord,
  jsonText,
  parseJson,
  raw,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";

const EMPTY_SCHEMA = { type: "object", properties: {} } as const;

/** Parameters are an object, said or not (E080). */
export function objectSchema(schema: JsonText | undefined): Printable {
  if (schema === undefined) return EMPTY_SCHEMA;
  const document = parseJson(schema);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (record === undefined || Object.keys(record).length === 0) return EMPTY_SCHEMA;
  if (record["type"] !== undefined) return raw(schema);
  const typed = jsonText(schema.replace("{", '{"type":"object",'));
  return typed === undefined ? raw(schema) : raw(typed);
}
