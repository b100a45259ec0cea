// Finds, reads and loads the config file: shared by `serve` and `check`.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { DEFAULT_FILES, locateConfig } from "../config/locate.ts";
import type { Problem } from "../config/problem.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { CommandIo } from "./io.ts";

/** What came of it. */
export type LoadedFile =
  | { readonly kind: "valid"; readonly file: string; readonly config: Config }
  | {
      readonly kind: "invalid";
      readonly file: string;
      readonly text: string;
      readonly problems: readonly Problem[];
    }
  /** No file, or one that cannot be read; `message` says so in a sentence. */
  | { readonly kind: "unreadable"; readonly message: string };

/** Loads the file that the option, the environment or the defaults name. */
export async function loadConfigFile(
  option: string | undefined,
  io: CommandIo,
): Promise<LoadedFile> {
  const exists = async (path: string): Promise<boolean> => (await io.readFile(path)).ok;
  const file = await locateConfig(option, io.env, exists);
  if (file === undefined) {
    const message = `no config file: give --config FILE, set RECLOSER_CONFIG, or write ${DEFAULT_FILES.join(" or ")}`;
    return { kind: "unreadable", message };
  }
  const read = await io.readFile(file);
  if (!read.ok) return { kind: "unreadable", message: read.error };
  const text = decode(read.value);
  if (text === undefined) return { kind: "unreadable", message: `${file} is not UTF-8 text` };
  const loaded = loadConfig(text, {
    file,
    env: io.env,
    readFile: (path) => readText(io.cwd, path),
  });
  return loaded.ok
    ? { kind: "valid", file, config: loaded.value }
    : { kind: "invalid", file, text, problems: loaded.error };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Secrets and certificates are few and small, and are read while the config is checked. */
function readText(cwd: string, path: string): Result<string, string> {
  try {
    return ok(readFileSync(resolve(cwd, path), "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return err(`cannot read ${path}: ${REASONS[code] ?? (code || "unknown error")}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this process may not read it",
  EISDIR: "it is a folder",
};
