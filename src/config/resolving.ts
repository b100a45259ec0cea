// What all parts of resolving a config share: where files are read and problems reported, durations, secrets, references.
import { nearest } from "../lib/nearest.ts";
import { secret, type Secret } from "../lib/secret.ts";
import { ms, parseDuration, type Milliseconds } from "../lib/time.ts";
import type { Finding } from "./problem.ts";

/** What resolving needs from outside, and where it reports. */
export type Resolving = {
  /** Reads a secret's or a certificate's file; gives a sentence on failure. */
  readonly readFile: (path: string) => { readonly text: string } | { readonly error: string };
  readonly report: (finding: Finding) => void;
};

/** Text, or the file that holds it. */
export type SecretShape = string | { readonly file: string };

/** A duration that the shape has already checked, or its default. */
export function duration(text: string | undefined, fallbackMs: number): Milliseconds {
  if (text === undefined) return ms(fallbackMs);
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : ms(fallbackMs);
}

/** Unwraps `{ file: … }`; `undefined` after a report if the file cannot be read. */
export function resolveSecret(
  given: SecretShape,
  path: readonly PropertyKey[],
  context: Resolving,
): Secret<string> | undefined {
  if (typeof given === "string") return secret(given);
  const read = context.readFile(given.file);
  if ("text" in read) return secret(read.text.replace(/\r?\n$/, ""));
  context.report({ path: [...path, "file"], message: read.error });
  return undefined;
}

/** A place where a name stands that must lead somewhere. */
export type Link = {
  readonly path: readonly PropertyKey[];
  readonly known: Readonly<Record<string, unknown>>;
  /** What the name is the name of. */
  readonly what: string;
};

/** Reports a name that is not among the known ones. */
export function reference(link: Link, name: string, context: Resolving): void {
  const { path, known, what } = link;
  if (Object.hasOwn(known, name)) return;
  const names = Object.keys(known);
  const near = nearest(name, names);
  const hint =
    near === undefined ? `known ${what}s: ${names.join(", ") || "none"}` : `did you mean ${near}?`;
  context.report({ path, message: `there is no ${what} ${JSON.stringify(name)}`, hint });
}
