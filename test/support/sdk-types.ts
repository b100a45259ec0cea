// The vendors' own types as judges of what we send: requests are written down as literals of the SDK's parameter type, and the
// type checker says which of them the vendor would not have let a caller write (translation.md 0.1 ACCEPT).
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../src/lib/json.ts";

const MODULES = join(import.meta.dir, "..", "..", "node_modules");

/** A request with the name under which a fault is told. */
export type Literal = { readonly name: string; readonly body: Json };

/** Checks requests against the type `Body`, which the source `type` declares. Returns a line for each fault. */
export async function typeFaults(
  type: string,
  literals: readonly Literal[],
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "recloser-types-"));
  try {
    symlinkSync(MODULES, join(folder, "node_modules"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS }));
    const head = `${type.trim().replaceAll("\n", " ")}\n`;
    const lines = literals.map(
      ({ body }, at) => `export const r${at}: Body = ${JSON.stringify(shortened(body))};\n`,
    );
    writeFileSync(join(folder, "requests.ts"), head + lines.join(""));
    const output = await check(folder);
    return output.split("\n").flatMap((line) => {
      const [, row, message] = /^requests\.ts\((\d+),\d+\): error (.*)$/.exec(line) ?? [];
      const name = literals[Number(row) - 2]?.name ?? "the type itself";
      return message === undefined ? [] : [`${name}: ${message}`];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const OPTIONS = {
  target: "ESNext",
  module: "Preserve",
  moduleResolution: "Bundler",
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

async function check(folder: string): Promise<string> {
  const flags = ["--no-script", "--no-pretty", "--all"];
  const child = Bun.spawn([process.execPath, "check", ...flags, "-p", folder], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [told, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  const output = `${told}\n${errors}`;
  // Whatever else it might say, without this line nothing was checked.
  if (!/checked \d+ files|No type errors|Found \d+ errors?/.test(output)) throw new Error(output);
  return output;
}

/** Longest text that the checker is given whole; what a text says has no type. */
const LONG = 200;

function shortened(value: Json): Json {
  if (typeof value === "string") return value.length > LONG ? value.slice(0, LONG) : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}
