// The layering rules of docs/architecture.md, held against the real tree; and one planted violation of each, because a
// rule that nobody has seen fail may not work.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { violations, type Source, type Surroundings } from "./support/architecture.ts";
import { readSource } from "./support/source-text.ts";

const ROOT = join(import.meta.dir, "..");

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}

function textsBelow(folder: string, suffix: string): readonly Source[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith(suffix))
    .map((path) => ({ path, text: readFileSync(join(ROOT, folder, path), "utf8") }));
}

const sources = textsBelow("src", ".ts");

const surroundings: Surroundings = {
  tests: textsBelow("test", ".test.ts"),
  records: filesBelow("docs/adr").flatMap((name) => /^\d{4}(?=-.*\.md$)/.exec(name) ?? []),
};

/**
 * Places where the letters of a protocol's name mean something else: the service in an AWS signature, the vendor that
 * owns a file id, the prefix of a tag that vendors put on reasoning.
 */
const OTHER_MEANINGS: readonly string[] = [
  "gateway/authorize.ts: protocol names: bedrock",
  "protocols/kit/claude-vendor.ts: protocol names: anthropic",
  "protocols/kit/media.ts: protocol names: openai",
  "protocols/kit/openai-vendor.ts: protocol names: openai",
  "protocols/openai/reasoning-decode.ts: protocol names: anthropic",
];

test("the tree breaks no rule, and every listed exception is still needed", () => {
  expect(sources.length).toBeGreaterThan(0);
  const found = violations(sources, surroundings).map(
    ({ rule, path, detail }) => `${path}: ${rule}: ${detail}`,
  );
  expect(found.filter((line) => !OTHER_MEANINGS.includes(line))).toEqual([]);
  expect(OTHER_MEANINGS.filter((line) => !found.includes(line))).toEqual([]);
});

test("decision records cited in tests and documents exist", () => {
  const texts = ["test", "bench", "docs", "config"].flatMap((folder) =>
    filesBelow(folder)
      .filter((path) => /\.(?:ts|md|yaml)$/.test(path) && path !== "architecture.test.ts")
      .map((path) => join(ROOT, folder, path)),
  );
  const cited = texts.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/\badr\/(\d{4})/g)].map((found) => found[1] ?? ""),
  );
  expect(cited.filter((number) => !surroundings.records.includes(number))).toEqual([]);
});

/** The least text that breaks no rule. */
const HEAD = "// Owns something.\n";
const lines = (count: number): string => `${HEAD}${"\n".repeat(count)}const x = 1;\n`;

