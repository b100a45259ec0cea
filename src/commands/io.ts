// What a command may touch of the outside world. Commands receive it as an argument, so that a test can run them in
// its own process with its own streams, environment and signals.
import type { Result } from "../lib/result.ts";

/** Exit codes of every command. */
export const EXIT = {
  /** It worked, or the answer is yes. */
  ok: 0,
  /** It was understood and tried, and the answer is no. */
  no: 1,
  /** The command line itself is wrong. */
  usage: 2,
} as const;

/** The world as a command sees it. */
export type CommandIo = {
  /** Writes to standard output, text or raw bytes; the program waits for the last byte before it exits. */
  readonly stdout: (data: string | Uint8Array) => void;
  /** Writes to standard error. */
  readonly stderr: (data: string | Uint8Array) => void;
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths are resolved against. */
  readonly cwd: string;
  /** Whether colour may be printed: standard output is a terminal and `NO_COLOR` is not set. */
  readonly color: boolean;
  /** Reads a whole file, its path relative to `cwd`; fails with a sentence that names the file and the reason. */
  readonly readFile: (path: string) => Promise<Result<Uint8Array, string>>;
  /** Reads standard input to its end. */
  readonly stdin: () => Promise<Uint8Array>;
  /**
   * Aborts at the first SIGINT or SIGTERM. The handlers are installed by the first call, so a command that never asks
   * still dies by the signal; a second signal always ends the process at once.
   */
  readonly stop: () => AbortSignal;
  /** Calls `listener` at each SIGHUP; returns the function that removes it again. */
  readonly onHangup: (listener: () => void) => () => void;
};

/** What every file in this folder that is a command exports. */
export type CommandModule = {
  /** Runs the command with the arguments after its name and returns the exit code. */
  readonly run: (args: readonly string[], io: CommandIo) => Promise<number>;
};
