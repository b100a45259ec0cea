// What is wrong with a config file, said so that it can be mended: place, expectation, hint.

/** One problem. */
export type Problem = {
  readonly file: string;
  /** Both from 1; the column counts UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** Dotted path, for example `pools.fast.members.0.weight`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** How it could be mended. */
  readonly hint?: string;
};

/** Keys and list indexes from the root to a place. */
export type Path = readonly PropertyKey[];

/** A problem before its place in the file was looked up. */
export type Finding = {
  readonly path: Path;
  /** The place of the key instead of its value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint?: string;
};

/** `pools.fast.members.0`; keys that have a dot of their own are quoted. */
export function dotted(path: Path): string {
  return path
    .map(shortKey)
    .map((key) => (/^[^."\s]+$/.test(key) ? key : JSON.stringify(key)))
    .join(".");
}

/** A key as it is shown: to its first space, because behind it may stand a value whose colon was forgotten. */
export function shortKey(key: PropertyKey): string {
  const [first = "", ...rest] = String(key).split(/\s+/);
  return rest.length === 0 ? first : `${first} …`;
}
