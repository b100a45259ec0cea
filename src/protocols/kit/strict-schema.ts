// Whether a JSON Schema keeps to the subset that OpenAI's strict mode demands (Structured Outputs guide, "Supported
// schemas"): every object closed, every property required, no keyword that the grammar cannot express.
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  type Json,
  type JsonRecord,
  type JsonText,
} from "../../lib/json.ts";

const UNSUPPORTED = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "propertyNames",
  "unevaluatedProperties",
  "unevaluatedItems",
  "contains",
  "minContains",
  "maxContains",
  "prefixItems",
  "uniqueItems",
];

/** Whether strict mode accepts the schema; a schema that cannot be read is not accepted. */
export function isStrictCompatible(schema: JsonText | undefined): boolean {
  const document = schema === undefined ? undefined : parseJson(schema);
  const root = document?.ok === true ? asRecord(document.value.root) : undefined;
  if (root === undefined || root["anyOf"] !== undefined || !isObjectSchema(root)) return false;
  return accepts(root);
}

function isObjectSchema(schema: JsonRecord): boolean {
  const type = schema["type"];
  return type === "object" || (asArray(type)?.includes("object") ?? false);
}

function accepts(schema: Json | undefined): boolean {
  const record = asRecord(schema);
  if (record === undefined || UNSUPPORTED.some((keyword) => Object.hasOwn(record, keyword))) {
    return false;
  }
  const properties = asRecord(record["properties"]);
  if ((isObjectSchema(record) || properties !== undefined) && !isClosed(record, properties ?? {})) {
    return false;
  }
  return subschemas(record, properties).every(accepts);
}

function isClosed(schema: JsonRecord, properties: JsonRecord): boolean {
  const required = new Set(asArray(schema["required"])?.map(asString));
  const all = Object.keys(properties).every((name) => required.has(name));
  return schema["additionalProperties"] === false && all;
}

function subschemas(schema: JsonRecord, properties: JsonRecord | undefined): readonly Json[] {
  const definitions = asRecord(schema["$defs"]) ?? asRecord(schema["definitions"]);
  return [
    ...Object.values(properties ?? {}),
    ...Object.values(definitions ?? {}),
    ...(asArray(schema["anyOf"]) ?? []),
    ...(schema["items"] === undefined ? [] : [schema["items"]]),
  ];
}
