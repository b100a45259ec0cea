// Puts residues back where their dialect had them (translation.md 0.2, 3), and merges `gateway_options` last of all.
import {
  asRecord,
  isRaw,
  parseJson,
  raw,
  type JsonDocument,
  type JsonRecord,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import type { Dialect, Residue } from "../../ir/request.ts";
import { segments } from "./pointer.ts";

/** A JSON object that is being written. */
export type Draft = { readonly [key: string]: Printable };

/** Where residues go. */
export type GraftPlace = {
  readonly dialect: Dialect;
  /** How many segments of a residue's pointer lead to the object being written. */
  readonly depth: number;
};

/** The dialect's own residues among all. */
export function ownResidues(
  residues: readonly Residue[] | undefined,
  dialect: Dialect,
): readonly Residue[] {
  return residues === undefined ? [] : residues.filter((residue) => residue.dialect === dialect);
}

/** The object with the dialect's own residues in their places; other dialects' residues are left out. */
export function graft(
  draft: Draft,
  residues: readonly Residue[] | undefined,
  place: GraftPlace,
): Draft {
  return ownResidues(residues, place.dialect).reduce(
    (whole, residue) => put(whole, segments(residue.path).slice(place.depth), residue.text),
    draft,
  );
}

/** Whether a residue of the dialect itself already spells this member, so that nothing must be made up for it. */
export function spells(
  residues: readonly Residue[] | undefined,
  place: GraftPlace,
  key: string,
): boolean {
  return ownResidues(residues, place.dialect).some(
    (residue) => segments(residue.path)[place.depth] === key,
  );
}

function put(draft: Draft, path: readonly string[], text: JsonText): Draft {
  const [key, ...below] = path;
  if (key === undefined) return draft;
  if (below.length === 0) return withMember(draft, key, raw(text));
  const inner = (Object.hasOwn(draft, key) ? draft[key] : undefined) ?? {};
  // A list or a spliced text cannot be extended; what would go inside is then part of it already.
  return isDraft(inner) ? withMember(draft, key, put(inner, below, text)) : draft;
}

/** Defines the member as data, also when it is called `__proto__`. */
function withMember(draft: Draft, key: string, value: Printable): Draft {
  const copy: Record<string, Printable> = { ...draft };
  Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
  return copy;
}

function isDraft(value: Printable): value is Draft {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRaw(value);
}

/** Merges `gateway_options.<dialect>` into a body, object by object; anything else replaces what was there. */
export function mergeOptions(draft: Draft, options: JsonText | undefined): Draft {
  const document = options === undefined ? undefined : parseJson(options);
  if (document?.ok !== true) return draft;
  const record = asRecord(document.value.root);
  return record === undefined ? draft : merge(draft, record, document.value);
}

function merge(draft: Draft, extra: JsonRecord, document: JsonDocument): Draft {
  return Object.keys(extra).reduce((whole, key) => {
    const value = extra[key];
    if (value === undefined) return whole;
    const inner = asRecord(value);
    const before = Object.hasOwn(whole, key) ? whole[key] : undefined;
    const text = document.numberText(extra, key) ?? document.textOf(value);
    const merged =
      inner !== undefined && isDraft(before) ? merge(before, inner, document) : raw(text);
    return withMember(whole, key, merged);
  }, draft);
}
