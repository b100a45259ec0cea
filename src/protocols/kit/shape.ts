// Descriptions of JSON that say what is wrong with a value: the egress checks are made of them. They know nothing of the
// encoders whose work they judge.
import { asArray, asNumber, asRecord, member, type Json, type JsonRecord } from "../../lib/json.ts";

/** Says what is wrong with a value, the pointer of the place first; `undefined`: nothing. */
export type Shape = (value: Json | undefined, path: string) => string | undefined;

/** The members of an object, each with its shape. */
export type Members = Readonly<Record<string, Shape>>;

/** Names only the kind of what was found: faults are logged, and what models say does not belong there. */
function fault(path: string, expected: string, value: Json | undefined): string {
  return `${path === "" ? "/" : path}: expected ${expected}, found ${kindOf(value)}`;
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (typeof value === "object") return asArray(value) === undefined ? "an object" : "a list";
  return `a ${typeof value}`;
}

/** Any text. */
export const text: Shape = (value, path) =>
  typeof value === "string" ? undefined : fault(path, "a string", value);

/** A text with something in it. */
export const filled: Shape = (value, path) =>
  typeof value === "string" && value !== "" ? undefined : fault(path, "a non-empty string", value);

/** A number that counts: whole, and not negative. */
export const count: Shape = (value, path) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0
    ? undefined
    : fault(path, "a count", value);

/** Any number. */
export const number: Shape = (value, path) =>
  typeof value === "number" ? undefined : fault(path, "a number", value);

/** A switch. */
export const boolean: Shape = (value, path) =>
  typeof value === "boolean" ? undefined : fault(path, "a boolean", value);

/** An object, whatever is in it. */
export const object: Shape = (value, path) =>
  asRecord(value) === undefined ? fault(path, "an object", value) : undefined;

/** Anything that is there. */
export const anything: Shape = (value, path) =>
  value === undefined ? fault(path, "a value", value) : undefined;

/** One of some words. */
export function word(...words: readonly string[]): Shape {
  return (value, path) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : fault(path, words.join(" or "), value);
}

/** Null, or what the shape says. */
export function nullable(shape: Shape): Shape {
  return (value, path) => (value === null ? undefined : shape(value, path));
}

/** A list of which every entry has the shape. */
export function list(of: Shape): Shape {
  return (value, path) => {
    const entries = asArray(value);
    return entries === undefined
      ? fault(path, "a list", value)
      : firstOf(entries, (entry, index) => of(entry, `${path}/${index}`));
  };
}

/** An object with some members that must be there and some that may. Others are not looked at: clients skip them. */
export function record(required: Members, optional: Members = {}): Shape {
  return (value, path) => {
    const given = asRecord(value);
    if (given === undefined) return fault(path, "an object", value);
    return (
      firstOf(Object.entries(required), ([key, shape]) =>
        shape(member(given, key), `${path}/${key}`),
      ) ??
      firstOf(Object.entries(optional), ([key, shape]) => {
        const found = member(given, key);
        return found === undefined ? undefined : shape(found, `${path}/${key}`);
      })
    );
  };
}

/** An object whose member `key` says which of some shapes it has. */
export function tagged(key: string, variants: Members): Shape {
  return (value, path) => {
    const given = asRecord(value);
    const tag = given === undefined ? undefined : member(given, key);
    const shape =
      typeof tag === "string" && Object.hasOwn(variants, tag) ? variants[tag] : undefined;
    return shape === undefined
      ? fault(`${path}/${key}`, Object.keys(variants).join(" or "), tag ?? value)
      : shape(value, path);
  };
}

/** An object with exactly one of some members; `beside` may stand next to any of them. */
export function union(variants: Members, beside: Members = {}): Shape {
  return (value, path) => {
    const given = asRecord(value);
    if (given === undefined) return fault(path, "an object", value);
    const kinds = Object.keys(given).filter((key) => Object.hasOwn(variants, key));
    const [kind, ...others] = kinds;
    const shape = kind === undefined ? undefined : variants[kind];
    if (kind === undefined || shape === undefined || others.length > 0)
      return fault(path, `one of ${Object.keys(variants).join(", ")}`, value);
    return shape(member(given, kind), `${path}/${kind}`) ?? record({}, beside)(value, path);
  };
}

/** A shape, and a rule for values that have it. The rule says what is wrong. */
export function also(shape: Shape, rule: (value: JsonRecord) => string | undefined): Shape {
  return (value, path) => {
    const wrong = shape(value, path);
    const given = asRecord(value);
    if (wrong !== undefined || given === undefined) return wrong;
    const broken = rule(given);
    return broken === undefined ? undefined : `${path === "" ? "/" : path}: ${broken}`;
  };
}

/** The first thing that is wrong with some entries; `undefined`: nothing. */
export function firstOf<T>(
  entries: readonly T[],
  wrong: (entry: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, entry] of entries.entries()) {
    const found = wrong(entry, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The objects in a member that is a list; none if it is not there. */
export function recordsIn(given: JsonRecord, key: string): readonly JsonRecord[] {
  return (asArray(member(given, key)) ?? []).map(asRecord).filter((entry) => entry !== undefined);
}

/** A number of an object that was found to have it; -1 otherwise. */
export function numberIn(given: JsonRecord, key: string): number {
  return asNumber(member(given, key)) ?? -1;
}