const PLANTED: readonly {
  readonly rule: string;
  readonly path: string;
  readonly text: string;
  readonly others?: readonly Source[];
}[] = [
  { rule: "rank", path: "lib/a.ts", text: `import { b } from "../wire/b.ts";` },
  { rule: "rank", path: "lib/a.ts", text: `import type { B } from "../wire/b.ts";` },
  { rule: "rank", path: "routing/a.ts", text: `export { b } from "../governance/b.ts";` },
  { rule: "rank", path: "gateway/a.ts", text: `const b = () => import("../store/b.ts");` },
  { rule: "rank", path: "gateway/a.ts", text: `import { b } from "../config/b.ts";` },
  { rule: "rank", path: "mock/a.ts", text: `import { b } from "../http/b.ts";` },
  { rule: "rank", path: "http/a.ts", text: `import { b } from "../runtime.ts";` },
  { rule: "rank", path: "store/a.ts", text: `import { b } from "../commands/b.ts";` },
  { rule: "rank", path: "http/a.ts", text: `import { b } from "../../test/b.ts";` },
  { rule: "rank", path: "http/a.ts", text: `import b from "../../config/providers.yaml";` },
  { rule: "rank", path: "utils/a.ts", text: "" },
  {
    rule: "main is imported by nobody",
    path: "commands/a.ts",
    text: `import { b } from "../main.ts";`,
  },
  {
    rule: "protocols do not see each other",
    path: "protocols/gemini/a.ts",
    text: `import { b } from "../openai/wire.ts";`,
  },
  {
    rule: "only the registry sees a protocol, and only its index",
    path: "gateway/a.ts",
    text: `import { b } from "../protocols/openai/index.ts";`,
  },
  {
    rule: "only the registry sees a protocol, and only its index",
    path: "protocols/registry.ts",
    text: `import { b } from "./openai/wire.ts";`,
  },
  {
    rule: "only the registry sees a protocol, and only its index",
    path: "protocols/kit/a.ts",
    text: `import { b } from "../openai/index.ts";`,
  },
  {
    rule: "a protocol does not see the registry",
    path: "protocols/openai/a.ts",
    text: `import { b } from "../registry.ts";`,
  },
  {
    rule: "policies do not see each other",
    path: "routing/policies/cost.ts",
    text: `import { b } from "./weighted.ts";`,
  },
  {
    rule: "policies do not see each other",
    path: "routing/policies/cost.ts",
    text: `import { b } from "./index.ts";`,
  },
  {
    rule: "stores do not see each other",
    path: "store/memory.ts",
    text: `import { b } from "./sqlite-schema.ts";`,
  },
  { rule: "package home", path: "gateway/a.ts", text: `import { Hono } from "hono";` },
  { rule: "package home", path: "http/a.ts", text: `import { z } from "zod/v4";` },
  { rule: "package home", path: "commands/a.ts", text: `import { parse } from "yaml";` },
  { rule: "package home", path: "http/a.ts", text: `import { Database } from "bun:sqlite";` },
  { rule: "package home", path: "gateway/a.ts", text: `const a = Bun.sql;` },
  { rule: "package home", path: "http/a.ts", text: `import { dlopen } from "bun:ffi";` },
  { rule: "package home", path: "wire/a.ts", text: `import { inflate } from "node:zlib";` },
  { rule: "package home", path: "http/a.ts", text: `import a from "@scope/unknown/deep";` },
  { rule: "purity", path: "cache/a.ts", text: `const a = fetch("http://x");` },
  { rule: "purity", path: "routing/a.ts", text: `const a = Date.now();` },
  { rule: "purity", path: "lib/a.ts", text: `const a = new Date();` },
  { rule: "purity", path: "ir/a.ts", text: `const a = performance.now();` },
  { rule: "purity", path: "wire/a.ts", text: `const a = Math.random();` },
  { rule: "purity", path: "governance/a.ts", text: `const a = crypto.randomUUID();` },
  { rule: "purity", path: "protocols/a.ts", text: `setTimeout(f, 1);` },
  { rule: "purity", path: "lib/a.ts", text: `const a = process.env;` },
  { rule: "purity", path: "lib/a.ts", text: "const a = `${console.log(1)}`;" },
  { rule: "purity", path: "lib/a.ts", text: `const a = Bun.version;` },
  { rule: "synchronous", path: "wire/a.ts", text: `const a = async (x: A) => x;` },
  { rule: "synchronous", path: "routing/a.ts", text: `type A = Promise<void>;` },
  { rule: "400 lines", path: "http/a.ts", text: lines(400) },
  { rule: "no export *", path: "http/a.ts", text: `export * from "./b.ts";` },
  { rule: "no side-effect import", path: "http/a.ts", text: `import "./b.ts";` },
  { rule: "dynamic imports are literal", path: "http/a.ts", text: "const a = () => import(b);" },
  { rule: "no top-level await", path: "http/a.ts", text: "const a = await b();" },
  { rule: "documented exports", path: "http/a.ts", text: "export const a = 1;" },
  { rule: "protocol names", path: "gateway/a.ts", text: `const a = b === "bedrock";` },
  { rule: "protocol names", path: "protocols/openai/a.ts", text: `const a = "cohere";` },
  { rule: "protocol names", path: "protocols/kit/a.ts", text: `const a = "gemini";` },
  { rule: "decision records", path: "http/a.ts", text: `// docs/adr/9999-never-written.md` },
  { rule: "mirrored test", path: "wire/untested.ts", text: "function a() {}" },
  {
    rule: "no cycles",
    path: "http/a.ts",
    text: `import { b } from "./b.ts";`,
    others: [{ path: "http/b.ts", text: `${HEAD}import { a } from "./a.ts";` }],
  },
];

