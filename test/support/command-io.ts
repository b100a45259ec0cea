// A world for commands that run inside the test process: what they write is kept, what they read is given.
import { err, ok } from "../../src/lib/result.ts";
import type { CommandIo } from "../../src/commands/io.ts";

/** What the command finds. */
export type Given = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: Uint8Array;
  /** File contents by path, as the command names them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Aborting it is SIGTERM. */
  readonly stop?: AbortSignal;
};

/** A `CommandIo` that also tells what was written. */
export type RecordingIo = CommandIo & {
  /** Standard output so far, as text. */
  readonly out: () => string;
  /** Standard output so far, as bytes. */
  readonly bytes: () => Uint8Array;
  /** Standard error so far. */
  readonly errors: () => string;
};

/** Builds one. */
export function recordingIo(given: Given = {}): RecordingIo {
  const out: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  const bytes = (data: string | Uint8Array): Uint8Array =>
    typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
  const text = (chunks: readonly Uint8Array[]): string =>
    new TextDecoder().decode(Buffer.concat(chunks));
  return {
    stdout: (data) => void out.push(bytes(data)),
    stderr: (data) => void errors.push(bytes(data)),
    env: given.env ?? {},
    cwd: given.cwd ?? "/",
    color: false,
    readFile: (path) => {
      const file = given.files?.[path];
      return Promise.resolve(file === undefined ? err(`cannot read ${path}`) : ok(bytes(file)));
    },
    stdin: () => Promise.resolve(given.input ?? new Uint8Array()),
    stop: () => given.stop ?? new AbortController().signal,
    onHangup: () => () => {},
    out: () => text(out),
    bytes: () => Buffer.concat(out),
    errors: () => text(errors),
  };
}
