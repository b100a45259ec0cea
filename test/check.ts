// Every static check at once: types, format, lint, dead code and layering. Prints the full output of what failed.
import { join } from "node:path";

const BUN = process.execPath;
/** Tools run on Bun itself, so that the version of Node on the machine does not matter. */
const tool = (name: string): string => join("node_modules", ".bin", name);

const CHECKS = [
  { name: "types", command: [BUN, "check", "--no-script"] },
  { name: "format", command: [BUN, "fmt", "--no-script", "--check", "."] },
  { name: "lint", command: [BUN, "--bun", tool("oxlint"), "--type-aware", "--deny-warnings"] },
  { name: "dead code", command: [BUN, "--bun", tool("knip"), "--treat-config-hints-as-errors"] },
  { name: "layering", command: [BUN, "test", "--only-failures", "test/architecture.test.ts"] },
] as const;

type Outcome = { readonly name: string; readonly seconds: number; readonly output?: string };

/** Runs one check; `output` is there when it failed. */
async function run(name: string, command: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, problems, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  const seconds = (performance.now() - started) / 1000;
  return exitCode === 0 ? { name, seconds } : { name, seconds, output: `${out}${problems}` };
}

const outcomes = await Promise.all(CHECKS.map(({ name, command }) => run(name, command)));
for (const { name, output } of outcomes) {
  if (output !== undefined) console.log(`--- ${name}\n${output.trimEnd()}\n`);
}
for (const { name, seconds, output } of outcomes) {
  const verdict = output === undefined ? "ok" : "FAILED";
  console.log(`${name.padEnd(10)} ${verdict.padEnd(6)} ${seconds.toFixed(1)} s`);
}
process.exit(outcomes.every(({ output }) => output === undefined) ? 0 : 1);
