// A value that fits a JSON schema: arguments for a tool call, an answer in a demanded form. Covers what tools declare:
// types, enums, constants, required members, items, alternatives, references within the schema.
import {
  asArray,
  asNumber,
  asRecord,
  asString,
  member,
  type Json,
  type JsonRecord,
} from "../lib/json.ts";

/** Schemas may refer to themselves; below this depth nothing optional is made. */
const MAX_DEPTH = 8;

/** Makes the value; the same for the same schema and words. `words` fills strings without further limits. */
export function sampleOf(schema: Json | undefined, words: string): Json {
  return sample(schema, { root: schema ?? null, words, depth: 0 });
}

type Place = { readonly root: Json; readonly words: string; readonly depth: number };

function sample(schema: Json | undefined, place: Place): Json {
  const record = asRecord(schema);
  if (record === undefined || place.depth > MAX_DEPTH) return {};
  const constant = member(record, "const") ?? asArray(member(record, "enum"))?.[0];
  if (constant !== undefined) return constant;
  const target = referenced(record, place.root) ?? alternative(record);
  const deeper = { ...place, depth: place.depth + 1 };
  return target === undefined ? ofType(record, deeper) : sample(target, deeper);
}

function referenced(schema: JsonRecord, root: Json): Json | undefined {
  const path = asString(member(schema, "$ref"));
  if (path?.startsWith("#/") !== true) return undefined;
  let node: Json | undefined = root;
  for (const step of path.slice(2).split("/")) {
    const record = asRecord(node);
    node = record === undefined ? undefined : member(record, step);
  }
  return node;
}

/** The first alternative that is not just `null`. */
function alternative(schema: JsonRecord): Json | undefined {
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const options = asArray(member(schema, key));
    const found = options?.find((option) => typeName(asRecord(option)) !== "null");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `type` as a word or a list of words, in whichever case a dialect writes it. */
function typeName(schema: JsonRecord | undefined): string | undefined {
  const type = schema === undefined ? undefined : member(schema, "type");
  const names = (asArray(type) ?? [type ?? null]).map((name) => asString(name)?.toLowerCase());
  return names.find((name) => name !== "null") ?? names[0];
}

function ofType(schema: JsonRecord, place: Place): Json {
  switch (typeName(schema) ?? "object") {
    case "string":
      return text(schema, place.words);
    case "integer":
    case "number":
      return asNumber(member(schema, "minimum")) ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const count = Math.max(asNumber(member(schema, "minItems")) ?? 1, 1);
      return Array.from({ length: Math.min(count, 10) }, () =>
        sample(member(schema, "items"), place),
      );
    }
    default:
      return object(schema, place);
  }
}

function text(schema: JsonRecord, words: string): string {
  const longest = asNumber(member(schema, "maxLength")) ?? words.length;
  const shortest = asNumber(member(schema, "minLength")) ?? 0;
  return words.slice(0, longest).padEnd(Math.min(shortest, 1000), "x");
}

/** Only what is required; everything if nothing is said to be. */
function object(schema: JsonRecord, place: Place): JsonRecord {
  const properties = asRecord(member(schema, "properties")) ?? {};
  const required = asArray(member(schema, "required"))?.flatMap((name) => asString(name) ?? []);
  const made: Record<string, Json> = {};
  for (const name of required ?? Object.keys(properties)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    // Plain assignment to `__proto__` would set the prototype instead of a member.
    const plain = { enumerable: true, configurable: true, writable: true };
    Object.defineProperty(made, name, { value: sample(property, place), ...plain });
  }
  return made;
}
