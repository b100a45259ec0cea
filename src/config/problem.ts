// What is wrong with a config file, said so that it can be mended: place, expectation, hint.

/** One problem. */
export type Problem = {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Dotted path, for example `pools.fast.members.0.weight`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** How it could be mended. */
  readonly hint?: string;
};

/** A problem before its place in the file was looked up. */
export type Finding = {
  readonly path: readonly PropertyKey[];
  /** The place of the key instead of its value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint?: string;
};

/** `pools.fast.members.0` */
export function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
