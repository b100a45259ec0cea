// Reads the options of a command line into a record, or says what is wrong with them.
import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearest } from "../lib/nearest.ts";
import { err, ok, type Result } from "../lib/result.ts";

/** The options a command knows, in the form of `node:util`'s `parseArgs`. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** The values found, typed by the options asked for; `positionals` are the words without a dash. */
export type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>
>;

/**
 * Parses `args` strictly: `--name value`, `--name=value` and the short forms of `options`. Fails with one sentence for
 * an unknown option (naming the nearest known one), a missing value, a value where none belongs, or a word that is no
 * option where `words` is false.
 */
export function parseOptions<O extends Options>(
  args: readonly string[],
  options: O,
  words = false,
): Result<Parsed<O>, string> {
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const [word] = parsed.positionals;
    if (!words && word !== undefined) return err(`unexpected argument '${word}'`);
    return ok(parsed);
  } catch (cause) {
    return err(explain(cause, options));
  }
}

/** Turns a `parseArgs` exception into our own wording; its codes are part of Node's documented interface. */
function explain(cause: unknown, options: Options): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const unknown = /Unknown option '([^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const known = Object.keys(options).map((name) => `--${name}`);
  const hint = nearest(unknown, known);
  return `unknown option '${unknown}'${hint === undefined ? "" : `, did you mean '${hint}'?`}`;
}
