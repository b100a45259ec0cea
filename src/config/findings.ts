// Turns what zod says into sentences for people.
import type * as z from "zod/mini";
import { nearest } from "../lib/nearest.ts";
import { parseDuration } from "../lib/time.ts";
import { keysAt } from "./keys.ts";
import { dotted, shortKey, type Finding, type Path } from "./problem.ts";
import { mayBeSecretKey, type Show } from "./show.ts";

/** What zod found. */
export type Issue = z.core.$ZodIssue;

/** What was read, and how to speak of it. */
export type Reading = { readonly root: unknown; readonly show: Show };

/** Every issue as a finding; unknown keys get one each. */
export function findingsOf(issues: readonly Issue[], reading: Reading): readonly Finding[] {
  const findings = issues.flatMap((issue) => findingOf(issue, reading));
  // A misspelt key is missing under its right name as well: said once is enough.
  const meant = new Set(
    issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? meantKeys(issue) : [])),
  );
  return findings.filter(
    ({ path, atKey }) => atKey === true || !meant.has(dotted(path)) || has(reading.root, path),
  );
}

function meantKeys({
  path,
  keys,
}: Extract<Issue, { code: "unrecognized_keys" }>): readonly string[] {
  const known = keysAt(path);
  return keys.flatMap((key) => {
    const near = nearest(key, known);
    return near === undefined ? [] : [dotted([...path, near])];
  });
}

function has(root: unknown, path: Path): boolean {
  return valueAt(root, path) !== undefined;
}

function findingOf(issue: Issue, reading: Reading): readonly Finding[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key));
    case "invalid_value":
      return [oneOf(path, issue.values.map(String), reading)];
    case "invalid_type":
      return [wrongType(issue, reading)];
    case "invalid_union":
      return bestOfUnion(issue, reading);
    case "invalid_key":
      return [{ path, atKey: true, message: "expected a name that is not empty" }];
    case "too_small":
      return [{ path, message: withShown(tooSmall(issue), path, reading) }];
    case "too_big": {
      const message = `expected a number of at most ${issue.maximum}`;
      return [{ path, message: withShown(message, path, reading) }];
    }
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
    case "custom":
      return [custom(issue, reading)];
  }
}

function custom(issue: Issue, reading: Reading): Finding {
  const { path } = issue;
  const given = valueAt(reading.root, path);
  const message = withShown(issue.message, path, reading);
  const tight = typeof given === "string" ? given.replace(/\s+/g, "") : "";
  const isSpaced = tight !== given && parseDuration(tight).ok;
  return { path, message, ...(isSpaced ? { hint: "without spaces" } : {}) };
}

function tooSmall(issue: Extract<Issue, { code: "too_small" }>): string {
  if (issue.origin === "array") return "expected at least one entry";
  if (issue.origin === "string") return "expected a text that is not empty";
  return `expected a number ${issue.inclusive === false ? "above" : "of at least"} ${issue.minimum}`;
}

/** Words that people know from elsewhere or from what is planned, and what to write instead. */
const LATER: Readonly<Record<string, string>> = {
  keys: "virtual keys are not available yet; use tokens",
  token: "mode: tokens",
  round_robin: "policy: weighted takes turns by weight",
};

