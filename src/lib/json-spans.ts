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

/** Parses; duplicates of a key leave the last value, as in `JSON.parse`. */
export function parseWithSpans(text: string): Spanned {
  const spans = new WeakMap<object, Span>();
  const numbers = new WeakMap<object, Map<string, Span>>();
  let at = 0;

  const skipSpace = (): void => {
    while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at++;
  };
  const readString = (): string => {
    const end = stringEnd(text, at + 1);
    const content = text.slice(at + 1, end);
    const source = text.slice(at, end + 1);
    at = end + 1;
    return content.includes("\\") ? String(JSON.parse(source)) : content;
  };
  const readObject = (): JsonRecord => {
    const start = at++;
    const record: Record<string, Json> = {};
    const spelt = new Map<string, Span>();
    for (skipSpace(); text.charAt(at) !== "}"; skipSpace()) {
      if (text.charAt(at) === ",") at++;
      skipSpace();
      const key = readString();
      skipSpace();
      at++;
      skipSpace();
      const from = at;
      const value = readValue();
      if (typeof value === "number") spelt.set(key, { start: from, end: at });
      else spelt.delete(key);
      // Plain assignment to `__proto__` would set the prototype instead of a member.
      Object.defineProperty(record, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    at++;
    spans.set(record, { start, end: at });
    numbers.set(record, spelt);
    return record;
  };
  const readArray = (): readonly Json[] => {
    const start = at++;
    const list: Json[] = [];
    for (skipSpace(); text.charAt(at) !== "]"; skipSpace()) {
      if (text.charAt(at) === ",") at++;
      skipSpace();
      list.push(readValue());
    }
    at++;
    spans.set(list, { start, end: at });
    return list;
  };
  const readWord = (length: number, value: Json): Json => {
    at += length;
    return value;
  };
  const readValue = (): Json => {
    switch (text.charAt(at)) {
      case "{":
        return readObject();
      case "[":
        return readArray();
      case '"':
        return readString();
      case "t":
        return readWord(4, true);
      case "f":
        return readWord(5, false);
      case "n":
        return readWord(4, null);
      default: {
        const start = at;
        at = numberEnd(text, at);
        return Number(text.slice(start, at));
      }
    }
  };

  skipSpace();
  const root = readValue();
  return {
    root,
    spanOf: (node) => spans.get(node),
    numberSpan: (parent, key) => numbers.get(parent)?.get(key),
  };
}
