import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../src/config/catalogue.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { loadConfig } from "../../src/config/load.ts";
import { POLICY_NAMES, PROTOCOLS_KNOWN } from "../../src/config/words.ts";
import { PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import { POLICIES } from "../../src/routing/policies/index.ts";

const CONFIG = join(import.meta.dir, "..", "..", "config");

describe("the catalogue", () => {
  test("has at least forty providers over all six protocols", () => {
    const entries = Object.values(catalogue());
    expect(entries.length).toBeGreaterThanOrEqual(40);
    expect(new Set(entries.map((entry) => entry.protocol))).toEqual(new Set(PROTOCOLS_KNOWN));
  });

  test.each(Object.entries(catalogue()))(
    "%s can be used with nothing but a key and its address's parts",
    (name) => {
      const parts = "project: p, location: l, resource: r, account: a, region: us-east-1";
      const text = `providers: { ${name}: { api_key: "A:S", ${parts} } }\nmodels: { m: { provider: ${name} } }`;
      const loaded = loadConfig(text, { file: "x", env: {}, readFile: () => ({ error: "none" }) });
      expect(loaded.ok).toBe(true);
      if (!loaded.ok) return;
      const url = loaded.value.providers.get(name)?.baseUrl;
      expect(url?.protocol).toMatch(/^https?:$/);
      expect(String(url)).not.toContain("{");
    },
  );
});

test("the words of the config are those of the code", () => {
  expect([...PROTOCOLS_KNOWN]).toEqual([...PROTOCOL_NAMES]);
  expect(Object.keys(POLICIES)).toEqual([...POLICY_NAMES]);
});

test("config/schema.json is current (`bun run schema` writes it)", () => {
  expect(readFileSync(join(CONFIG, "schema.json"), "utf8")).toBe(configJsonSchema());
});

test("the example is valid", () => {
  const text = readFileSync(join(CONFIG, "recloser.example.yaml"), "utf8");
  const names = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name);
  const env = Object.fromEntries(names.map((name) => [name, "x"]));
  const loaded = loadConfig(text, { file: "x", env, readFile: () => ({ text: "x" }) });
  expect(loaded.ok ? [] : loaded.error).toEqual([]);
});
