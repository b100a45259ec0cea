// Everything fenced in the README is executed, in order, in one fresh directory that is also HOME:
//   ```yaml NAME    is written to NAME and must pass `recloser check`, every ${VARIABLE} being set to something
//   ```yaml +NAME   is merged into NAME as it was given, and the result must pass
//   ```json         must parse
//   ```sh run       must succeed under `set -euo pipefail`
//   ```text         is shown only
// Any other kind fails, so that nothing escapes. `STUBS` lists what is not run for real, and why.
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "./support/binary.ts";
import { fences, type Fence } from "./support/fences.ts";

const DOCUMENTS = ["README.md"];
const ROOT = join(import.meta.dir, "..");

/** Programs that are replaced, by what: running them for real would need a network or root, or start this again. */
const STUBS: Readonly<Record<string, string>> = {
  // Downloads Bun and builds or tests the whole project; building leaves the executable under test.
  npx: `case "$*" in *"run build") mkdir -p dist && cp "$RECLOSER_BINARY_UNDER_TEST" dist/recloser;; esac`,
  // Changes the machine's services.
  sudo: "true",
  systemctl: "true",
};

type Workshop = { readonly folder: string; readonly env: Readonly<Record<string, string>> };

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function openWorkshop(executable: string, blocks: readonly Fence[]): Workshop {
  const folder = mkdtempSync(join(tmpdir(), "recloser-readme-"));
  folders.push(folder);
  const stubs = join(folder, ".stubs");
  mkdirSync(stubs);
  for (const [name, script] of Object.entries(STUBS)) {
    writeFileSync(join(stubs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(stubs, name), 0o755);
  }
  const variables = blocks.flatMap(({ text }) =>
    [...text.matchAll(/\$\{(\w+)/g)].map((found) => [found[1] ?? "", "dummy-value"] as const),
  );
  const path = [stubs, join(folder, ".local", "bin"), process.env["PATH"] ?? ""].join(":");
  return {
    folder,
    env: {
      ...Object.fromEntries(variables),
      PATH: path,
      HOME: folder,
      RECLOSER_BINARY_UNDER_TEST: executable,
    },
  };
}

/** Runs a program and throws its output when it fails. */
async function run(workshop: Workshop, command: readonly string[], what: string): Promise<void> {
  const child = Bun.spawn([...command], {
    cwd: workshop.folder,
    env: workshop.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, problems, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`${what} exits with ${exitCode}\n${out}${problems}`);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merge(base: unknown, part: unknown): unknown {
  if (!isMapping(base) || !isMapping(part)) return part;
  const merged = Object.entries(part).map(
    ([key, value]) => [key, merge(base[key], value)] as const,
  );
  return { ...base, ...Object.fromEntries(merged) };
}

/** Writes the config that a block shows, or its merger with the one it adds to, and returns the name of the file. */
function writeConfig(workshop: Workshop, { info, text }: Fence): string {
  if (!info.startsWith("+")) {
    writeFileSync(join(workshop.folder, info), text);
    return info;
  }
  const base = Bun.YAML.parse(readFileSync(join(workshop.folder, info.slice(1)), "utf8"));
  const name = `merged-${info.slice(1)}`;
  const merged = merge(base, Bun.YAML.parse(text));
  writeFileSync(join(workshop.folder, name), Bun.YAML.stringify(merged));
  return name;
}

async function execute(workshop: Workshop, executable: string, block: Fence): Promise<void> {
  const kind = `${block.language} ${block.info}`.trim();
  if (kind === "text") return;
  if (kind === "json") {
    JSON.parse(block.text);
  } else if (kind === "sh run") {
    await run(workshop, ["bash", "-euo", "pipefail", "-c", block.text], block.text);
  } else if (/^yaml \+?[\w-]+\.yaml$/.test(kind)) {
    const name = writeConfig(workshop, block);
    await run(workshop, [executable, "check", "--config", name], `recloser check of ${name}`);
  } else {
    throw new Error(`a block of kind "${kind}", which nothing checks`);
  }
}

test.each(DOCUMENTS)(
  "everything that %s shows works",
  async (document) => {
    const blocks = fences(readFileSync(join(ROOT, document), "utf8"));
    expect(blocks.length).toBeGreaterThan(0);
    const executable = await binary();
    const workshop = openWorkshop(executable, blocks);
    for (const block of blocks) {
      try {
        await execute(workshop, executable, block);
      } catch (cause) {
        throw new Error(`${document}:${block.line}`, { cause });
      }
    }
  },
  60_000,
);

test("the README says the two commands that do everything", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  expect(readme).toContain("\nnpx -y bun@1.4.5 run demo -- --once\n");
  expect(readme).toContain("\nnpx -y bun@1.4.5 run test\n");
});

test("a block ends at a fence at least as long as its own, and knows its line", () => {
  const text = "a\n````md x y\n```sh\n```\n````\n```\nb\n```\n";
  expect(fences(text)).toEqual([
    { language: "md", info: "x y", text: "```sh\n```\n", line: 2 },
    { language: "", info: "", text: "b\n", line: 6 },
  ]);
});

test.each([
  { kind: "sh run", text: "false | true\n", problem: "exits with 1" },
  { kind: "json", text: "{", problem: "JSON" },
  { kind: "python", text: "", problem: "which nothing checks" },
])("a broken block of kind $kind is noticed", async ({ kind, text, problem }) => {
  const [language = "", info = ""] = kind.split(" ");
  const workshop = openWorkshop("/bin/false", []);
  await expect(execute(workshop, "/bin/false", { language, info, text, line: 1 })).rejects.toThrow(
    problem,
  );
});

test("a part of a config is merged into the whole before it is checked", () => {
  const workshop = openWorkshop("/bin/true", []);
  const block = (info: string, text: string): Fence => ({ language: "yaml", info, text, line: 1 });
  writeConfig(workshop, block("a.yaml", "listen: x\nauth: { mode: none, other: 1 }\n"));
  const name = writeConfig(
    workshop,
    block("+a.yaml", "auth: { mode: keys }\nadmin: { token: t }\n"),
  );
  expect(Bun.YAML.parse(readFileSync(join(workshop.folder, name), "utf8"))).toEqual({
    listen: "x",
    auth: { mode: "keys", other: 1 },
    admin: { token: "t" },
  });
});
