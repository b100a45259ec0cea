// Reading requests of any dialect: the text in contents, tools, numbers.
import { asArray, asRecord, asString, member, type Json, type JsonRecord } from "../../lib/json.ts";

/** Members whose strings a model would read. */
const READABLE: ReadonlySet<string> = new Set([
  "text",
  "content",
  "instructions",
  "system",
  "input",
  "inputText",
  "input_text",
  "texts",
  "prompt",
  "arguments",
  "output",
  "thinking",
  "description",
]);

/** Everything in a body that a model would read; media and settings are not. */
export function promptOf(body: Json): string {
  const found: string[] = [];
  gather(body, false, found);
  return found.join("\n");
}

function gather(node: Json, readable: boolean, found: string[]): void {
  const list = asArray(node);
  const record = asRecord(node);
  if (typeof node === "string") {
    if (readable) found.push(node);
  } else if (list !== undefined) {
    for (const element of list) gather(element, readable, found);
  } else if (record !== undefined) {
    for (const [key, value] of Object.entries(record)) gather(value, READABLE.has(key), found);
  }
}

/** The text of a content that is a string or a list of parts with a member `text`. */
export function contentText(content: Json | undefined): string {
  const parts = asArray(content) ?? [];
  const texts = parts.flatMap((part) => asString(part) ?? asString(at(part, "text")) ?? []);
  return asString(content) ?? texts.join("");
}

/** Follows members into a value; `undefined` where one is missing. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let node = value;
  for (const step of path) {
    const record = asRecord(node);
    node = record === undefined ? undefined : member(record, step);
  }
  return node;
}

/** The objects in a list; nothing if it is no list. */
export function recordsIn(value: Json | undefined): readonly JsonRecord[] {
  return (asArray(value) ?? []).flatMap((element) => {
    const record = asRecord(element);
    return record === undefined ? [] : [record];
  });
}

/** The texts of a request for embeddings: a string or a list of strings. */
export function textsIn(value: Json | undefined): readonly string[] {
  const one = asString(value);
  return one === undefined ? (asArray(value) ?? []).flatMap((text) => asString(text) ?? []) : [one];
}

const DEFAULT_DIMENSIONS = 8;
const MAX_DIMENSIONS = 4096;

/** A vector of length 1 that depends on the text alone (FNV-1a, stretched). */
export function vectorOf(text: string, dimensions: Json | undefined): readonly number[] {
  const wanted = typeof dimensions === "number" ? dimensions : DEFAULT_DIMENSIONS;
  const length = Math.min(Math.max(Math.trunc(wanted), 1), MAX_DIMENSIONS);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  const raw = Array.from({ length }, () => {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    return hash / 0xffffffff - 0.5;
  });
  const size = Math.hypot(...raw) || 1;
  return raw.map((value) => Math.round((value / size) * 1e6) / 1e6);
}
