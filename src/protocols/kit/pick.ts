// Some members of a document, as they were spelt.
import {
  asRecord,
  member,
  parseJson,
  raw,
  type Json,
  type JsonDocument,
  type RawJson,
} from "../../lib/json.ts";

/** The members of a document's object that are there and have one of these names. */
export function pick(
  document: JsonDocument,
  names: readonly string[],
): { readonly [name: string]: RawJson } {
  const record = asRecord(document.root) ?? {};
  const found = names.flatMap((name): [string, RawJson][] => {
    const value = member(record, name);
    if (value === undefined) return [];
    return [[name, raw(document.numberText(record, name) ?? document.textOf(value))]];
  });
  return Object.fromEntries(found);
}

/** A part of a document as a document of its own; `undefined` if the part is no object. */
export function part(document: JsonDocument, node: Json | undefined): JsonDocument | undefined {
  if (node === undefined || asRecord(node) === undefined) return undefined;
  const parsed = parseJson(document.textOf(node));
  return parsed.ok ? parsed.value : undefined;
}
