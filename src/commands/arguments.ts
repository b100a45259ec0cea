// Reads the options of a command line into a record, or says what is wrong with them. `node:util` has a parser, but
// loading it takes longer than the rest of a command's start.
import { nearest } from "../lib/nearest.ts";
import { err, ok, type Result } from "../lib/result.ts";

/** One option: a switch, or one that takes a value; with `multiple` it may be given several times. */
export type Option =
  { readonly type: "boolean" } | { readonly type: "string"; readonly multiple?: boolean };

/** The options a command knows, by their long names. */
export type Options = Readonly<Record<string, Option>>;

/** What was given for each option; absent when it was not given. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name] extends { readonly type: "boolean" }
    ? boolean
    : O[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

/** A command line that was understood; `positionals` are the words that belong to no option. */
export type Parsed<O extends Options> = {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
};

type Found = Record<string, boolean | string | string[]>;

/**
 * Reads `--name value`, `--name=value` and `--name`; after `--` everything is a word. Fails with one sentence for an
 * unknown option (naming the nearest known one), a missing or needless value, an option given twice that may not be,
 * or a word where `words` is false.
 */
export function parseOptions<const O extends Options>(
  args: readonly string[],
  options: O,
  words = false,
): Result<Parsed<O>, string> {
  const values: Found = {};
  const positionals: string[] = [];
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") positionals.push(...queue.splice(0));
    else if (!word.startsWith("-") || word === "-") positionals.push(word);
    else {
      const problem = readOption(word, queue, options, values);
      if (problem !== undefined) return err(problem);
    }
  }
  const [word] = positionals;
  if (!words && word !== undefined) return err(`unexpected argument '${word}'`);
  // `readOption` stores under each name what its row of `options` says; the compiler cannot follow that by itself.
  return ok({ values: values as Values<O>, positionals });
}

/** Reads one option, and its value from `queue` if it stands there. Returns what is wrong with it, if anything. */
function readOption(
  word: string,
  queue: string[],
  options: Options,
  values: Found,
): string | undefined {
  const [flag = word, ...parts] = word.split("=");
  const attached = parts.length > 0 ? parts.join("=") : undefined;
  const name = flag.slice(2);
  const option = flag.startsWith("--") && Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) return unknownOption(flag, options);
  if (option.type === "boolean") {
    if (attached !== undefined) return `option '${flag}' takes no value`;
    values[name] = true;
    return undefined;
  }
  const value = attached ?? detached(queue);
  if (value === undefined) return `option '${flag}' needs a value`;
  const stored = store(values[name], value, option.multiple === true);
  if (stored === undefined) return `option '${flag}' is given twice`;
  values[name] = stored;
  return undefined;
}

/** What an option holds after one more value; `undefined`: it has one already. */
function store(before: Found[string] | undefined, value: string, multiple: boolean) {
  if (multiple) return [...(Array.isArray(before) ? before : []), value];
  return before === undefined ? value : undefined;
}

/** Takes the next word as a value; one that looks like an option is not taken, and has to be attached by `=`. */
function detached(queue: string[]): string | undefined {
  const [next] = queue;
  return next === undefined || (next.startsWith("-") && next !== "-") ? undefined : queue.shift();
}

function unknownOption(flag: string, options: Options): string {
  const hint = nearest(
    flag,
    Object.keys(options).map((name) => `--${name}`),
  );
  return `unknown option '${flag}'${hint === undefined ? "" : `, did you mean '${hint}'?`}`;
}
