// JSON as a gateway needs it: depth-capped parsing to a Result, narrowers for unknown values, and text that stays as it
// was spelt where printing a parsed value again would change it (key order, long integers, `1.0`).
import { jsonFault, type JsonFault } from "./json-fault.ts";
import { err, ok, type Result } from "./result.ts";
import { locate, type Places, type Span } from "./json-spans.ts";
import { isRespelt, tooDeepAt } from "./json-survey.ts";

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
  /**
   * The text of an object or array of the document: as the source spelt it where printing would move members or respell
   * numbers, else printed compactly. Any other value is printed.
   */
  readonly textOf: (node: Json) => JsonText;
  /** The source's spelling of a number that is a direct member of an object; `undefined` if there is none. */
  readonly numberText: (parent: JsonRecord, key: string) => JsonText | undefined;
};

/** Why a text is not JSON, and where. */
export type JsonSyntaxError = JsonFault;

/** Deepest nesting that is accepted: far beyond any real request, far below what could overflow a stack. */
const MAX_DEPTH = 512;

/** Parses a document; nesting deeper than `maxDepth` is an error. */
export function parseJson(
  text: string,
  maxDepth = MAX_DEPTH,
): Result<JsonDocument, JsonSyntaxError> {
  // Before the parser, which might overflow the stack.
  const offset = tooDeepAt(text, maxDepth);
  if (offset !== undefined)
    return err({ message: `nested deeper than ${maxDepth} levels`, offset });
  try {
    return ok(documentOf(text, JSON.parse(text)));
  } catch (error) {
    const message = error instanceof Error ? error.message : "not JSON";
    return err(jsonFault(text) ?? { message, offset: 0 });
  }
}

function documentOf(text: string, root: Json): JsonDocument {
  // Most documents are never asked how they were spelt (a frame of a stream, a list of embeddings).
  let places: Places | "as printed" | undefined;
  const located = (): Places | undefined => {
    places ??= isRespelt(text) ? locate(text, root) : "as printed";
    return places === "as printed" ? undefined : places;
  };
  const source = (span: Span): JsonText => brand(text.slice(span.start, span.end));
  return {
    root,
    textOf: (node) => {
      const span = isObject(node) ? located()?.ofNode(node) : undefined;
      return span === undefined ? brand(JSON.stringify(node)) : source(span);
    },
    numberText: (parent, key) => {
      const value = member(parent, key);
      if (typeof value !== "number") return undefined;
      const span = located()?.ofNumber(parent, key);
      return span === undefined ? brand(String(value)) : source(span);
    },
  };
}

function isObject(node: Json): node is readonly Json[] | JsonRecord {
  return typeof node === "object" && node !== null;
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

/**
 * Narrows to an object. Together the narrowers let no member of a prototype pass for data: all but `__proto__`, which
 * is refused here, are functions.
 */
export function asRecord(value: Json | undefined): JsonRecord | undefined {
  if (typeof value !== "object" || value === null || isArray(value)) return undefined;
  return value === Object.prototype ? undefined : value;
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

/** The members of an object of the document, each to be printed as it was spelt. */
export function spelt(
  { numberText, textOf }: JsonDocument,
  record: JsonRecord,
): readonly (readonly [name: string, value: RawJson])[] {
  return Object.entries(record).map(([name, value]) => [
    name,
    raw(numberText(record, name) ?? textOf(value)),
  ]);
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
