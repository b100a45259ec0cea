// JSON as a gateway needs it: depth-capped parsing to a Result, narrowers for unknown values, and text that stays as it
// was spelt where printing a parsed value again would change it (key order, long integers, `1.0`).
import { err, ok, type Result } from "./result.ts";
import { parseWithSpans } from "./json-spans.ts";
import { survey } from "./json-survey.ts";

/** A parsed JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;

/** A parsed JSON object. */
export type JsonRecord = { readonly [key: string]: Json };

declare const wellFormed: unique symbol;

/** Well-formed JSON text, kept verbatim. */
export type JsonText = string & { readonly [wellFormed]: true };

/** A parsed document that still knows how its parts were spelt. */
export type JsonDocument = {
  readonly root: Json;
  /** The text of a subtree: the source's own spelling wherever printing would differ in more than white space. */
  readonly textOf: (node: Json) => JsonText;
  /** The source's spelling of a number that is a direct member of an object; `undefined` if there is none. */
  readonly numberText: (parent: JsonRecord, key: string) => JsonText | undefined;
};

/** Why a text is not JSON, and where (offset in UTF-16 units; -1 if the parser did not say). */
export type JsonSyntaxError = { readonly message: string; readonly offset: number };

/** Deepest nesting that is accepted: far beyond any real request, far below what could overflow a stack. */
const MAX_DEPTH = 512;

/** Parses a document; nesting deeper than `maxDepth` is an error. */
export function parseJson(
  text: string,
  maxDepth = MAX_DEPTH,
): Result<JsonDocument, JsonSyntaxError> {
  const shape = survey(text, maxDepth);
  if (shape.tooDeepAt !== undefined) {
    return err({ message: `nested deeper than ${maxDepth} levels`, offset: shape.tooDeepAt });
  }
  let root: Json;
  try {
    // The runtime's parser decides what is JSON; the span parser below may then assume a valid text.
    root = JSON.parse(text);
  } catch (error) {
    return err({ message: error instanceof Error ? error.message : "not JSON", offset: -1 });
  }
  return ok(shape.hazard ? spannedDocument(text) : plainDocument(root));
}

function plainDocument(root: Json): JsonDocument {
  return {
    root,
    textOf: (node) => brand(JSON.stringify(node)),
    numberText: (parent, key) => {
      const value = member(parent, key);
      return typeof value === "number" ? brand(String(value)) : undefined;
    },
  };
}

function spannedDocument(text: string): JsonDocument {
  const { root, spanOf, numberSpan } = parseWithSpans(text);
  return {
    root,
    textOf: (node) => {
      const span = typeof node === "object" && node !== null ? spanOf(node) : undefined;
      return brand(span === undefined ? JSON.stringify(node) : text.slice(span.start, span.end));
    },
    numberText: (parent, key) => {
      const span = numberSpan(parent, key);
      return span === undefined ? undefined : brand(text.slice(span.start, span.end));
    },
  };
}

function brand(text: string): JsonText {
  return text as JsonText;
}

/** Brands a text that is one JSON document; `undefined` if it is not. */
export function jsonText(text: string): JsonText | undefined {
  return parseJson(text).ok ? brand(text) : undefined;
}

/** A member of an object itself, never of its prototype. */
export function member(record: JsonRecord, key: string): Json | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Narrows to an object. */
export function asRecord(value: Json | undefined): JsonRecord | undefined {
  return typeof value === "object" && value !== null && !isArray(value) ? value : undefined;
}

/** Narrows to an array. */
export function asArray(value: Json | undefined): readonly Json[] | undefined {
  return value !== undefined && isArray(value) ? value : undefined;
}

/** Narrows to a string. */
export function asString(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Narrows to a number. */
export function asNumber(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Narrows to a boolean. */
export function asBoolean(value: Json | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** `Array.isArray`, which does not narrow read-only arrays by itself. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Text to be spliced into printed JSON as it stands. */
export type RawJson = { readonly raw: JsonText; readonly [RAW]: true };

const RAW: unique symbol = Symbol("raw JSON");

/** Marks a text for splicing. */
export function raw(text: JsonText): RawJson {
  return { raw: text, [RAW]: true };
}

/** What can be printed. A member whose value is `undefined` is left out. */
export type Printable =
  | undefined
  | null
  | boolean
  | number
  | string
  | RawJson
  | readonly Printable[]
  | { readonly [key: string]: Printable };

/** Prints compact JSON like `JSON.stringify`, with `RawJson` spliced verbatim. Members keep their order. */
export function printJson(value: Printable): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return printObject(value);
  if (typeof value === "number" && !Number.isFinite(value)) return "null";
  return String(value);
}

function printObject(
  value: Exclude<Printable, string | number | boolean | null | undefined>,
): string {
  if (isRaw(value)) return value.raw;
  if (isList(value)) {
    let list = "";
    for (const element of value) list += (list === "" ? "" : ",") + printJson(element);
    return `[${list}]`;
  }
  let members = "";
  for (const key of Object.keys(value)) {
    const printed = value[key];
    if (printed === undefined) continue;
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${printJson(printed)}`;
  }
  return `{${members}}`;
}

/** Whether a printable object is a text to be spliced. */
export function isRaw(value: object): value is RawJson {
  return RAW in value;
}

function isList(value: object): value is readonly Printable[] {
  return Array.isArray(value);
}
