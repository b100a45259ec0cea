// The built-in catalogue: its shape, and that every entry makes a provider that could be called.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { CohereEnvironment } from "cohere-ai";
import OpenAI, { AzureOpenAI } from "openai";
import { z } from "zod";
import { CATALOGUE, type CatalogueEntry } from "../../src/config/catalogue.ts";
import type { CapabilitiesEntry } from "../../src/config/capabilities.ts";
import { capabilities } from "../../src/config/shape.ts";
import { AUTH_STYLES, MAPPED_CLASSES, POLICY_NAMES } from "../../src/config/words.ts";
import { PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import { POLICIES } from "../../src/routing/policies/index.ts";
import { config, problems } from "./loading.ts";

const url = z.url({ protocol: /^https?$/ });
/** `{region}` and the like stand for letters. */
const template = z
  .string()
  .refine((text) => url.safeParse(text.replace(/\{[a-z_]+\}/g, "x")).success);
const path = z.string().regex(/^\/[!-~]+$/);

const entry = z.strictObject({
  protocol: z.enum(PROTOCOL_NAMES),
  base_url: template.refine((text) => !text.endsWith("/"), "no slash at the end"),
  locations: z.record(z.string(), url).exactOptional(),
  auth: z.enum(AUTH_STYLES).exactOptional(),
  vendor: z.string().exactOptional(),
  path: path.exactOptional(),
  stream_path: path.exactOptional(),
  body: z
    .strictObject({ drop: z.array(z.string()), add: z.record(z.string(), z.string()) })
    .exactOptional(),
  defaults: z.record(z.string(), z.string()).exactOptional(),
  profile: z
    .strictObject({
      max_tokens_field: z.enum(["max_tokens", "max_completion_tokens"]).exactOptional(),
      stream_options: z.boolean().exactOptional(),
      developer_role: z.boolean().exactOptional(),
      reasoning_replay: z.boolean().exactOptional(),
      cache_breakpoints: z.boolean().exactOptional(),
    })
    .exactOptional(),
  error_map: z.record(z.string(), z.enum(MAPPED_CLASSES)).exactOptional(),
  capabilities: z
    .custom<CapabilitiesEntry>((given) => capabilities.safeParse(given).success)
    .exactOptional(),
}) satisfies z.ZodType<CatalogueEntry>;

const NAMES = Object.keys(CATALOGUE);

/** What the issue asks for by name. */
const REQUIRED =
  `openai openai-responses azure-openai anthropic gemini vertex-gemini vertex-claude bedrock cohere
  groq mistral deepseek xai openrouter together fireworks cerebras moonshot zai nvidia huggingface
  ollama vllm llamacpp lmstudio sglang`.split(/\s+/);

describe("the catalogue", () => {
  test.each(Object.entries(CATALOGUE))("has %s in the right shape", (_name, given) => {
    expect(entry.safeParse(given).error?.issues ?? []).toEqual([]);
  });

  test("covers all six protocols with at least forty providers, the well-known ones among them", () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(Object.values(CATALOGUE).map(({ protocol }) => protocol))).toEqual(
      new Set<string>(PROTOCOL_NAMES),
    );
    expect(REQUIRED.filter((name) => !NAMES.includes(name))).toEqual([]);
  });

  test.each(NAMES)(
    "lets %s be called with nothing but a key and what its address depends on",
    (name) => {
      const known = CATALOGUE[name];
      const templates = [known?.base_url, known?.path, known?.stream_path].join(" ");
      const parts = [...new Set(templates.match(/\{[a-z_]+\}/g))].filter(
        (part) => part !== "{model}",
      );
      const members = parts.map((part) => `${part.slice(1, -1)}: part`);
      const local = known?.auth === "none";
      const entryText = [...(local ? [] : ['api_key: "A:S"']), ...members].join(", ");
      const provider = config(`providers: { ${name}: { ${entryText} } }`).providers.get(name);
      expect(String(provider?.baseUrl)).not.toContain("{");
      expect(provider?.auth).toBe(known?.auth ?? "bearer");
      for (const filled of [provider?.path?.buffered, provider?.path?.streamed]) {
        expect(filled?.replace("{model}", "") ?? "").not.toContain("{");
      }
      // Without its key or its parts it is refused, so that nothing here is asked for in vain.
      if (!local) expect(problems(`providers: { ${name}: }`)[0]?.path).toBe(`providers.${name}`);
    },
  );

  test("keeps secrets off the wire: only servers on this machine are called without TLS", () => {
    const plain = NAMES.filter((name) => CATALOGUE[name]?.base_url.startsWith("http:"));
    expect(
      plain.filter((name) => !CATALOGUE[name]?.base_url.startsWith("http://127.0.0.1:")),
    ).toEqual([]);
    expect(plain.filter((name) => CATALOGUE[name]?.auth !== "none")).toEqual([]);
  });

  const baseUrl = (name: string, entryText: string): string =>
    String(config(`providers: { ${name}: { ${entryText} } }`).providers.get(name)?.baseUrl);

  test("points where the SDKs of OpenAI, Azure, Anthropic and Cohere point", () => {
    expect(new OpenAI({ apiKey: "k" }).baseURL).toBe(baseUrl("openai", "api_key: k"));
    expect(`${new Anthropic({ apiKey: "k" }).baseURL}/`).toBe(baseUrl("anthropic", "api_key: k"));
    expect(`${CohereEnvironment.Production}/`).toBe(baseUrl("cohere", "api_key: k"));
    const endpoint = "https://r.openai.azure.com";
    const azure = new AzureOpenAI({ apiKey: "k", apiVersion: "2024-10-21", endpoint });
    const found = baseUrl("azure-openai", "api_key: k, resource: r");
    expect(`${found}${CATALOGUE["azure-openai"]?.path?.slice(1)}`).toStartWith(`${azure.baseURL}/`);
  });

  test.each(["us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1"])(
    "points where the SDK of AWS points in %s",
    (region) => {
      const { config: sdk } = new BedrockRuntimeClient({ region });
      expect(sdk.endpointProvider({ Region: region }).url.href).toBe(
        baseUrl("bedrock", `api_key: "A:S", region: ${region}`),
      );
    },
  );

  test.each(["global", "us", "eu", "europe-west4"])(
    "points where the SDK of Google points in %s",
    (location) => {
      const sdk = new GoogleGenAI({ vertexai: true, project: "p", location });
      const entryText = `api_key: t, project: p, location: ${location}`;
      expect(baseUrl("vertex-gemini", entryText)).toBe(googleBaseUrl(sdk));
      expect(baseUrl("vertex-claude", entryText)).toBe(googleBaseUrl(sdk));
      const gemini = googleBaseUrl(new GoogleGenAI({ apiKey: "k" }));
      expect(baseUrl("gemini", "api_key: k")).toBe(gemini);
    },
  );
});

/** The SDK keeps it behind a protected member. */
function googleBaseUrl(sdk: GoogleGenAI): string {
  const client: unknown = Reflect.get(sdk, "apiClient");
  const read: unknown =
    typeof client === "object" && client !== null ? Reflect.get(client, "getBaseUrl") : undefined;
  return typeof read === "function" ? String(read.call(client)) : "";
}

test("the policies of the config are those of the code", () => {
  expect(Object.keys(POLICIES)).toEqual([...POLICY_NAMES]);
});
