// The test command: builds the executable for the end-to-end tests, runs every test file in random order, each in a
// process and a global object of its own, and ends with one line that says how many passed and failed.
import { availableParallelism } from "node:os";
import { buildHere } from "../build.ts";

/** More workers than this make the end-to-end tests, which start processes themselves, wait for each other. */
const MAX_WORKERS = 4;

/** What `bun test` counted. */
type Totals = { readonly passed: number; readonly failed: number };

/** Builds the executable; returns the error as text if that fails, because the other tests are still worth running. */
async function build(): Promise<{ readonly path: string } | { readonly problem: string }> {
  try {
    return { path: await buildHere() };
  } catch (cause) {
    return { problem: Bun.inspect(cause) };
  }
}

async function runTests(
  patterns: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Totals> {
  const workers = Math.min(availableParallelism(), MAX_WORKERS);
  const child = Bun.spawn(
    [
      process.execPath,
      "test",
      "--randomize",
      `--parallel=${workers}`,
      "--only-failures",
      ...patterns,
    ],
    { env: { ...process.env, ...env }, stdout: "inherit", stderr: "pipe" },
  );
  let report = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    report += decoder.decode(chunk, { stream: true });
  }
  return totals(report, await child.exited);
}

/** Reads the summary; a run that failed without saying so, such as a crash, counts as one failure. */
function totals(report: string, exitCode: number): Totals {
  const count = (word: string): number =>
    Number(
      report
        .match(new RegExp(`^ *(\\d+) ${word}$`, "gm"))
        ?.at(-1)
        ?.trim()
        .split(" ")[0] ?? 0,
    );
  const [passed, failed, skipped] = [count("pass"), count("fail"), count("skip")];
  if (skipped > 0) console.log(`${skipped} skipped`);
  return { passed, failed: exitCode === 0 ? failed : Math.max(failed, 1) };
}

const built = await build();
const counted = await runTests(
  process.argv.slice(2),
  "path" in built ? { RECLOSER_BINARY: built.path } : {},
);
if ("problem" in built) console.error(`The executable cannot be built:\n${built.problem}`);
const failed = counted.failed + ("problem" in built ? 1 : 0);
console.log(`${counted.passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
