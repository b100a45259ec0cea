// Finds the folder of shared test data (recorded traffic, vectors), which is not part of the project.
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = process.env["RECLOSER_SHARED"] ?? join(import.meta.dir, "..", "..", "..", "shared");

/** Path below the shared folder, or `undefined`, said in one line, when it is not there. */
export function shared(...segments: readonly string[]): string | undefined {
  const path = join(ROOT, ...segments);
  if (existsSync(path)) return path;
  console.log(`skipped: no shared data at ${segments.join("/")} (set RECLOSER_SHARED)`);
  return undefined;
}
