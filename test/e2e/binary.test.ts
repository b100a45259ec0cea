// The compiled executable as a user meets it on the command line.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";
import { binary } from "../support/binary.ts";

const folder = mkdtempSync(join(tmpdir(), "recloser-e2e-"));
let executable = "";

beforeAll(async () => {
  executable = await binary();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const child = Bun.spawn([executable, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, errors, code };
}

test("version tells the commit and the target that it was built for", async () => {
  const { out, code } = await run("version", "--json");
  const info: unknown = JSON.parse(out);
  expect(info).toEqual({
    version,
    commit: expect.stringMatching(/^(?:[0-9a-f]{12,40}(?:-dirty)?|unknown)$/),
    bun: Bun.version,
    target: expect.stringMatching(/^(?:linux|darwin|windows)-(?:x64|arm64)(?:-musl)?$/),
  });
  expect(code).toBe(0);
});

test.each([
  { args: ["--help"], code: 0 },
  { args: ["keygen"], code: 0 },
  { args: ["check", "--config", "absent.yaml"], code: 1 },
  { args: ["check", "--confg", "absent.yaml"], code: 2 },
  { args: ["chek"], code: 2 },
])("recloser $args exits with $code", async ({ args, code }) => {
  expect((await run(...args)).code).toBe(code);
});

test("the source map is kept apart, beside the executable", () => {
  expect(existsSync(`${executable}.map`)).toBe(true);
});

test("a .env or bunfig.toml in the working directory changes nothing", async () => {
  writeFileSync(join(folder, ".env"), "RECLOSER_CONFIG=from-dot-env.yaml\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./absent.ts"]\n');
  const { errors, out, code } = await run("check");
  expect(code).toBe(1);
  expect(out + errors).not.toContain("from-dot-env");
  expect(out + errors).not.toContain("absent.ts");
});
