// JSON Schema as the subset of OpenAPI 3.0 that older servers take (translation.md B.3, R20 GE schema; E085, E087, E088).
import {
  asArray,
  asRecord,
  asString,
  jsonText,
  member,
  parseJson,
  type Json,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
} from "../../lib/json.ts";
import { jsonSchemaOf } from "./openapi-decode.ts";

/** A converted schema: `same` means that nothing changed but the spelling, `respelt` that it is said in other words. */
export type OpenApi = { readonly text: JsonText; readonly fate: "same" | "respelt" | "lossy" };

type State = {
  readonly document: JsonDocument;
  readonly root: JsonRecord;
  /** References that are being inlined. */
  readonly within: readonly string[];
  readonly notes: { lossy: boolean; inlined: number };
};

/** Converts a schema; one that cannot be read is an object of anything. */
export function openApiOf(schema: JsonText): OpenApi {
  const document = parseJson(schema);
  const root = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || root === undefined) return { text: ANY_OBJECT, fate: "lossy" };
  const notes = { lossy: false, inlined: 0 };
  const written = convert(root, { document: document.value, root, within: [], notes });
  const text = jsonText(JSON.stringify(written)) ?? ANY_OBJECT;
  if (notes.lossy) return { text, fate: "lossy" };
  const back = parseJson(jsonSchemaOf(text));
  const isKept = back.ok && isSame(back.value.root, root);
  return { text, fate: isKept ? "same" : "respelt" };
}

/** Whether two values say the same, in whatever order. */
function isSame(left: Json | undefined, right: Json | undefined): boolean {
  const [one, other] = [asRecord(left), asRecord(right)];
  if (one !== undefined && other !== undefined) {
    const keys = Object.keys(one);
    const isLong = keys.length === Object.keys(other).length;
    return isLong && keys.every((key) => isSame(one[key], other[key]));
  }
  const [list, others] = [asArray(left), asArray(right)];
  if (list === undefined || others === undefined) return left === right;
  return list.length === others.length && list.every((entry, at) => isSame(entry, others[at]));
}

const ANY_OBJECT = '{"type":"OBJECT"}' as JsonText;

/** Members that mean the same in both. */
const KEPT: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "example",
  "pattern",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "propertyOrdering",
  "nullable",
]);

/** Formats that the server takes. */
const FORMATS: ReadonlySet<string> = new Set([
  "float",
  "double",
  "int32",
  "int64",
  "enum",
  "date-time",
]);

/** Members that say nothing about the value. */
const SILENT: ReadonlySet<string> = new Set(["$schema", "$id", "$defs", "definitions", "$comment"]);

type Written = { [key: string]: unknown };

function convert(schema: Json, state: State): Written {
  const record = asRecord(schema);
  if (record === undefined) return {};
  const reference = asString(record["$ref"]);
  if (reference !== undefined) return inlined(reference, record, state);
  const out: Written = {};
  for (const [key, value] of Object.entries(record)) put(out, key, value, { record, state });
  return out;
}

type Around = { readonly record: JsonRecord; readonly state: State };

function put(out: Written, key: string, value: Json, around: Around): void {
  const { record, state } = around;
  if (KEPT.has(key)) out[key] = value;
  else if (key === "type") putType(out, value, state);
  else if (key === "enum" || key === "const") putEnum(out, key === "enum" ? value : [value], state);
  else if (key === "properties") out["properties"] = properties(value, state);
  else if (key === "items" && asRecord(value) !== undefined) out["items"] = convert(value, state);
  else if (key === "required") putRequired(out, value, record, state);
  else putRest(out, key, value, state);
}

function putRest(out: Written, key: string, value: Json, state: State): void {
  if (key === "format" && FORMATS.has(asString(value) ?? "")) out["format"] = value;
  else if (key === "exclusiveMinimum") putLimit(out, "minimum", value, state);
  else if (key === "exclusiveMaximum") putLimit(out, "maximum", value, state);
  else if (key === "anyOf" || key === "oneOf") putAny(out, value, state);
  else if (!SILENT.has(key) && !isClosed(key, value)) state.notes.lossy = true;
}

