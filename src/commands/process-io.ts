// The real world behind `CommandIo`: this process's streams, environment and signals. The streams of `process` are not
// used for writing, because making them takes longer than the rest of a command's start.
import { resolve } from "node:path";
import { EXIT, type CommandIo } from "./io.ts";
import { err, ok, type Result } from "../lib/result.ts";

/** The world of this process, and the way to leave it. */
export type ProcessIo = CommandIo & {
  /** Waits until everything written has been handed to the operating system. */
  readonly flushed: () => Promise<void>;
};

/** Builds the world of this process. */
export function processIo(): ProcessIo {
  const cwd = process.cwd();
  // A reader of standard output that has seen enough, such as `| head`, is no failure.
  const out = orderedWriter(Bun.stdout, () => process.exit(EXIT.ok));
  const errors = orderedWriter(Bun.stderr, () => {});
  return {
    stdout: out.write,
    stderr: errors.write,
    flushed: async () => {
      await Promise.all([out.drained(), errors.drained()]);
    },
    env: process.env,
    cwd,
    get color() {
      return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
    },
    readFile: (path) => readWhole(resolve(cwd, path)),
    stdin: () => Bun.stdin.bytes(),
    stop: stopSignal(),
    onHangup: (listener) => {
      process.on("SIGHUP", listener);
      return () => void process.off("SIGHUP", listener);
    },
  };
}

type Writer = {
  readonly write: (data: string | Uint8Array) => void;
  readonly drained: () => Promise<void>;
};

/** Writes one piece after the other; `onBroken` is called once a write fails, and nothing is written after that. */
function orderedWriter(file: Bun.BunFile, onBroken: () => void): Writer {
  let last: Promise<void> = Promise.resolve();
  let broken = false;
  const writeNow = async (data: string | Uint8Array): Promise<void> => {
    if (broken) return;
    try {
      await Bun.write(file, data);
    } catch {
      broken = true;
      onBroken();
    }
  };
  return {
    write: (data) => {
      const copy = typeof data === "string" ? data : data.slice();
      last = last.then(() => writeNow(copy));
    },
    drained: () => last,
  };
}

/**
 * Makes the function that returns the signal; its first call installs the handlers. They remove themselves at the first
 * signal, so that a second one ends the process in the ordinary way.
 */
function stopSignal(): () => AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    stopping.abort();
  };
  let listening = false;
  return () => {
    if (!listening) {
      process.on("SIGINT", stop);
      process.on("SIGTERM", stop);
    }
    listening = true;
    return stopping.signal;
  };
}

async function readWhole(path: string): Promise<Result<Uint8Array, string>> {
  try {
    return ok(await Bun.file(path).bytes());
  } catch (cause) {
    return err(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
