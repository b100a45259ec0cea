import { expect, test } from "bun:test";
import { parseOptions } from "../../src/commands/arguments.ts";

const OPTIONS = {
  config: { type: "string" },
  fault: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

test.each([
  { args: [], values: {} },
  { args: ["--json"], values: { json: true } },
  { args: ["--config", "a b"], values: { config: "a b" } },
  { args: ["--config=a=b"], values: { config: "a=b" } },
  { args: ["--config="], values: { config: "" } },
  { args: ["--config", "-"], values: { config: "-" } },
  { args: ["--config=-x"], values: { config: "-x" } },
  { args: ["--fault", "a", "--json", "--fault=b"], values: { fault: ["a", "b"], json: true } },
])("$args is understood", ({ args, values }) => {
  expect(parseOptions(args, OPTIONS)).toEqual({ ok: true, value: { values, positionals: [] } });
});

test.each([
  { args: ["--confg", "x"], error: "unknown option '--confg', did you mean '--config'?" },
  { args: ["--completely-else"], error: "unknown option '--completely-else'" },
  { args: ["-j"], error: "unknown option '-j'" },
  { args: ["--constructor"], error: "unknown option '--constructor'" },
  { args: ["--config"], error: "option '--config' needs a value" },
  { args: ["--config", "--json"], error: "option '--config' needs a value" },
  { args: ["--json=yes"], error: "option '--json' takes no value" },
  { args: ["--config", "a", "--config", "b"], error: "option '--config' is given twice" },
  { args: ["stray"], error: "unexpected argument 'stray'" },
  { args: ["--", "--json"], error: "unexpected argument '--json'" },
])("$args is refused: $error", ({ args, error }) => {
  expect(parseOptions(args, OPTIONS)).toEqual({ ok: false, error });
});

test("words are kept where they are allowed, and after -- everything is one", () => {
  const parsed = parseOptions(["a", "--json", "--", "--config"], OPTIONS, true);
  expect(parsed.ok ? parsed.value.positionals : []).toEqual(["a", "--config"]);
});
