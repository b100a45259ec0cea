// Parses a JSON text that is known to be valid and not too deep, and remembers where each object and array stood.
import type { Json, JsonRecord } from "./json.ts";
import { numberEnd, stringEnd } from "./json-survey.ts";

/** A part of the text, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** A value with the places of its parts. */
export type Spanned = {
  readonly root: Json;
  readonly spanOf: (node: object) => Span | undefined;
  readonly numberSpan: (parent: JsonRecord, key: string) => Span | undefined;
};

/** Where the reader is, and what it has seen. */
type Reader = {
  readonly text: string;
  at: number;
  readonly spans: WeakMap<object, Span>;
  readonly numbers: WeakMap<object, ReadonlyMap<string, Span>>;
};

/** Parses; duplicates of a key leave the last value, as in `JSON.parse`. */
export function parseWithSpans(text: string): Spanned {
  const reader: Reader = { text, at: 0, spans: new WeakMap(), numbers: new WeakMap() };
  skipSpace(reader);
  const root = readValue(reader);
  return {
    root,
    spanOf: (node) => reader.spans.get(node),
    numberSpan: (parent, key) => reader.numbers.get(parent)?.get(key),
  };
}

function readValue(reader: Reader): Json {
  switch (reader.text.charAt(reader.at)) {
    case "{":
      return readObject(reader);
    case "[":
      return readArray(reader);
    case '"':
      return readString(reader);
    case "t":
      return readWord(reader, "true", true);
    case "f":
      return readWord(reader, "false", false);
    case "n":
      return readWord(reader, "null", null);
    default: {
      const start = reader.at;
      reader.at = numberEnd(reader.text, start);
      return Number(reader.text.slice(start, reader.at));
    }
  }
}

function readObject(reader: Reader): JsonRecord {
  const start = reader.at++;
  const record: Record<string, Json> = {};
  const spelt = new Map<string, Span>();
  while (nextElement(reader, "}")) {
    const key = readString(reader);
    skipSpace(reader);
    reader.at++;
    skipSpace(reader);
    const from = reader.at;
    const value = readValue(reader);
    if (typeof value === "number") spelt.set(key, { start: from, end: reader.at });
    else spelt.delete(key);
    // Plain assignment to `__proto__` would set the prototype instead of a member.
    const plain = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(record, key, plain);
  }
  reader.spans.set(record, { start, end: reader.at });
  reader.numbers.set(record, spelt);
  return record;
}

function readArray(reader: Reader): readonly Json[] {
  const start = reader.at++;
  const list: Json[] = [];
  while (nextElement(reader, "]")) list.push(readValue(reader));
  reader.spans.set(list, { start, end: reader.at });
  return list;
}

/** Moves to the next element, past its comma; past the closing bracket, and `false`, when there is none. */
function nextElement(reader: Reader, close: string): boolean {
  skipSpace(reader);
  if (reader.text.charAt(reader.at) === ",") {
    reader.at++;
    skipSpace(reader);
  }
  const more = reader.text.charAt(reader.at) !== close;
  if (!more) reader.at++;
  return more;
}

function readString(reader: Reader): string {
  const { text, at } = reader;
  const end = stringEnd(text, at + 1);
  reader.at = end + 1;
  const content = text.slice(at + 1, end);
  return content.includes("\\") ? String(JSON.parse(text.slice(at, end + 1))) : content;
}

function readWord(reader: Reader, word: string, value: Json): Json {
  reader.at += word.length;
  return value;
}

function skipSpace(reader: Reader): void {
  while (reader.at < reader.text.length && " \t\r\n".includes(reader.text.charAt(reader.at))) {
    reader.at++;
  }
}