/** Whether it is said that nothing else may occur, which is what the server makes of it anyway. */
function isClosed(key: string, value: Json): boolean {
  return key === "additionalProperties" && value === false;
}

/** Most references that are replaced in one schema: each may hold several more, so the text could grow without end. */
const MOST_INLINED = 1000;

/** A reference is replaced by what it means; one that leads back into itself ends as an object (E085). */
function inlined(reference: string, record: JsonRecord, state: State): Written {
  const rest = Object.fromEntries(Object.entries(record).filter(([key]) => key !== "$ref"));
  const target = resolve(reference, state.root);
  const isRound = state.within.includes(reference);
  state.notes.inlined += 1;
  if (target === undefined || isRound || state.notes.inlined > MOST_INLINED) {
    state.notes.lossy = true;
    return { type: "OBJECT" };
  }
  const meant = convert(target, { ...state, within: [...state.within, reference] });
  return { ...meant, ...convert(rest, state) };
}

function resolve(reference: string, root: JsonRecord): Json | undefined {
  if (!reference.startsWith("#")) return undefined;
  const path = reference.slice(1).split("/").slice(1);
  return path.reduce<Json | undefined>((at, segment) => {
    const record = asRecord(at);
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    return record === undefined ? undefined : member(record, key);
  }, root);
}

/** `[T, "null"]` is a T that may be null (E088); several types are as many schemas. */
function putType(out: Written, value: Json, state: State): void {
  const list = asArray(value) ?? [value];
  const words = list.flatMap((word) => asString(word) ?? []);
  const types = words.filter((word) => word !== "null");
  if (types.length < words.length && types.length > 0) out["nullable"] = true;
  const [only = "null", ...others] = types;
  if (others.length === 0) out["type"] = only.toUpperCase();
  else {
    state.notes.lossy = true;
    out["anyOf"] = types.map((type) => ({ type: type.toUpperCase() }));
  }
}

/** Only words can be listed, and none of them empty (E087). */
function putEnum(out: Written, value: Json, state: State): void {
  const list = asArray(value) ?? [];
  const words = list.flatMap((entry) => {
    if (entry === null) out["nullable"] = true;
    if (entry === null || entry === "" || typeof entry === "object") return [];
    return [String(entry)];
  });
  if (list.some((entry) => typeof entry !== "string" || entry === "")) state.notes.lossy = true;
  if (words.length > 0) out["enum"] = words;
  if (words.length > 0 && list.some((entry) => typeof entry !== "string")) out["type"] = "STRING";
}

function properties(value: Json, state: State): Written {
  const named = Object.entries(asRecord(value) ?? {});
  return Object.fromEntries(named.map(([name, schema]) => [name, convert(schema, state)]));
}

/** `oneOf` is a stricter `anyOf`; a null among the choices is said beside them. */
function putAny(out: Written, value: Json, state: State): void {
  const list = asArray(value) ?? [];
  const choices = list.filter((schema) => asRecord(schema)?.["type"] !== "null");
  if (choices.length < list.length) out["nullable"] = true;
  out["anyOf"] = choices.map((schema) => convert(schema, state));
}

/** Only what is a property can be required. */
function putRequired(out: Written, value: Json, record: JsonRecord, state: State): void {
  const known = asRecord(record["properties"]) ?? {};
  const names = (asArray(value) ?? []).flatMap((name) => asString(name) ?? []);
  const kept = names.filter((name) => Object.hasOwn(known, name));
  if (kept.length < names.length) state.notes.lossy = true;
  if (kept.length > 0) out["required"] = kept;
}

function putLimit(out: Written, key: "minimum" | "maximum", value: Json, state: State): void {
  state.notes.lossy = true;
  if (typeof value === "number") out[key] = value;
}