const NOTHING_AROUND: Surroundings = { tests: [], records: ["0001"] };

describe("each rule fires on a planted violation", () => {
  test.each(PLANTED)("$rule, in $path", ({ rule, path, text, others = [] }) => {
    const planted = [{ path, text: HEAD + text }, ...others];
    const fired = violations(planted, NOTHING_AROUND).map((violation) => violation.rule);
    expect(fired).toContain(rule);
  });

  test("the rule about headers fires on a file that starts with code", () => {
    const found = violations([{ path: "http/a.ts", text: "const a = 1;" }], NOTHING_AROUND);
    expect(found.map(({ rule }) => rule)).toEqual(["header"]);
  });
});

const CLEAN: readonly Source[] = [
  { path: "gateway/a.ts", text: `import { b } from "../wire/b.ts"; import { c } from "./c.ts";` },
  { path: "http/app.ts", text: `import { Hono } from "hono/tiny";` },
  { path: "http/admin.ts", text: `import { z } from "zod";` },
  { path: "config/catalogue.ts", text: `import data from "../../config/providers.yaml";` },
  { path: "wire/tested.ts", text: `import { createHash } from "node:crypto"; function a() {}` },
  { path: "wire/tested-small-parts.ts", text: "function a() {}" },
  { path: "ir/types.ts", text: "type A = (a: number) => void;\n" },
  { path: "protocols/registry.ts", text: `import { openai } from "./openai/index.ts";` },
  { path: "protocols/openai/a.ts", text: `const a = "openai";` },
  { path: "store/sqlite.ts", text: `import { a } from "./sqlite-schema.ts"; Bun.sql;` },
  { path: "lib/a.ts", text: `// fetch(x), Date.now()\nconst a = "process.env" + b.process.c;` },
  { path: "lib/b.ts", text: 'const a = /"Bun.x/ ; const b = `console.log`; // setTimeout' },
  {
    path: "http/b.ts",
    text: `// docs/adr/0001-some-decision.md\nasync function a() {\n  await b();\n}`,
  },
  { path: "http/c.ts", text: `/** Documented. */\nexport const a = 1;` },
];

test.each(CLEAN)("nothing fires on $path: $text", ({ path, text }) => {
  const tests = [{ path: path.replace(/(?:-small-parts)?\.ts$/, ".test.ts"), text: "" }];
  const found = violations([{ path, text: HEAD + text }], { ...NOTHING_AROUND, tests });
  expect(found).toEqual([]);
});

test("a file that a test in the mirrored folder imports is covered, one that another folder's test imports is not", () => {
  const source = { path: "wire/a.ts", text: `${HEAD}function a() {}` };
  const covers = (path: string, specifier: string): boolean => {
    const tests = [{ path, text: `import { a } from "${specifier}";` }];
    return violations([source], { ...NOTHING_AROUND, tests }).length === 0;
  };
  expect(covers("wire/whole.test.ts", "../../src/wire/a.ts")).toBe(true);
  expect(covers("lib/whole.test.ts", "../../src/wire/a.ts")).toBe(false);
});

test.each([
  { text: `a / b / c; "x"`, code: `a / b / c;    `, strings: ["x"] },
  { text: `return /"[/"]/g.test(a)`, code: `return         .test(a)`, strings: [] },
  { text: "`a${b(`${c}`)}d` // e", code: "` ${b(`${c}`)} `     ", strings: [] },
  { text: "`${{ a: '}' }.a}`;'b'", code: "`${{ a:     }.a}`;   ", strings: ["}", "b"] },
  { text: `/* "a" */ 'it\\'s'`, code: `                 `, strings: ["it\\'s"] },
])("the scanner reads $text", ({ text, code, strings }) => {
  const seen = readSource(text);
  expect(seen.code).toBe(code);
  expect(seen.strings).toEqual([...strings]);
});
