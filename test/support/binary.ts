// The compiled executable under test. The test runner builds it once and names it; a single test file builds its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHere } from "../../build.ts";

let own: Promise<string> | undefined;

/** The path of an executable built from the present sources. */
export function binary(): Promise<string> {
  const given = process.env["RECLOSER_BINARY"];
  own ??= given === undefined ? buildOwn() : Promise.resolve(given);
  return own;
}

function buildOwn(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "recloser-binary-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return buildHere(join(folder, "recloser"));
}
