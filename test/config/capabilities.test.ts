// The table of what models accept: its shape, and rows as the vendors' pages and migration guides have them.
import { describe, expect, test } from "bun:test";
import * as z from "zod/mini";
import {
  CAPABILITY_KEYS,
  CAPABILITY_TABLE,
  knownCapabilities,
  toCapabilities,
} from "../../src/config/capabilities.ts";
import { keysAt } from "../../src/config/keys.ts";
import { capabilities } from "../../src/config/shape.ts";
import { EFFORTS, FAMILIES, PROTOCOL_NAMES } from "../../src/config/words.ts";
import { baseModel } from "../../src/ir/opaque.ts";
import { EFFORTS as KIT_EFFORTS } from "../../src/protocols/kit/effort.ts";
import { config, problems } from "./loading.ts";

const { defaults, kinds, rows } = CAPABILITY_TABLE;
const kind = z.extend(capabilities, { extends: z.exactOptional(z.enum(Object.keys(kinds))) });
const row = z.extend(kind, {
  match: z.string().check(z.startsWith("^")),
  protocol: z.exactOptional(z.enum(PROTOCOL_NAMES)),
});
const table = z.strictObject({
  defaults: z.partialRecord(z.enum(PROTOCOL_NAMES), capabilities),
  kinds: z.record(z.string(), kind),
  rows: z.array(row),
});

