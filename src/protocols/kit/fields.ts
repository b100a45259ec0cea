// Reads the members of one JSON object and remembers which were understood, so that the others become residue by
// themselves: a vendor's new field can be lost in another dialect, but never overlooked.
import {
  asArray,
  asBoolean,
  asNumber,
  asRecord,
  asString,
  member,
  type Json,
  type JsonRecord,
  type JsonText,
} from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import { missing, wrongType, type Notes } from "./notes.ts";
import { pointer } from "./pointer.ts";

/** The members of one object. Reading marks a member as understood; `null` counts as absent. */
export type Fields = {
  /** Pointer of the object. */
  readonly path: string;
  readonly record: JsonRecord;
  /** Pointer of a member. */
  readonly at: (key: string) => string;
  readonly string: (key: string) => string | undefined;
  /** A string that must be there; "" after the problem was noted. */
  readonly required: (key: string) => string;
  readonly number: (key: string) => number | undefined;
  readonly boolean: (key: string) => boolean | undefined;
  readonly list: (key: string) => readonly Json[] | undefined;
  readonly fields: (key: string) => Fields | undefined;
  readonly any: (key: string) => Json | undefined;
  /** The member as it was spelt. */
  readonly text: (key: string) => JsonText | undefined;
  /** Keeps a member verbatim as the residue of a feature; nothing if it is absent. */
  readonly residue: (key: string, id: LossId) => readonly Residue[];
  /** Marks members as understood without looking at them. */
  readonly skip: (...keys: readonly string[]) => void;
  /** Everything that was not understood; each counts as a use of `id`. */
  readonly rest: (id: LossId) => readonly Residue[];
};

/** Opens an object for reading. */
export function fieldsOf(record: JsonRecord, path: string, notes: Notes): Fields {
  const seen = new Set<string>();
  const at = (key: string): string => pointer(path, key);
  const any = (key: string): Json | undefined => {
    seen.add(key);
    return member(record, key) ?? undefined;
  };
  const typed =
    <T>(narrow: (value: Json | undefined) => T | undefined, expected: string) =>
    (key: string): T | undefined => {
      const value = member(record, key) ?? undefined;
      const narrowed = narrow(value);
      if (narrowed === undefined && value !== undefined) {
        if (notes.strict) notes.reject(wrongType(at(key), expected, value));
        return undefined;
      }
      seen.add(key);
      return narrowed;
    };
  const string = typed(asString, "a string");
  const required = (key: string): string => {
    const value = string(key);
    if (value === undefined && any(key) === undefined && notes.strict)
      notes.reject(missing(at(key)));
    return value ?? "";
  };
  const asFields = typed(asRecord, "an object");
  const keep = (key: string, id: LossId): readonly Residue[] => {
    const text = textIn(key);
    if (text === undefined) return [];
    notes.use(id, at(key));
    return [{ dialect: notes.dialect, path: at(key), text, id }];
  };
  const textIn = (key: string): JsonText | undefined => {
    const value = any(key);
    if (value === undefined) return undefined;
    const { textOf, numberText } = notes.document;
    return (typeof value === "number" ? numberText(record, key) : undefined) ?? textOf(value);
  };
  return {
    path,
    record,
    at,
    any,
    string,
    required,
    number: typed(asNumber, "a number"),
    boolean: typed(asBoolean, "a boolean"),
    list: typed(asArray, "an array"),
    fields: (key) => {
      const inner = asFields(key);
      return inner === undefined ? undefined : fieldsOf(inner, at(key), notes);
    },
    text: textIn,
    residue: keep,
    skip: (...keys) => keys.forEach((key) => seen.add(key)),
    rest: (id) => Object.keys(record).flatMap((key) => (seen.has(key) ? [] : keep(key, id))),
  };
}

/** Opens an element of a list; an element that is no object is a problem if the notes are strict, and passed over. */
export function fieldsAt(value: Json | undefined, path: string, notes: Notes): Fields | undefined {
  const record = asRecord(value);
  if (record !== undefined) return fieldsOf(record, path, notes);
  if (notes.strict) notes.reject(wrongType(path, "an object", value ?? null));
  return undefined;
}
