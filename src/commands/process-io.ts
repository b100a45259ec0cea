// The real world behind `CommandIo`: this process's streams, environment and signals.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CommandIo } from "./io.ts";
import { err, ok, type Result } from "../lib/result.ts";

/** Builds the world of this process. */
export function processIo(): CommandIo {
  const stopping = new AbortController();
  let listening = false;
  return {
    stdout: (data) => void process.stdout.write(data),
    stderr: (data) => void process.stderr.write(data),
    env: process.env,
    cwd: process.cwd(),
    color: process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "",
    readFile: (path) => readWhole(resolve(process.cwd(), path)),
    stdin: () => Bun.stdin.bytes(),
    stop: () => {
      if (!listening) abortOnSignal(stopping);
      listening = true;
      return stopping.signal;
    },
    onHangup: (listener) => {
      process.on("SIGHUP", listener);
      return () => void process.off("SIGHUP", listener);
    },
  };
}

/** Waits until everything written has been handed to the operating system. */
export async function flushed(): Promise<void> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolveWrite) => stream.write("", () => resolveWrite()));
}

/** The handlers remove themselves at the first signal, so that a second one ends the process in the ordinary way. */
function abortOnSignal(stopping: AbortController): void {
  const stop = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    stopping.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

async function readWhole(path: string): Promise<Result<Uint8Array, string>> {
  try {
    return ok(await readFile(path));
  } catch (cause) {
    return err(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
