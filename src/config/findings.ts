// Turns what zod says into sentences for people.
import type { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import type { Finding } from "./problem.ts";
import { shape } from "./shape.ts";

type Issue = z.core.$ZodIssue;

/** Every issue as a finding; unknown keys get one each. */
export function findingsOf(issues: readonly Issue[], value: unknown): readonly Finding[] {
  return issues.flatMap((issue) => findingOf(issue, value));
}

function findingOf(issue: Issue, root: unknown): readonly Finding[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key));
    case "invalid_value":
      return [oneOf(issue.path, issue.values.map(String), valueAt(root, issue.path))];
    case "invalid_type":
      return [wrongType(issue, valueAt(root, issue.path))];
    case "invalid_union":
      return [bestOfUnion(issue, root)];
    case "invalid_key":
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
    case "custom":
      return [{ path: issue.path, message: plain(issue) }];
  }
}

function plain(issue: Issue): string {
  if (issue.code === "too_small" && issue.origin === "array") return "expected at least one entry";
  if (issue.code === "too_small" && issue.origin === "string")
    return "expected a text that is not empty";
  if (issue.code === "too_small") {
    return `expected a number ${issue.inclusive === false ? "above" : "of at least"} ${issue.minimum}`;
  }
  if (issue.code === "too_big") return `expected a number of at most ${issue.maximum}`;
  return issue.message;
}

/** Words that people know from elsewhere or from earlier in the documentation, and what to write instead. */
const LATER: Readonly<Record<string, string>> = {
  keys: "virtual keys are not available yet; use tokens",
  least_busy: "this policy is not available yet; use weighted",
  latency: "this policy is not available yet; use weighted",
  cost: "this policy is not available yet; use weighted",
  priority: "use tiers: give members a tier, and keep policy: weighted",
};

function oneOf(path: readonly PropertyKey[], values: readonly string[], given: unknown): Finding {
  const word = typeof given === "string" ? given : undefined;
  const near = word === undefined ? undefined : nearest(word, values);
  const hint = word !== undefined && Object.hasOwn(LATER, word) ? LATER[word] : undefined;
  const suggestion = hint ?? (near === undefined ? undefined : `did you mean ${near}?`);
  const message = `expected ${list(values)}${given === undefined ? "" : `, not ${show(path, given)}`}`;
  return { path, message, ...(suggestion === undefined ? {} : { hint: suggestion }) };
}

function wrongType(issue: Extract<Issue, { code: "invalid_type" }>, given: unknown): Finding {
  const expected = TYPES[issue.expected] ?? issue.expected;
  if (given === undefined) return { path: issue.path, message: `is missing: expected ${expected}` };
  // A message of the shape's own says more than the type.
  if (!issue.message.startsWith("Invalid input"))
    return { path: issue.path, message: issue.message };
  return { path: issue.path, message: `expected ${expected}, not ${show(issue.path, given)}` };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

/** The branch that got furthest: one that fails deeper inside was probably meant. */
function bestOfUnion(issue: Extract<Issue, { code: "invalid_union" }>, root: unknown): Finding {
  if ("discriminator" in issue && typeof issue.discriminator === "string") {
    const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
    return oneOf(issue.path, options.map(String), valueAt(root, issue.path));
  }
  const branches = issue.errors.map((branch) =>
    branch.map((inner): Issue => ({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const given = valueAt(root, issue.path);
  const isMapping = typeof given === "object" && given !== null;
  const fitting = branches.find((branch) =>
    branch.every((inner) => isDeeper(inner, issue, isMapping)),
  );
  const [first] = (fitting ?? branches[0] ?? []).flatMap((inner) => findingOf(inner, root));
  return first ?? { path: issue.path, message: issue.message };
}

function isDeeper(inner: Issue, outer: Issue, isMapping: boolean): boolean {
  if (inner.path.length > outer.path.length || inner.code === "unrecognized_keys") return isMapping;
  return !isMapping && inner.code === "invalid_value";
}

function unknownKey(path: readonly PropertyKey[], key: string): Finding {
  const known = keysAt(path);
  const near = nearest(key, known);
  const where = path.length === 0 ? "at the top level" : `in ${path.map(String).join(".")}`;
  const hint = near === undefined ? `known keys: ${known.join(", ")}` : `did you mean ${near}?`;
  return {
    path: [...path, key],
    atKey: true,
    message: `unknown key ${key} ${where}`,
    ...(known.length === 0 ? {} : { hint }),
  };
}

/** The keys that may stand at a path, read off the shape itself. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = shape;
  for (const segment of path) schema = child(unwrap(schema), segment);
  const found = unwrap(schema);
  const options = optionsOf(found);
  if (options !== undefined)
    return [...new Set(options.flatMap((option) => ownKeys(unwrap(option))))];
  return ownKeys(found);
}

function ownKeys(schema: unknown): readonly string[] {
  const inner = field(schema, "shape");
  return typeof inner === "object" && inner !== null ? Object.keys(inner) : [];
}

function child(schema: unknown, segment: PropertyKey): unknown {
  const shapeOf = field(schema, "shape");
  if (typeof shapeOf === "object" && shapeOf !== null) return field(shapeOf, String(segment));
  return field(schema, "valueType") ?? field(schema, "element");
}

function optionsOf(schema: unknown): readonly unknown[] | undefined {
  const options = field(schema, "options");
  return Array.isArray(options) ? options : undefined;
}

/** Takes `optional` and `nullable` off. */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  for (;;) {
    const kind = field(field(inner, "def"), "type");
    if (kind !== "optional" && kind !== "nullable") return inner;
    inner = field(field(inner, "def"), "innerType");
  }
}

function field(value: unknown, key: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return undefined;
  return Reflect.get(value, key);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, segment) => field(value, String(segment)), root);
}

function list(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? "") : `one of ${words.join(", ")}`;
}

/** Shows what was written, but never what may be a secret. */
function show(path: readonly PropertyKey[], value: unknown): string {
  if (path.some((segment) => /key|token|secret/.test(String(segment)))) return "what is there";
  if (typeof value === "string") return value.length > 40 ? "a long text" : JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  return typeof value === "object" ? "a mapping" : JSON.stringify(value);
}
