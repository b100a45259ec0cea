// What all parts of resolving a config share: where files are read and problems reported, durations, secrets, references.
import { nearest } from "../lib/nearest.ts";
import type { Result } from "../lib/result.ts";
import { secret, type Secret } from "../lib/secret.ts";
import { ms, parseDuration, type Milliseconds } from "../lib/time.ts";
import type { Finding, Path } from "./problem.ts";
import type { Show } from "./show.ts";

/** What resolving needs from outside, and where it reports. */
export type Resolving = {
  /** Reads the file of a secret or a certificate; fails with a sentence that names the file. */
  readonly readFile: (path: string) => Result<string, string>;
  readonly report: (finding: Finding) => void;
  readonly show: Show;
  /** Whether something at a path, around it or below it did not fit the shape: it is reported, and left out here. */
  readonly isCut: (path: Path) => boolean;
  /** Names in the file, also those of entries that are wrong otherwise. */
  readonly names: Names;
};

/** Every name that another place of the file may refer to. */
export type Names = Readonly<
  Record<"providers" | "models" | "pools" | "aliases", readonly string[]>
>;

/** Text, or the file that holds it. */
export type SecretShape = string | { readonly file: string };

/** A duration that the shape has already checked, or its default. */
export function duration(text: string | undefined, fallbackMs: number): Milliseconds {
  if (text === undefined) return ms(fallbackMs);
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : ms(fallbackMs);
}

/** Everything that may stand in a header: no line breaks, no spaces, nothing that is not ASCII. */
const TOKEN = /^[!-~]+$/;

/** Unwraps `{ file: … }`; `undefined` after a report if there is nothing that could go into a header. */
export function resolveSecret(
  given: SecretShape,
  path: Path,
  context: Resolving,
): Secret<string> | undefined {
  if (typeof given === "string") return checkedSecret(given, path, context);
  const at = [...path, "file"];
  const read = context.readFile(given.file);
  if (read.ok) return checkedSecret(read.value.replace(/[\r\n]+$/, ""), at, context);
  context.report({ path: at, message: read.error });
  return undefined;
}

function checkedSecret(text: string, path: Path, context: Resolving): Secret<string> | undefined {
  if (TOKEN.test(text)) return secret(text);
  const inFile = path.at(-1) === "file" ? " in the file" : "";
  const message =
    text === ""
      ? `expected a secret${inFile}, but there is nothing`
      : `the secret${inFile} has a space, a line break or a character that is not ASCII`;
  context.report({ path, message, hint: "a secret is one word, as it goes into a header" });
  return undefined;
}

/** A place where a name stands that must lead somewhere. */
export type Link = {
  readonly path: Path;
  readonly known: readonly string[];
  /** What the name is the name of. */
  readonly what: string;
};

/** Reports a name that is not among the known ones. */
export function reference(link: Link, name: string, context: Resolving): void {
  const { path, known, what } = link;
  if (known.includes(name)) return;
  const message = `there is no ${what} ${context.show(path, name)}`;
  context.report({ path, message, hint: suggestion(name, known, `known ${what}s`) });
}

/** More names than this are not listed. */
const MOST_NAMES = 12;

/** The nearest name as a question, or all of them. */
export function suggestion(name: string, known: readonly string[], label: string): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  const listed = known.slice(0, MOST_NAMES).join(", ") || "none";
  return `${label}: ${listed}${known.length > MOST_NAMES ? ", …" : ""}`;
}
