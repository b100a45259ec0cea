// The file that keeps the health of everything across restarts (`state_file`).
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { keptHealth, restoreHealth } from "../gateway/health.ts";
import type { Runtime } from "../gateway/runtime.ts";
import { parseJson } from "../lib/json.ts";

/** A file at work. */
export type HealthFile = {
  /** Writes if anything changed since the last time. */
  readonly save: () => void;
};

/**
 * Puts the file's content into the runtime's cells, and from then on writes what changed. A file that is not there is a first start;
 * one that cannot be read or written is told by `log` and stands in nobody's way.
 */
export function openHealthFile(
  path: string,
  runtime: () => Runtime,
  log: (line: string) => void,
): HealthFile {
  let last = "";
  const clocks = (): { now: ReturnType<Runtime["now"]>; wall: number } => {
    const { now, wallNow } = runtime();
    return { now: now(), wall: wallNow() };
  };
  restore();
  return { save };

  function restore(): void {
    const text = readText(path, log);
    const document = text === undefined ? undefined : parseJson(text);
    if (document === undefined) return;
    if (!document.ok) return log(`recloser: state_file ${path} is no JSON and is not used`);
    const count = restoreHealth(runtime().cells, document.value.root, clocks());
    if (count > 0) log(`recloser: ${count} cooldowns and drains are as before the restart`);
  }

  function save(): void {
    const kept = keptHealth(runtime().cells, clocks());
    // Deadlines shift by a millisecond when clocks are read; that is no change.
    const essence = JSON.stringify(
      kept.map(({ until, ...rest }) => [rest, Math.round((until ?? 0) / 1000)]),
    );
    if (essence === last) return;
    try {
      // Whole or not at all, whenever the process dies.
      writeFileSync(`${path}.new`, `${JSON.stringify(kept, undefined, 1)}\n`);
      renameSync(`${path}.new`, path);
      last = essence;
    } catch (error) {
      log(`recloser: state_file ${path} cannot be written: ${reasonOf(error)}`);
      last = essence;
    }
  }
}

function readText(path: string, log: (line: string) => void): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const isNew = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isNew) log(`recloser: state_file ${path} cannot be read: ${reasonOf(error)}`);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
