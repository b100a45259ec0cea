// Finds where each object, array and number of a parsed document stands in its text. The text is known to be valid and
// not too deep.
import type { Json, JsonRecord } from "./json.ts";
import { stringEnd } from "./json-survey.ts";

/** A part of the text, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** The places of a document's parts. */
export type Places = {
  /** Where an object or array of the document stands; `undefined` for any other. */
  readonly ofNode: (node: object) => Span | undefined;
  /** Where a number stands that is a direct member of an object. */
  readonly ofNumber: (parent: JsonRecord, key: string) => Span | undefined;
};

/** Where the walk is, and what it has noted. */
type Walk = {
  readonly text: string;
  at: number;
  readonly nodes: WeakMap<object, Span>;
  readonly numbers: WeakMap<object, ReadonlyMap<string, Span>>;
};

/**
 * Walks the text and the values that it was parsed into side by side. Of a duplicated key only the last value is among
 * them; what the earlier ones note is replaced when the last one is walked, because it comes after them.
 */
export function locate(text: string, root: Json): Places {
  const walk: Walk = { text, at: 0, nodes: new WeakMap(), numbers: new WeakMap() };
  skipSpace(walk);
  walkValue(walk, root);
  return {
    ofNode: (node) => walk.nodes.get(node),
    ofNumber: (parent, key) => walk.numbers.get(parent)?.get(key),
  };
}

function walkValue(walk: Walk, value: Json | undefined): void {
  switch (walk.text.charAt(walk.at)) {
    case "{":
      return walkObject(walk, value);
    case "[":
      return walkArray(walk, value);
    case '"':
      walk.at = stringEnd(walk.text, walk.at + 1) + 1;
      return;
    default:
      while (walk.at < walk.text.length && !AFTER_SCALAR.includes(walk.text.charAt(walk.at))) {
        walk.at++;
      }
  }
}

const SPACE = " \t\r\n";
const AFTER_SCALAR = `,]}${SPACE}`;
const NUMBER_START = "-0123456789";

function walkObject(walk: Walk, value: Json | undefined): void {
  const start = walk.at++;
  const record = isRecord(value) ? value : undefined;
  const numbers = new Map<string, Span>();
  while (nextElement(walk, "}")) {
    const key = readKey(walk);
    const from = walk.at;
    walkValue(walk, record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined);
    if (NUMBER_START.includes(walk.text.charAt(from))) {
      numbers.set(key, { start: from, end: walk.at });
    } else numbers.delete(key);
  }
  if (record === undefined) return;
  walk.nodes.set(record, { start, end: walk.at });
  walk.numbers.set(record, numbers);
}

function walkArray(walk: Walk, value: Json | undefined): void {
  const start = walk.at++;
  const list: readonly Json[] = Array.isArray(value) ? value : [];
  for (let index = 0; nextElement(walk, "]"); index++) walkValue(walk, list[index]);
  if (Array.isArray(value)) walk.nodes.set(value, { start, end: walk.at });
}

function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Moves to the next element, past its comma; past the closing bracket, and `false`, when there is none. */
function nextElement(walk: Walk, close: string): boolean {
  skipSpace(walk);
  if (walk.text.charAt(walk.at) === ",") {
    walk.at++;
    skipSpace(walk);
  }
  const more = walk.text.charAt(walk.at) !== close;
  if (!more) walk.at++;
  return more;
}

/** Reads a key and moves to its value. */
function readKey(walk: Walk): string {
  const { text, at } = walk;
  const end = stringEnd(text, at + 1);
  walk.at = end + 1;
  skipSpace(walk);
  walk.at++;
  skipSpace(walk);
  const content = text.slice(at + 1, end);
  return content.includes("\\") ? String(JSON.parse(text.slice(at, end + 1))) : content;
}

function skipSpace(walk: Walk): void {
  while (walk.at < walk.text.length && SPACE.includes(walk.text.charAt(walk.at))) walk.at++;
}
