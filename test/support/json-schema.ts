// Judges a document by a JSON Schema in the subset that the vendor's OpenAPI description of its requests uses (OpenAPI 3.1:
// references, unions, words, limits). Unknown members are the types' business: see sdk-types.ts.
import { readFileSync } from "node:fs";
import type { Json, JsonRecord } from "../../src/lib/json.ts";
import { isRecord } from "./canon.ts";

/** Says what is wrong with a document, in words with a JSON pointer each; empty: nothing. */
export type SchemaJudge = (document: Json) => readonly string[];

type Walk = (value: Json, path: string) => readonly string[];

/** A judge for a named schema of an OpenAPI description in YAML. Throws if there is none. */
export function schemaJudge(file: string, name: string): SchemaJudge {
  const description = Bun.YAML.parse(readFileSync(file, "utf8")) as JsonRecord;
  const schemas = at(at(description, "components"), "schemas");
  if (!isRecord(schemas) || schemas[name] === undefined) throw new Error(`no schema ${name}`);
  return judgeWith(schemas, name);
}

/** The same for schemas at hand. */
export function judgeWith(schemas: JsonRecord, name: string): SchemaJudge {
  return (document) => check(document, schemas[name] ?? null, "", schemas);
}

function at(value: Json | undefined, key: string): Json | undefined {
  return isRecord(value) ? value[key] : undefined;
}

function check(value: Json, schema: Json, path: string, schemas: JsonRecord): readonly string[] {
  if (!isRecord(schema)) return [];
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const name = reference.slice(reference.lastIndexOf("/") + 1);
    return check(value, schemas[name] ?? null, path, schemas);
  }
  if (value === null && schema["nullable"] === true) return [];
  const inner: Walk = (each, where) => check(value, each, where, schemas);
  return [
    ...typeFaults(value, schema, path),
    ...wordFaults(value, schema, path),
    ...limitFaults(value, schema, path),
    ...listOf(schema["allOf"]).flatMap((each) => inner(each, path)),
    ...unionFaults(schema, path, inner),
    ...memberFaults(value, schema, path, schemas),
    ...itemFaults(value, schema, path, schemas),
  ];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Of several schemas one must fit; if none does, the one that comes nearest says why. */
function unionFaults(schema: JsonRecord, path: string, inner: Walk): readonly string[] {
  return ["anyOf", "oneOf"].flatMap((key) => {
    const faults = listOf(schema[key]).map((each) => inner(each, path));
    const nearest = faults.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0];
    return faults.some((each) => each.length === 0) ? [] : (nearest ?? []);
  });
}

function depthOf(faults: readonly string[]): number {
  return Math.max(...faults.map((fault) => fault.split(":")[0]?.split("/").length ?? 0));
}

const TYPES: Readonly<Record<string, (value: Json) => boolean>> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  null: (value) => value === null,
};

function typeFaults(value: Json, { type }: JsonRecord, path: string): readonly string[] {
  const allowed = (typeof type === "string" ? [type] : listOf(type)).map(String);
  const fits = allowed.some((each) => TYPES[each]?.(value) === true);
  return allowed.length === 0 || fits ? [] : [`${path}: not of type ${allowed.join(" or ")}`];
}

function wordFaults(value: Json, schema: JsonRecord, path: string): readonly string[] {
  const words = "const" in schema ? [schema["const"] ?? null] : listOf(schema["enum"]);
  const isOne = words.some((word) => word === value);
  return words.length === 0 || isOne ? [] : [`${path}: ${JSON.stringify(value)} is no word for it`];
}

/** What a keyword measures in a value; `undefined`: it says nothing of such a value. */
const MEASURES: Readonly<Record<string, (value: Json) => number | undefined>> = {
  minimum: numberOf,
  maximum: numberOf,
  exclusiveMinimum: numberOf,
  minItems: lengthOf,
  maxItems: lengthOf,
  minLength: textLength,
  maxLength: textLength,
  maxProperties: (value) => (isRecord(value) ? Object.keys(value).length : undefined),
};

function numberOf(value: Json): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function lengthOf(value: Json): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function textLength(value: Json): number | undefined {
  return typeof value === "string" ? value.length : undefined;
}

function limitFaults(value: Json, schema: JsonRecord, path: string): readonly string[] {
  const { pattern } = schema;
  const isOdd = typeof pattern === "string" && typeof value === "string";
  const odd = isOdd && !new RegExp(pattern).test(value) ? [`${path}: not like ${pattern}`] : [];
  const limits = Object.entries(MEASURES).flatMap(([keyword, measure]) => {
    const limit = schema[keyword];
    const size = measure(value);
    if (typeof limit !== "number" || size === undefined) return [];
    const fits = keyword.startsWith("max")
      ? size <= limit
      : keyword === "exclusiveMinimum"
        ? size > limit
        : size >= limit;
    return fits ? [] : [`${path}: ${size} is beyond its ${keyword} of ${limit}`];
  });
  return [...odd, ...limits];
}

function memberFaults(
  value: Json,
  schema: JsonRecord,
  path: string,
  schemas: JsonRecord,
): readonly string[] {
  if (!isRecord(value)) return [];
  const { properties, required, additionalProperties: others } = schema;
  const known = isRecord(properties) ? properties : {};
  const missing = listOf(required).flatMap((key) =>
    typeof key === "string" && value[key] === undefined ? [`${path}: ${key} is missing`] : [],
  );
  const inside = Object.entries(value).flatMap(([key, each]) => {
    const where = `${path}/${key}`;
    const own = Object.hasOwn(known, key) ? known[key] : undefined;
    if (own !== undefined) return check(each, own, where, schemas);
    if (others === false) return [`${where}: no such member`];
    return isRecord(others) ? check(each, others, where, schemas) : [];
  });
  return [...missing, ...inside];
}

function itemFaults(
  value: Json,
  { items }: JsonRecord,
  path: string,
  schemas: JsonRecord,
): readonly string[] {
  if (!Array.isArray(value) || items === undefined) return [];
  const list: readonly Json[] = value;
  return list.flatMap((each, index) => check(each, items, `${path}/${index}`, schemas));
}
