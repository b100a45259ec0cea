// Secrets are planted wherever a person might put one, by mistake too, and looked for in everything that is printed.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { run } from "../../src/commands/check.ts";
import { recordingIo } from "../support/command-io.ts";
import { FILES, load } from "./loading.ts";

const PLANTED = /planted|hunter2/;
const ENV = { SECRET: "planted-in-env", N: "planted-number", URL: "https://planted@host/v1" };

/** What `recloser check` prints about a text, in both forms. */
async function checked(text: string): Promise<string> {
  const io = recordingIo({ env: ENV, files: { "recloser.yaml": text, ...FILES } });
  await run(["--config", "recloser.yaml"], io);
  await run(["--config", "recloser.yaml", "--json"], io);
  return io.out() + io.errors();
}

const VALID = `auth: { tokens: [planted-1token2, "\${SECRET}"] }
providers:
  openai: { api_keys: [planted-1a2, "\${SECRET}"], headers: { x-extra: planted-1header2 } }
  bedrock: { access_key_id: planted-1id2, secret_access_key: planted-1key2, session_token: planted-1session2 }
  groq: { api_key: "\${SECRET}" }
models: { m: { provider: groq } }
admin: { listen: "127.0.0.1:9", token: planted-1admin2 }
`;

describe("a config that was loaded", () => {
  const loaded = load(VALID, ENV);

  test.each([
    ["the inspector", () => Bun.inspect(loaded, { depth: 12 })],
    [
      "Node's inspector",
      () => require("node:util").inspect(loaded, { depth: 12, showHidden: true }),
    ],
    [
      "JSON",
      () => (loaded.ok ? JSON.stringify([...loaded.value.providers.values(), loaded.value]) : ""),
    ],
    ["text", () => (loaded.ok ? loaded.value.auth.tokens.map(String).join() : "")],
  ])("shows no secret to %s", (_what, print) => {
    expect(loaded.ok).toBe(true);
    expect(print()).not.toMatch(PLANTED);
    expect(print()).not.toBe("");
  });

  test("is summed up without one", async () => {
    expect(await checked(VALID)).not.toMatch(PLANTED);
  });
});

/** Every mistake next to a secret, or with one. */
const MISTAKES = [
  // A secret where something else belongs.
  "providers: { openai: planted }",
  "providers:\n  openai: planted",
  "providers:\n  openai:\n    planted",
  "providers:\n  openai:\n    - planted",
  "providers: planted",
  "auth: planted",
  "auth: [planted]",
  "admin: planted",
  "providers: { openai: { planted-1f3a } }",
  "providers: { openai: [planted-1f3a] }",
  "auth: { planted-1f3a }",
  "providers: { openai: { [planted]: x } }",
  "providers: { openai: { api_key: [planted] } }",
  "providers: { openai: { api_keys: planted } }",
  "providers: { openai: { api_key: { path: planted } } }",
  "providers: { openai: { api_key: planted, headers: planted } }",
  "providers: { openai: { api_key: planted, headers: { host: planted } } }",
  "providers: { openai: { api_key: planted, headers: { x: [planted] } } }",
  "providers: { openai: { api_key: planted, error_map: { a: planted } } }",
  // A misspelt key before a secret.
  "providers: { openai: { api_kye: planted } }",
  "providers:\n  openai:\n    apikey: planted",
  "providers:\n  openai:\n    key: planted",
  "providers:\n  openai:\n    pasword: planted",
  "providers:\n  openai:\n    something: planted",
  "auth:\n  tokns: [planted]",
  "auth:\n  tokns:\n    - planted",
  "admin: { listen: 1, tokn: planted }",
  // A mistake in the line of a secret.
  "providers: { openai: { api_key: planted, bse_url: x } }",
  "providers: { openai: { bse_url: x, api_key: planted } }",
  "providers: { openai: { api_key: 'planted', bse_url: x } }",
  "auth:\n  tokens:\n    - planted\n    - 12345",
  "auth:\n  tokens: [planted, 12345]",
  "auth: { tokens: [planted word] }",
  "auth: { tokens: [{ file: /run/secrets/lines }] }",
  "providers: { openai: { api_key: |\n planted\n  word\n } }",
  // Secrets out of the environment.
  'providers: { openai: { api_key: k } }\nlisten: "${SECRET}"',
  'providers: { openai: { api_key: k } }\nshutdown_timeout: "${SECRET}"',
  'providers: { openai: { api_key: k } }\nmodels: { m: { provider: "${SECRET}", max_output: "${N}" } }',
  'providers: { openai: { api_key: k } }\naliases: { a: "${SECRET}" }',
  'providers: { openai: { api_key: k } }\npools: { p: { members: [{ model: "${SECRET}", weight: "${N}" }], policy: "${SECRET}", on_exhausted: { pool: "${SECRET}" } } }',
  'providers: { openai: { api_key: k, base_url: "${URL}", path: "${SECRET}", region: "${SECRET}" } }',
  'providers: { x: { protocol: "${SECRET}", catalogue: "${SECRET}", base_url: "${SECRET}" } }',
  'providers: { openai: { api_key: { file: "${SECRET}-nowhere" } } }'.replace("-nowhere", ""),
  "providers: { x: { protocol: opnai, base_url: 'https://u:planted@host' } }",
  "providers:\n  x:\n    protocol: openai\n    base_url: ftp://planted@host",
  "pathh:\n  tken: planted",
  // Broken YAML.
  'providers:\n  openai: { api_key: "planted }\n',
  "providers:\n  openai: { api_key: planted\n",
  "providers:\n  openai: { api_key: planted }}\n",
  "providers:\n  openai: { api_key: @planted }\n",
  "providers:\n  openai:\n    api_key: planted: x\n",
  "providers:\n  openai:\n    api_key: planted\n   bad: x\n",
  "providers:\n  openai:\n\tapi_key: planted\n",
  'providers:\n  openai:\n    api_key: "planted\\q"\n',
  "providers:\n  openai:\n    api_key: *planted\n",
  "providers:\n  openai:\n    api_key: !planted x\n",
  "auth:\n  tokens:\n  - planted\n - planted\n",
  "auth: { tokens: [planted, 'planted ] }\n",
] as const;

describe("an error about a config", () => {
  test.each([...MISTAKES])("tells no secret: %s", async (text) => {
    // The name of a file is no secret, wherever it comes from.
    const printed = (await checked(text)).replaceAll("cannot read planted-in-env", "");
    expect(printed).toMatch(/problem/);
    expect(printed).not.toMatch(PLANTED);
  });

  test("tells none either when a valid file is cut or changed anywhere", async () => {
    const lines = VALID.split("\n");
    const change = fc.record({
      at: fc.nat(VALID.length),
      drop: fc.nat(6),
      insert: fc.constantFrom(
        "",
        "{",
        "}",
        "[",
        "]",
        ":",
        " : ",
        "\n",
        "\n  ",
        "\t",
        '"',
        "'",
        "- ",
        ", ",
        "x",
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        let text = lines.join("\n");
        for (const { at, drop, insert } of changes) {
          text = text.slice(0, at) + insert + text.slice(at + drop);
        }
        const printed = await checked(text);
        for (const [value] of text.matchAll(/planted-1[a-z]+2/g)) {
          // Names of entries and of headers are shown, whatever they are.
          if (!new RegExp(`(?:providers|models|headers)\\.\\S*${value}`).test(printed)) {
            expect(printed).not.toContain(value);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
