// The JSON Schema for editors, and the example that shows every key.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema, DESCRIPTIONS } from "../../src/config/json-schema.ts";
import { allKeys } from "../../src/config/keys.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ok } from "../../src/lib/result.ts";

const FOLDER = join(import.meta.dir, "..", "..", "config");
const EXAMPLE = readFileSync(join(FOLDER, "recloser.example.yaml"), "utf8");

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly description?: string;
  readonly required?: readonly string[];
};

const schema: Schema = JSON.parse(configJsonSchema());

describe("config/schema.json", () => {
  test("is current: `bun run schema` writes it", () => {
    expect(readFileSync(join(FOLDER, "schema.json"), "utf8")).toBe(configJsonSchema());
  });

  test("refuses unknown keys everywhere and demands providers", () => {
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(["providers"]);
    const member = schema.properties?.["pools"]?.additionalProperties;
    expect(typeof member === "object" && member.properties?.["members"]?.items).toMatchObject({
      additionalProperties: false,
      required: ["model"],
    });
  });

  test("describes each place that the table names", () => {
    expect(described(schema, []).toSorted()).toEqual(Object.keys(DESCRIPTIONS).toSorted());
  });

  test("takes a variable where a number or one of several words belongs", () => {
    const model = schema.properties?.["models"]?.additionalProperties;
    const cap = typeof model === "object" ? model.properties?.["max_concurrent"] : undefined;
    expect(cap?.anyOf?.map(({ type }) => type)).toEqual(["integer", "string"]);
    expect(new RegExp(cap?.anyOf?.[1]?.pattern ?? "^$").test("${N}")).toBe(true);
    const mode = schema.properties?.["auth"]?.properties?.["mode"];
    expect(mode?.anyOf?.[0]?.enum).toEqual(["none", "tokens", "passthrough"]);
  });
});

/** The places that have a description. */
function described(node: Schema, place: readonly string[]): readonly string[] {
  const below = (child: Schema, name: string) => described(child, [...place, name]);
  const { additionalProperties: named, items } = node;
  return [
    ...new Set([
      ...(node.description === undefined ? [] : [place.join(".")]),
      ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => below(child, name)),
      ...(typeof named === "object" ? below(named, "*") : []),
      ...(items === undefined ? [] : below(items, "*")),
      ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((branch) =>
        described(branch, place),
      ),
    ]),
  ];
}

describe("config/recloser.example.yaml", () => {
  /** Its problems when every variable and every file is there. */
  const problemsOf = (text: string) => {
    const names = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name);
    const env = Object.fromEntries(names.map((name) => [name, "x"]));
    const readFile = (path: string) =>
      ok(path.endsWith(".pem") ? "-----BEGIN CERTIFICATE-----" : "secret");
    const loaded = loadConfig(text, { file: "x", env, readFile });
    return loaded.ok ? [] : loaded.error;
  };

  test("is valid as it is, and needs nothing but variables", () => {
    expect(problemsOf(EXAMPLE)).toEqual([]);
    expect(EXAMPLE.match(/^[^#\n]*file:/gm)).toBeNull();
  });

  test("is valid with everything that it hides", () => {
    const shown = EXAMPLE.replace(/^ {2}#(?! [^ ])/gm, "  ");
    expect(shown.match(/^ {2}my-proxy:/m)).not.toBeNull();
    expect(problemsOf(shown)).toEqual([]);
  });

  test("shows or names every key that there is", () => {
    const missing = [...allKeys()].filter((key) => !new RegExp(`\\b${key}\\b`).test(EXAMPLE));
    expect(missing).toEqual([]);
  });
});
