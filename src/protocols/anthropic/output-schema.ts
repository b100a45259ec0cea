// The subset of JSON Schema that structured outputs take: objects are closed, and bounds that are not enforced become words
// of the description (translation.md B.5, R43).
import {
  asArray,
  asRecord,
  asString,
  parseJson,
  raw,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";

/** A schema as it is sent. */
export type OutputSchema = { readonly schema: Printable; readonly changed: boolean };

/** Keywords that the vendor refuses in output schemas. */
const REFUSED: ReadonlySet<string> = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
]);

/** Members whose values are schemas by name. */
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
/** Members whose values are one schema or a list of them. */
const NESTED: ReadonlySet<string> = new Set(["items", "anyOf", "allOf", "oneOf"]);

/** Fits a schema into the subset; unchanged text stays verbatim. */
export function outputSchema(text: JsonText): OutputSchema {
  const document = parseJson(text);
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) return { schema: raw(text), changed: false };
  const state = { document: document.value, changed: false };
  const schema = fit(root, state);
  return state.changed ? { schema, changed: true } : { schema: raw(text), changed: false };
}

type State = { readonly document: JsonDocument; changed: boolean };

function fit(schema: JsonRecord, state: State): Printable {
  const fitted: Record<string, Printable> = {};
  const refused: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    // Numbers as they are spelt, since a long one would change its value.
    const text = state.document.numberText(schema, key) ?? state.document.textOf(value);
    if (REFUSED.has(key)) refused.push(`${key}: ${text}`);
    else fitted[key] = typeof value === "number" ? raw(text) : fitMember(key, value, state);
  }
  if (refused.length > 0) {
    state.changed = true;
    const description = asString(schema["description"]);
    fitted["description"] = [...(description === undefined ? [] : [description]), ...refused].join(
      "\n",
    );
  }
  const isObject = schema["type"] === "object" || schema["properties"] !== undefined;
  if (isObject && schema["additionalProperties"] !== false) {
    state.changed = true;
    fitted["additionalProperties"] = false;
  }
  return fitted;
}

function fitMember(key: string, value: Json, state: State): Printable {
  const record = asRecord(value);
  if (NAMED.has(key) && record !== undefined) {
    return Object.fromEntries(
      Object.entries(record).map(([name, inner]) => [name, fitAny(inner, state)]),
    );
  }
  return NESTED.has(key) ? fitAny(value, state) : raw(state.document.textOf(value));
}

function fitAny(value: Json, state: State): Printable {
  const record = asRecord(value);
  if (record !== undefined) return fit(record, state);
  const list = asArray(value);
  return list === undefined
    ? raw(state.document.textOf(value))
    : list.map((inner) => fitAny(inner, state));
}
