// The line of a file that a problem stands on, with `…` for words that might be secrets. Works on the text alone, because
// the text may not even be YAML.
import { editDistance } from "../lib/nearest.ts";
import { CATALOGUE } from "./catalogue.ts";
import { allKeys } from "./keys.ts";
import type { Problem } from "./problem.ts";
import { hasPassword } from "./show.ts";

/** A line to show, and what to put below it so that the caret stands under the place. */
export type Excerpt = { readonly line: string; readonly indent: string };

/** Longer lines would wrap and leave the caret nowhere. */
const LONGEST = 160;

/** The excerpt for a problem; `undefined` if there is nothing to show. */
export function excerptOf(lines: readonly string[], problem: Problem): Excerpt | undefined {
  const index = problem.line - 1;
  const line = (lines[index] ?? "").replace(/\r$/, "");
  if (line.trim() === "" || line.length > LONGEST) return undefined;
  const before = line.slice(0, problem.column - 1);
  // Without a path the YAML itself is broken, and what stands where cannot be told.
  const isHidden = problem.path === "" || mayHoldSecret(lines, index);
  const hide = isHidden ? masking(problem) : (text: string): string => text;
  // Tabs stay tabs, so that the caret stands right however wide they are.
  return { line: hide(line), indent: hide(before).replace(/[^\t]/g, " ") };
}

/** References to variables, and what stands between the characters that YAML is made of. */
const WORD = /\$\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\}?|[^\s{}[\],:"'#&*!|>]+/g;

/** Keeps keys of the shape, names of the catalogue, references, and what the problem's path shows anyway. */
function masking({ path }: Problem): (text: string) => string {
  const known = new Set([...allKeys(), ...path.split(".")]);
  const isSafe = (word: string): boolean =>
    known.has(word) || Object.hasOwn(CATALOGUE, word) || !/[A-Za-z0-9]/.test(word);
  return (text) =>
    text
      .replace(/\s#.*$/, "")
      .replace(WORD, (word) => (isSafe(word) || word.startsWith("${") ? word : "…"));
}

/** Sections without secrets. A key that nobody knows may be a misspelt section with them. */
const OPEN_SECTIONS: ReadonlySet<string> = new Set([
  "aliases",
  "limits",
  "listen",
  "models",
  "pools",
  "state_file",
  "shutdown_timeout",
]);
/** Texts that no name or address looks like: long, with digits among the letters. */
const RANDOM = /(?=[A-Za-z0-9_+/=-]*\d)[A-Za-z0-9_+/=-]{24,}/;
const KEY = /([A-Za-z_][\w-]*)["']?\s*:(?=\s|$)/g;
const SECRET_WORD = /key|token|secret|passw|credential|authorization|headers/i;
const SECRET_KEYS = ["api_key", "api_keys", "token", "tokens", "session_token", "headers"];

function mayHoldSecret(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? "";
  if (RANDOM.test(line) || hasPassword(line)) return true;
  return !OPEN_SECTIONS.has(sectionOf(lines, index)) || keysIn(line).some(isSecretKey);
}

/** The key at the top that a line belongs to; empty if there is none. */
function sectionOf(lines: readonly string[], index: number): string {
  for (let at = index; at >= 0; at--) {
    const line = lines[at] ?? "";
    if (/^["']?[\w.]/.test(line)) return keysIn(line)[0] ?? "";
  }
  return "";
}

function keysIn(line: string): readonly string[] {
  return [...line.matchAll(KEY)].map(([, key = ""]) => key);
}

function isSecretKey(key: string): boolean {
  return SECRET_WORD.test(key) || SECRET_KEYS.some((known) => editDistance(key, known) <= 2);
}