function oneOf(path: Path, values: readonly string[], reading: Reading): Finding {
  const given = valueAt(reading.root, path);
  const expected = values.length === 1 ? `${values[0]}` : `one of ${values.join(", ")}`;
  if (given === undefined) return { path, message: `is missing: expected ${expected}` };
  const message = `expected ${expected}, not ${reading.show(path, given)}`;
  if (typeof given !== "string") return { path, message };
  const later = Object.hasOwn(LATER, given) ? LATER[given] : undefined;
  const near = nearest(given, values);
  const hint = later ?? (near === undefined ? undefined : `did you mean ${near}?`);
  return { path, message, ...(hint === undefined ? {} : { hint }) };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

function wrongType(issue: Extract<Issue, { code: "invalid_type" }>, reading: Reading): Finding {
  const { path } = issue;
  const expected = TYPES[issue.expected] ?? issue.expected;
  const given = valueAt(reading.root, path);
  if (given === undefined) {
    const [only] = path;
    const hint = path.length === 1 && only === "providers" ? FIRST_PROVIDER : undefined;
    const message = `is missing: expected ${expected}`;
    return { path, message, ...(hint === undefined ? {} : { hint }) };
  }
  // A message of the shape's own says more than the type.
  const own = issue.message.startsWith("Invalid input") ? `expected ${expected}` : issue.message;
  const hint = typeHint(issue.expected, given, path, reading);
  const message = withShown(own, path, reading);
  return { path, message, ...(hint === undefined ? {} : { hint }) };
}

const FIRST_PROVIDER = 'providers: { openai: { api_key: "${OPENAI_API_KEY}" } }';

function typeHint(
  expected: string,
  given: unknown,
  path: Path,
  reading: Reading,
): string | undefined {
  const key = shortKey(path.at(-1) ?? "");
  if (given === null) return `write a value after ${key}:, or remove the line`;
  switch (expected) {
    case "string":
      return typeof given === "object" ? undefined : textHint(key, given);
    case "number":
    case "int":
      if (typeof given !== "string" || reading.show(path, given).startsWith("the "))
        return undefined;
      return /^\d+$/.test(given) ? "without quotes" : "digits only, without a unit";
    case "boolean":
      return typeof given === "string" ? "true or false, without quotes" : undefined;
    case "array":
      return `a list, even of one: ${key}: [ … ]`;
    case "object": {
      const keys = keysAt(path);
      if (keys.includes("api_key")) return '{ api_key: "${VARIABLE}" }';
      return keys.length === 0 ? undefined : `its keys: ${keys.join(", ")}`;
    }
    default:
      return undefined;
  }
}

function textHint(key: string, value: unknown): string {
  const given = JSON.stringify(value);
  if (key === "listen") return `127.0.0.1:${given}, or :${given} for every address`;
  const isDuration = /timeout|cooldown|window|queue/.test(key) && typeof value === "number";
  return isDuration ? `with its unit: ${given}s or ${given}ms` : "put it in quotes";
}

/** What stands there is said, unless the message says it. */
function withShown(message: string, path: Path, reading: Reading): string {
  const given = valueAt(reading.root, path);
  if (given === undefined) return message;
  if (given === null) return `${message}, but there is nothing`;
  const isEmpty = given === "" || (Array.isArray(given) && given.length === 0);
  return isEmpty ? message : `${message}, not ${reading.show(path, given)}`;
}

/** The branch that got furthest: one that fails deeper inside was probably meant. */
function bestOfUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  reading: Reading,
): readonly Finding[] {
  const { path } = issue;
  if ("discriminator" in issue && typeof issue.discriminator === "string") {
    const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
    const at = path.at(-1) === issue.discriminator ? path : [...path, issue.discriminator];
    return [oneOf(at, options.map(String), reading)];
  }
  const given = valueAt(reading.root, path);
  const branches = issue.errors.map((branch) =>
    branch.map((inner): Issue => ({ ...inner, path: [...path, ...inner.path] })),
  );
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    const meant = branches.filter((branch) => branch.every((inner) => isInside(inner, path)));
    // Of several mappings, the one that knows the most of the keys that were written.
    const [best] = meant.toSorted((a, b) => missed(a) - missed(b));
    if (best !== undefined) return findingsOf(best, reading);
  }
  const flat = branches.flat().filter((inner) => !isInside(inner, path));
  return [unionOf(path, flat, reading)];
}

function isInside(inner: Issue, path: Path): boolean {
  return inner.path.length > path.length || inner.code === "unrecognized_keys";
}

function missed(branch: readonly Issue[]): number {
  return branch.reduce(
    (sum, inner) => sum + (inner.code === "unrecognized_keys" ? inner.keys.length : 1),
    0,
  );
}

/** A value that fits none of the branches: what all of them together take. */
function unionOf(path: Path, issues: readonly Issue[], reading: Reading): Finding {
  const words = issues.flatMap((inner) =>
    inner.code === "invalid_value" ? inner.values.map(String) : [],
  );
  const mappings = keysAt(path).map((key) => `{ ${key}: … }`);
  const types = issues.flatMap((inner) =>
    inner.code === "invalid_type" && inner.expected === "string" ? ["a text"] : [],
  );
  const given = valueAt(reading.root, path);
  const near = typeof given === "string" ? nearest(given, words) : undefined;
  const all = [...new Set([...types, ...words, ...mappings])];
  const message = withShown(`expected ${all.join(" or ")}`, path, reading);
  return { path, message, ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) };
}

function unknownKey(path: Path, key: string): Finding {
  const known = keysAt(path);
  const where = path.length === 0 ? "at the top level" : `in ${dotted(path)}`;
  const listed = `known keys: ${known.join(", ")}`;
  if (mayBeSecretKey(path, key)) {
    return { path, message: `a key ${where} is not known`, hint: listed };
  }
  const near = nearest(key, known);
  return {
    path: [...path, key],
    atKey: true,
    message: `unknown key ${JSON.stringify(shortKey(key))} ${where}`,
    ...(known.length === 0 ? {} : { hint: near === undefined ? listed : `did you mean ${near}?` }),
  };
}

/** The value at a path; `undefined` if there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, segment) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, segment)
        ? Reflect.get(value, segment)
        : undefined,
    root,
  );
}
