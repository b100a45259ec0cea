import { describe, expect, test } from "bun:test";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Problem } from "../../src/config/problem.ts";

const FILES: Readonly<Record<string, string>> = { "/run/secrets/x": "from-file\n" };

function load(text: string, env: Record<string, string> = {}) {
  return loadConfig(text, {
    file: "recloser.yaml",
    env,
    readFile: (path) => {
      const found = FILES[path];
      return found === undefined ? { error: `cannot read ${path}: ENOENT` } : { text: found };
    },
  });
}

function config(text: string, env: Record<string, string> = {}): Config {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

function problems(text: string, env: Record<string, string> = {}): readonly Problem[] {
  const loaded = load(text, env);
  if (loaded.ok) throw new Error("the config was valid");
  return loaded.error;
}

const BASE = `providers: { openai: { api_key: k } }
models: { gpt: { provider: openai, model: gpt-4o-mini } }
`;

describe("what a small file means", () => {
  test("the catalogue fills in protocol, address and key's place; defaults fill the rest", () => {
    const { providers, models, listen, auth, shutdownTimeout } = config(BASE);
    expect(providers.get("openai")).toMatchObject({
      protocol: "openai",
      auth: "bearer",
      vendor: "openai",
    });
    expect(String(providers.get("openai")?.baseUrl)).toBe("https://api.openai.com/v1");
    expect(models.get("gpt")).toEqual({ name: "gpt", provider: "openai", model: "gpt-4o-mini" });
    expect(listen).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(auth).toEqual({ mode: "none", tokens: [] });
    expect(shutdownTimeout).toBe(30_000 as typeof shutdownTimeout);
  });

  test("a provider that is not in the catalogue takes three lines", () => {
    const { providers } = config(`providers:
  my-vllm:
    protocol: openai
    base_url: http://gpu1:8000/v1
`);
    expect(providers.get("my-vllm")).toMatchObject({ auth: "none", keys: [], protocol: "openai" });
  });

  test("a pool keeps weights, tiers and limits", () => {
    const { pools } = config(`${BASE}pools:
  fast:
    members: [{ model: gpt, weight: 8, tier: 2 }]
    breaker: { trip: { mode: consecutive, failures: 3 }, cooldown: 1s, max_cooldown: 2m }
    failover: { timeout: 90s, max_hops: 0, first_byte_timeout: 250ms }
    on_exhausted: { queue: 10s }
    affinity: { header: X-Session-Id }
`);
    expect(pools.get("fast")).toMatchObject({
      members: [{ weight: 8, tier: 2, upstream: { name: "gpt", model: "gpt-4o-mini" } }],
      breaker: { trip: { mode: "consecutive", failures: 3 }, cooldown: 1000, maxCooldown: 120_000 },
      failover: { timeout: 90_000, maxHops: 0, firstByteTimeout: 250, idleTimeout: 60_000 },
      onExhausted: { kind: "queue", wait: 10_000 },
      affinityHeader: "x-session-id",
    });
  });
});

describe("the environment", () => {
  test("fills scalar values, with defaults, and numbers where numbers belong", () => {
    const { models, providers } = config(
      `providers: { openai: { api_key: "\${KEY}" } }
models: { gpt: { provider: "\${P:-openai}", model: "a-\${X:-y}-$\${Z}", max_concurrent: "\${N}" } }`,
      { KEY: "sk-1", N: "7" },
    );
    const [key] = providers.get("openai")?.keys ?? [];
    expect(key?.kind === "token" && key.token.reveal()).toBe("sk-1");
    expect(models.get("gpt")).toMatchObject({ model: "a-y-${Z}", maxConcurrent: 7 });
  });

  test("never becomes YAML structure, whatever it holds", () => {
    const { models } = config(
      `providers: { openai: { api_key: k } }\nmodels: { gpt: { provider: openai, model: "\${M}" } }`,
      {
        M: "x, evil: { a: b }\n- c # d",
      },
    );
    expect(models.get("gpt")?.model).toBe("x, evil: { a: b }\n- c # d");
  });

  test("an unset variable is named with its line", () => {
    expect(problems('providers:\n  openai: { api_key: "${NOPE}" }')).toMatchObject([
      {
        line: 2,
        column: 22,
        message: "environment variable NOPE is not set",
        hint: "set it, or give a default: ${NOPE:-value}",
      },
    ]);
  });

  test("keys are not touched", () => {
    expect(
      problems('providers: { "${X}": { api_key: k } }', { X: "openai" })[0]?.message,
    ).toContain("${X}");
  });
});

describe("secrets", () => {
  const text = `auth: { mode: tokens, tokens: [{ file: /run/secrets/x }, plain-token-1] }
providers: { openai: { api_keys: [secret-a, secret-b] }, bedrock: { api_key: "AKIA:wJal/x:token:y", region: eu-west-1 } }`;

  test("come from files without their last line break", () => {
    expect(config(text).auth.tokens.map((token) => token.reveal())).toEqual([
      "from-file",
      "plain-token-1",
    ]);
  });

  test("of AWS are taken apart", () => {
    const [key] = config(text).providers.get("bedrock")?.keys ?? [];
    if (key?.kind !== "aws") throw new Error("expected a key pair");
    expect(
      [key.accessKeyId, key.secretAccessKey, key.sessionToken].map((part) => part?.reveal()),
    ).toEqual(["AKIA", "wJal/x", "token:y"]);
    expect(config(text).providers.get("bedrock")?.auth).toBe("sigv4");
    expect(String(config(text).providers.get("bedrock")?.baseUrl)).toBe(
      "https://bedrock-runtime.eu-west-1.amazonaws.com/",
    );
  });

  test("a Bedrock API key goes as a bearer token", () => {
    const { providers } = config("providers: { bedrock: { api_key: bedrock-api-key } }");
    expect(providers.get("bedrock")).toMatchObject({ auth: "bearer", region: "us-east-1" });
  });

  test("are printed by nothing", () => {
    const loaded = config(text);
    const printed = [
      Bun.inspect(loaded, { depth: 9 }),
      JSON.stringify([...loaded.providers.values()]),
      String(loaded.auth.tokens[0]),
    ];
    for (const word of ["from-file", "plain-token-1", "secret-a", "wJal"]) {
      expect(printed.join("\n")).not.toContain(word);
    }
  });

  test("nor by an error about them", () => {
    const found = problems(
      `auth: { mode: hunter2 }\nproviders: { openai: { api_key: [secret-a], api_keys: secret-b } }`,
    );
    expect(JSON.stringify(found)).not.toMatch(/secret-[ab]/);
    expect(found.length).toBe(3);
  });

  test("a file that cannot be read is an error", () => {
    expect(problems("providers: { openai: { api_key: { file: /nope } } }")[0]).toMatchObject({
      path: "providers.openai.api_key.file",
      message: "cannot read /nope: ENOENT",
    });
  });
});

const WRONG: readonly (readonly [string, string, Partial<Problem>])[] = [
  [
    "a key that is misspelt",
    `${BASE}auht: {}`,
    { path: "auht", line: 3, column: 1, hint: "did you mean auth?" },
  ],
  [
    "a key deep inside",
    `${BASE}pools: { p: { members: [{ model: gpt, wieght: 1 }] } }`,
    { path: "pools.p.members.0.wieght", hint: "did you mean weight?" },
  ],
  [
    "a policy that comes later",
    `${BASE}pools: { p: { members: [{ model: gpt }], policy: latency } }`,
    { path: "pools.p.policy", hint: "this policy is not available yet; use weighted" },
  ],
  [
    "a mode that comes later",
    `${BASE}auth: { mode: keys }`,
    { path: "auth.mode", hint: "virtual keys are not available yet; use tokens" },
  ],
  [
    "a duration without its unit",
    `${BASE}shutdown_timeout: 30`,
    { path: "shutdown_timeout", message: "expected a duration such as 250ms, 15s, 2m or 1h" },
  ],
  [
    "a duration of nonsense",
    `${BASE}shutdown_timeout: soon`,
    { message: "expected a duration such as 250ms, 15s, 2m or 1h" },
  ],
  [
    "a weight of zero",
    `${BASE}pools: { p: { members: [{ model: gpt, weight: 0 }] } }`,
    { message: "expected a number of at least 1" },
  ],
  [
    "a pool without members",
    `${BASE}pools: { p: { members: [] } }`,
    { message: "expected at least one entry" },
  ],
  [
    "a provider that is not there",
    "providers: { openai: { api_key: k } }\nmodels: { m: { provider: opanai } }",
    { path: "models.m.provider", line: 2, hint: "did you mean openai?" },
  ],
  [
    "a member that is not there",
    `${BASE}pools: { p: { members: [{ model: gtp }] } }`,
    { path: "pools.p.members.0.model", hint: "did you mean gpt?" },
  ],
  [
    "an alias that leads nowhere",
    `${BASE}aliases: { a: gtp }`,
    { path: "aliases.a", hint: "did you mean gpt?" },
  ],
  [
    "pools in a circle",
    `${BASE}pools: { a: { members: [{ model: gpt }], on_exhausted: { pool: b } }, b: { members: [{ model: gpt }], on_exhausted: { pool: a } } }`,
    { message: "pools run in a circle: a → b → a" },
  ],
  [
    "one name for two things",
    `${BASE}pools: { gpt: { members: [{ model: gpt }] } }`,
    { message: "gpt is the name of a pool and of a model" },
  ],
  [
    "tokens that are missing",
    `${BASE}auth: { mode: tokens }`,
    { path: "auth", message: "mode tokens needs a list of tokens" },
  ],
  ["an open listener without auth", `listen: 0.0.0.0:8080\n${BASE}`, { path: "listen", line: 1 }],
  ["an address that is none", `listen: 8080\n${BASE}`, { path: "listen" }],
  [
    "an unknown provider without an address",
    "providers: { gorq: { api_key: k } }",
    {
      path: "providers.gorq",
      message: "gorq is not in the catalogue, so it needs protocol and base_url",
    },
  ],
  [
    "a key that is missing",
    "providers: { groq: {} }",
    { path: "providers.groq", message: "a key is missing", hint: 'api_key: "${GROQ_API_KEY}"' },
  ],
  [
    "an address that lacks a part",
    "providers: { azure-openai: { api_key: k } }",
    { message: "resource is missing: the address of azure-openai depends on it" },
  ],
  [
    "half a key pair",
    "providers: { bedrock: { access_key_id: a } }",
    { message: "secret_access_key is missing: the two go together" },
  ],
  [
    "an address of another kind",
    "providers: { x: { protocol: openai, base_url: ftp://h } }",
    { path: "providers.x.base_url" },
  ],
  ["a key that stands twice", `${BASE}models: {}`, { message: "Map keys must be unique", line: 3 }],
  ["broken YAML", "providers: [", { line: 1 }],
  ["nothing at all", "", { path: "providers", message: "is missing: expected a mapping" }],
  ["an admin that others can reach", `${BASE}admin: { listen: "0.0.0.0:1" }`, { path: "admin" }],
];

describe("errors", () => {
  test.each([...WRONG])("%s is found with its place and a way out", (_what, text, expected) => {
    const found = problems(text);
    expect(
      found.some((problem) =>
        Object.entries(expected).every(([key, value]) => Reflect.get(problem, key) === value),
      ),
    ).toBe(true);
  });

  test("all are told at once, in the order of the file, misspelt keys and dead names together", () => {
    const found = problems(`listen: nowhere
providers: { openai: { api_key: k, protocl: openai } }
models: { gpt: { provider: opnai } }
pools: { p: { members: [{ model: x, weight: -1 }], failover: { timeout: 1 } } }
alias: {}
`);
    expect(found.map(({ path, line }) => `${line} ${path}`)).toEqual([
      "1 listen",
      "2 providers.openai.protocl",
      "3 models.gpt.provider",
      "4 pools.p.members.0.model",
      "4 pools.p.members.0.weight",
      "4 pools.p.failover.timeout",
      "5 alias",
    ]);
  });

  test("an open listener is fine once auth none is written out", () => {
    expect(config(`listen: "0.0.0.0:8080"\nauth: { mode: none }\n${BASE}`).listen.host).toBe(
      "0.0.0.0",
    );
    expect(config(`listen: "[::1]:8080"\n${BASE}`).listen).toEqual({ host: "::1", port: 8080 });
  });
});