describe("the file", () => {
  test("has the right shape", () => {
    expect(table.safeParse(CAPABILITY_TABLE).error?.issues ?? []).toEqual([]);
  });

  test("has kinds that stand after what they extend, and uses each", () => {
    const names = Object.keys(kinds);
    for (const [index, name] of names.entries()) {
      const parent = kinds[name]?.extends;
      if (parent !== undefined) expect(names.indexOf(parent)).toBeLessThan(index);
    }
    const used = new Set([...Object.values(kinds), ...rows].map((entry) => entry.extends));
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });

  test("has no row twice", () => {
    const keys = rows.map(({ match, protocol = "" }) => `${protocol} ${match}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test("spells every field of a model's capabilities, and the config knows them all", () => {
    const known = keysAt(["models", "x", "capabilities"]).toSorted();
    expect(known).toEqual(Object.values(CAPABILITY_KEYS).toSorted());
    expect([...EFFORTS]).toEqual([...KIT_EFFORTS]);
  });

  test("names a family for every one that there is", () => {
    const named = new Set([...rows, ...Object.values(kinds)].map(({ family }) => family));
    expect(FAMILIES.filter((family) => !named.has(family))).toEqual([]);
  });
});

test.each([
  { model: "claude-3-haiku-20240307", reasoning: "none", prefill: true, maxOutput: 4096 },
  { model: "claude-3-5-sonnet-latest", reasoning: "none", prefill: true, maxOutput: 8192 },
  { model: "claude-3-7-sonnet-20250219", reasoning: "budget", sampling: "all", maxOutput: 64_000 },
  { model: "claude-opus-4-20250514", reasoning: "budget", jsonSchema: false, maxOutput: 32_000 },
  { model: "claude-opus-4-1-20250805", reasoning: "budget", sampling: "one", maxOutput: 32_000 },
  { model: "claude-sonnet-4-20250514", reasoning: "budget", jsonSchema: false, maxOutput: 64_000 },
  { model: "claude-haiku-4-5-20251001", reasoning: "budget", jsonSchema: true, maxOutput: 64_000 },
  { model: "claude-opus-4-5", reasoning: "budget", jsonSchema: true, prefill: true },
  { model: "claude-opus-4-6", reasoning: "adaptive", sampling: "one", prefill: false },
  { model: "claude-sonnet-4-6", reasoning: "adaptive", maxOutput: 128_000, inlineSystem: false },
  { model: "claude-opus-4-7", reasoning: "adaptive", sampling: "none", inlineSystem: false },
  { model: "claude-opus-4-8", reasoning: "adaptive", sampling: "none", inlineSystem: true },
  { model: "claude-opus-5", reasoningOff: "yes", forcedToolChoice: "without-reasoning" },
  { model: "claude-fable-5", reasoningOff: "no", forcedToolChoice: "without-reasoning" },
  { model: "claude-fable-5-1", reasoningOff: "no", forcedToolChoice: "no" },
  { model: "claude-mythos-preview", reasoningOff: "no" },
  { model: "claude-opus-5-5", reasoningOff: "no", forcedToolChoice: "no", prefill: false },
  { model: "claude-sonnet-5-5", reasoningOff: "between-tools", forcedToolChoice: "no" },
  { model: "claude-haiku-5-5", reasoningOff: "yes", forcedToolChoice: "no" },
  { model: "claude-opus-7", reasoning: "adaptive", sampling: "none" },
])("$model", ({ model, ...expected }) => {
  expect(knownCapabilities("anthropic", model)).toMatchObject({ vendor: "anthropic", ...expected });
});

test.each([
  { model: "gpt-3.5-turbo-0125", vision: false, jsonSchema: false, contextWindow: 16_385 },
  { model: "gpt-4-0613", vision: false, jsonSchema: false, contextWindow: 8192 },
  { model: "gpt-4o-2024-08-06", vision: true, reasoning: "none", maxOutput: 16_384 },
  { model: "gpt-4o-audio-preview", audio: true, vision: false },
  { model: "gpt-4.1-nano-2025-04-14", contextWindow: 1_047_576, maxOutput: 32_768 },
  { model: "o3-mini-2025-01-31", vision: false, sampling: "none", stop: false },
  { model: "o4-mini", vision: true, stop: false, efforts: ["low", "medium", "high"] },
  { model: "gpt-5-2025-08-07", stop: false, efforts: ["minimal", "low", "medium", "high"] },
  { model: "gpt-5.1", reasoningOff: "yes", efforts: ["none", "low", "medium", "high"] },
  { model: "gpt-5.2-2025-12-11", efforts: ["none", "low", "medium", "high", "xhigh"] },
  { model: "gpt-5-pro", efforts: ["high"], maxOutput: 272_000 },
  { model: "gpt-5-chat-latest", reasoning: "none", maxOutput: 16_384 },
  { model: "gpt-5.4-2026-03-05", contextWindow: 1_050_000, maxOutput: 128_000 },
  { model: "gpt-5.6-luna", efforts: ["none", "low", "medium", "high", "xhigh", "max"] },
  { model: "gpt-oss-120b", efforts: ["low", "medium", "high"], vision: false, vendor: "openai" },
])("$model", ({ model, ...expected }) => {
  const found = knownCapabilities("openai", model);
  expect(found).toMatchObject(expected);
  // The reasoning models refuse `stop`; the others take it, and nothing says so.
  expect(found.stop).toBe(found.sampling === "none" ? false : undefined);
});

test.each([
  { model: "gemini-1.5-flash", reasoning: "none", schemaForm: "openapi", maxOutput: 8192 },
  { model: "models/gemini-2.0-flash-001", reasoning: "none", maxOutput: 8192 },
  { model: "gemini-2.5-flash", reasoning: "budget", reasoningOff: "yes", maxOutput: 65_536 },
  { model: "gemini-2.5-pro-preview-05-06", reasoning: "budget", reasoningOff: "no" },
  { model: "gemini-3-pro-preview", reasoning: "effort", efforts: ["low", "high"] },
  { model: "gemini-3-flash-preview", needsSignatures: true, schemaWithTools: true },
  { model: "gemini-3.6-flash", hostedWithFunctions: true, resultMedia: true },
  { model: "gemma-3-27b-it", topSystem: false },
])("$model", ({ model, ...expected }) => {
  expect(knownCapabilities("gemini", model)).toMatchObject({ vendor: "google", ...expected });
});

test.each([
  { model: "us.anthropic.claude-opus-4-6-v1:0", vendor: "anthropic", family: "claude" },
  { model: "anthropic.claude-3-haiku-20240307-v1:0", cachePoints: false, vision: true },
  { model: "us.amazon.nova-pro-v1:0", vendor: "amazon", family: "nova", cachePoints: true },
  { model: "amazon.nova-micro-v1:0", vision: false, family: "nova" },
  { model: "us.amazon.nova-2-lite-v1:0", reasoning: "effort", family: "nova" },
  { model: "meta.llama3-1-70b-instruct-v1:0", forcedToolChoice: "no", family: "llama" },
  { model: "meta.llama3-8b-instruct-v1:0", tools: false, family: "llama" },
  { model: "us.meta.llama4-maverick-17b-instruct-v1:0", vision: true, family: "llama" },
  { model: "mistral.mistral-large-2407-v1:0", callIds: "nine", family: "mistral" },
  { model: "mistral.mistral-7b-instruct-v0:2", topSystem: false, tools: false },
  { model: "cohere.command-r-plus-v1:0", family: "command", vendor: "cohere" },
  { model: "us.writer.palmyra-x5-v1:0", family: "palmyra", resultStatus: false },
  { model: "us.deepseek.r1-v1:0", family: "deepseek", tools: false },
  { model: "openai.gpt-oss-120b-1:0", family: "gpt", vendor: "openai" },
  { model: "stability.unheard-of-v1:0", reasoning: "none", jsonSchema: false, cachePoints: false },
])("$model", ({ model, ...expected }) => {
  expect(knownCapabilities("bedrock", model)).toMatchObject({ userFirst: true, ...expected });
});

test.each([
  { model: "command-r7b-12-2024", contextWindow: 128_000, vision: false, reasoning: "none" },
  { model: "command-a-plus-05-2026", contextWindow: 200_000, vision: true },
  { model: "command-a-03-2025", contextWindow: 256_000, maxOutput: 8000 },
  { model: "command-a-vision-07-2025", vision: true },
  { model: "command-a-reasoning-08-2025", reasoning: "budget", maxOutput: 32_000 },
])("$model", ({ model, ...expected }) => {
  expect(knownCapabilities("cohere", model)).toMatchObject({ vendor: "cohere", ...expected });
});

test.each([
  ["us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6"],
  ["anthropic/claude-sonnet-5-5", "claude-sonnet-5-5"],
  ["claude-haiku-4-5@20251001", "claude-haiku-4-5"],
  ["anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"],
  ["anthropic/claude-4.5-sonnet-20250929", "claude-sonnet-4-5"],
])("%s is %s behind a host's spelling", (spelt, plain) => {
  expect(knownCapabilities("anthropic", spelt)).toEqual(knownCapabilities("anthropic", plain));
});

test.each(PROTOCOL_NAMES)(
  "a model of %s that no row knows has what the protocol starts from",
  (protocol) => {
    expect(baseModel("kimi-k2")).toBe("kimi-k2");
    expect(knownCapabilities(protocol, "kimi-k2")).toEqual(toCapabilities(defaults[protocol]));
  },
);

const PROVIDERS = "providers: { openai: { api_key: k } }\n";

describe("in the config", () => {
  test("every field can be set, and what stands beside wins", () => {
    const text = `${PROVIDERS}models:
  m: { provider: openai, max_output: 5, capabilities: { max_output: 4, efforts: [low], call_ids: nine, stop: false } }`;
    expect(config(text).models.get("m")).toMatchObject({
      maxOutput: 5,
      capabilities: { maxOutput: 5, efforts: ["low"], callIds: "nine", stop: false },
    });
  });

  test("a provider of the catalogue restricts its models, and the file has the last word", () => {
    const vertex = (entry: string) =>
      config(
        `providers: { vertex-gemini: { project: p, location: l, api_key: k${entry} } }`,
      ).providers.get("vertex-gemini")?.capabilities;
    expect(vertex("")).toEqual({ callIds: "none" });
    expect(vertex(", capabilities: { call_ids: any }")).toEqual({ callIds: "any" });
  });

  test("a misspelt field and a wrong word are reported where they stand", () => {
    const text = `${PROVIDERS}models: { m: { provider: openai, capabilities: { max_ouput: 4, sampling: some } } }`;
    const found = problems(text).map(
      ({ path, hint = "", message }) => `${path}: ${message} ${hint}`,
    );
    expect(found.join("\n")).toContain("max_output");
    expect(found.join("\n")).toContain("models.m.capabilities.sampling");
  });
});
