// What a decoder writes down beside its result: the features that a document uses, and the first thing wrong with it.
// Decoders go on after a problem with whatever is readable, and the caller looks at the notes once at the end.
import type { Json, JsonDocument } from "../../lib/json.ts";
import type { Failure } from "../../ir/failure.ts";
import type { LossId, Use } from "../../ir/loss.ts";
import type { Dialect } from "../../ir/request.ts";
import { dotted } from "./pointer.ts";

/** Something wrong with a document. */
export type Problem = {
  readonly message: string;
  /** OpenAI's word for it (`invalid_type`, `missing_required_parameter`); other dialects ignore it. */
  readonly code?: string;
  /** JSON pointer of the culprit. */
  readonly path: string;
  /** What would have been right, in words (`a string`, `'a' or 'b'`); absent: nothing is there that should be. */
  readonly expected?: string;
};

/** The notes on one document. */
export type Notes = {
  readonly document: JsonDocument;
  /** Who wrote the document: the dialect of its residues. */
  readonly dialect: Dialect;
  /** `strict`: a member of the wrong type is a problem. Otherwise it is residue, as vendors' replies need. */
  readonly strict: boolean;
  /** Records that a feature is used; the same place counts once. */
  readonly use: (id: LossId, path: string) => void;
  readonly reject: (problem: Problem) => void;
  readonly uses: () => readonly Use[];
  /** The first problem, for a dialect with words of its own. */
  readonly problem: () => Problem | undefined;
  /** The first problem as a failure of the caller; `undefined`: there was none. */
  readonly failure: () => Failure | undefined;
};

/** Starts notes on a document. */
export function takeNotes(document: JsonDocument, dialect: Dialect, strict: boolean): Notes {
  const uses = new Map<string, Use>();
  let first: Problem | undefined;
  return {
    document,
    dialect,
    strict,
    use: (id, path) => void uses.set(`${id} ${path}`, { id, path }),
    reject: (problem) => void (first ??= problem),
    uses: () => [...uses.values()],
    problem: () => first,
    failure: () => (first === undefined ? undefined : asFailure(first)),
  };
}

function asFailure(problem: Problem): Failure {
  return {
    class: "invalid",
    message: problem.message,
    ...(problem.code === undefined ? {} : { code: problem.code }),
    ...(problem.path === "" ? {} : { param: dotted(problem.path) }),
  };
}

/** A required member is missing. */
export function missing(path: string): Problem {
  const message = `Missing required parameter: '${dotted(path)}'.`;
  return { message, code: "missing_required_parameter", path };
}

/** A member has the wrong type. */
export function wrongType(path: string, expected: string, value: Json): Problem {
  const got = nameOfType(value);
  const message = `Invalid type for '${dotted(path)}': expected ${expected}, but got ${got} instead.`;
  return { message, code: "invalid_type", path, expected };
}

/** A member has a value that is not among those allowed. */
export function wrongValue(path: string, value: string, allowed: readonly string[]): Problem {
  const list = allowed.map((word) => `'${word}'`).join(", ");
  const message = `Invalid value: '${value}'. Supported values are: ${list}.`;
  const expected = list.replace(/, (?=[^,]*$)/, " or ");
  return { message, code: "invalid_value", path, expected };
}

function nameOfType(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
