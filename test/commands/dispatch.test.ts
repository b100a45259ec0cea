import { describe, expect, test } from "bun:test";
import { dispatch, readInvocation } from "../../src/commands/dispatch.ts";
import { COMMAND_NAMES } from "../../src/commands/help.ts";
import { version } from "../../package.json";
import { recordingIo } from "../support/command-io.ts";

describe("reading the command line", () => {
  test.each([
    { args: [], expected: { kind: "run", name: "serve", args: [] } },
    { args: ["--config", "x"], expected: { kind: "run", name: "serve", args: ["--config", "x"] } },
    { args: ["check", "-x"], expected: { kind: "run", name: "check", args: ["-x"] } },
    { args: ["mock", "-h"], expected: { kind: "help", name: "mock" } },
    { args: ["--version"], expected: { kind: "run", name: "version", args: [] } },
    { args: ["-h"], expected: { kind: "overview" } },
    { args: ["--config", "x", "--help"], expected: { kind: "help", name: "serve" } },
    { args: ["server"], expected: { kind: "unknown", word: "server" } },
  ] as const)("$args", ({ args, expected }) => {
    expect(readInvocation(args)).toEqual(expected);
  });
});

test.each(COMMAND_NAMES)("%s --help prints how it is used and succeeds", async (name) => {
  const io = recordingIo();
  expect(await dispatch([name, "--help"], io)).toBe(0);
  expect(io.out()).toStartWith(`Usage: recloser ${name === "serve" ? "[serve]" : name}`);
  expect(io.errors()).toBe("");
});

test("the overview names every command", async () => {
  const io = recordingIo();
  expect(await dispatch(["--help"], io)).toBe(0);
  for (const name of COMMAND_NAMES) expect(io.out()).toContain(`\n  ${name} `);
});

test.each([
  { word: "chek", hint: "did you mean 'check'?" },
  { word: "sevre", hint: "did you mean 'serve'?" },
  { word: "frobnicate", hint: undefined },
])("the unknown command $word exits with 2", async ({ word, hint }) => {
  const io = recordingIo();
  expect(await dispatch([word], io)).toBe(2);
  expect(io.out()).toBe("");
  expect(io.errors()).toContain(`unknown command '${word}'`);
  expect(io.errors().includes("did you mean")).toBe(hint !== undefined);
  expect(io.errors()).toContain(hint ?? "Try 'recloser --help'");
});

test.each(["version", "keygen"])("%s refuses what it does not know, with 2", async (name) => {
  const io = recordingIo();
  expect(await dispatch([name, "--jsno"], io)).toBe(2);
  expect(io.errors()).toContain("unknown option '--jsno', did you mean '--json'?");
  expect(await dispatch([name, "extra"], recordingIo())).toBe(2);
});

test("version prints the package's version, as a sentence or as JSON", async () => {
  const sentence = recordingIo();
  expect(await dispatch(["version"], sentence)).toBe(0);
  expect(sentence.out()).toStartWith(`recloser ${version} (commit `);
  expect(sentence.out()).toContain(`Bun ${Bun.version}`);
  const json = recordingIo();
  expect(await dispatch(["version", "--json"], json)).toBe(0);
  const info: unknown = JSON.parse(json.out());
  expect(info).toEqual({
    version,
    commit: expect.any(String),
    bun: Bun.version,
    target: expect.any(String),
  });
});

test("keygen prints 256 fresh random bits alone on standard output", async () => {
  const tokens = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const io = recordingIo();
    expect(await dispatch(["keygen"], io)).toBe(0);
    // 32 bytes are 43 characters of unpadded base64url (RFC 4648 section 5).
    expect(io.out()).toMatch(/^rk-[A-Za-z0-9_-]{43}\n$/);
    expect(io.errors()).toContain("tokens:");
    tokens.add(io.out());
  }
  expect(tokens.size).toBe(3);
});

test("help names the nearest command where it does not know one", async () => {
  const io = recordingIo();
  expect(await dispatch(["help", "translat"], io)).toBe(2);
  expect(io.errors()).toContain("did you mean 'translate'?");
});

test("serve says which file of the config cannot be opened, and exits with 1", async () => {
  const config = [
    "listen: 127.0.0.1:0",
    "providers: { openai: { api_key: x } }",
    "responses_store: { sqlite: /no/such/folder/store.db }",
  ];
  const io = recordingIo({ files: { "/c.yaml": config.join("\n") } });
  expect(await dispatch(["serve", "--config", "/c.yaml"], io)).toBe(1);
  expect(io.errors()).toContain("responses_store: /no/such/folder/store.db cannot be opened");
});
