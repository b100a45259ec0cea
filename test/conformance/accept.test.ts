// ACCEPT: every recorded request of one protocol, encoded for another, is one that the vendor's own SDK would let a caller
// write (translation.md 0.1). Bedrock's is checked against the service model: test/protocols/bedrock/accept.test.ts.
import { expect, test } from "bun:test";
import type { Json } from "../../src/lib/json.ts";
import type { ModelCapabilities } from "../../src/protocols/protocol.ts";
import type { ProtocolName } from "../../src/protocols/registry.ts";
import { accepted, fixtures, recorded } from "../support/corpus.ts";
import { jsonDocument } from "../support/json-text.ts";
import { contextOf, overTheWire, targetOf, type Party } from "../support/laws.ts";
import { judgeWith, schemaJudge } from "../support/json-schema.ts";
import { PARTIES } from "../support/parties.ts";
import { shared } from "../support/shared.ts";
import { typeFaults, type Literal } from "../support/sdk-types.ts";

/** The parameter types of the SDKs, as the wire has them. */
const TYPES: Readonly<Record<Exclude<ProtocolName, "bedrock">, string>> = {
  openai: `
    import type OpenAI from "openai";
    type Body = OpenAI.ChatCompletionCreateParams;`,
  // An assistant's words may be output_text without an id, as many clients send them: the SDK has only the form that it receives.
  responses: `
    import type OpenAI from "openai";
    type Said = { role: "assistant"; phase?: "commentary" | "final_answer"; content: (
      | { type: "output_text"; text: string; annotations?: unknown[] } | { type: "refusal"; refusal: string })[] };
    type Params = OpenAI.Responses.ResponseCreateParams;
    type Body = Omit<Params, "input"> & { input?: string | (OpenAI.Responses.ResponseInputItem | Said)[] };`,
  // Models before Claude 4.6 take sampling parameters, which the SDK's types no longer name.
  anthropic: `
    import type Anthropic from "@anthropic-ai/sdk";
    type Sampling = { temperature?: number; top_p?: number; top_k?: number };
    type Body = (Anthropic.MessageCreateParamsNonStreaming & Sampling) | (Anthropic.MessageCreateParamsStreaming & Sampling);`,
  // The SDK's own parameters are another shape than the body, but of the same parts; its enums are words on the wire.
  gemini: `
    import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from "@google/genai";
    type Wire<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Wire<U>[]
      : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;
    type Body = Wire<{
      contents: Content[]; systemInstruction?: Content; tools?: Tool[]; toolConfig?: ToolConfig;
      generationConfig?: GenerationConfig; safetySettings?: SafetySetting[]; cachedContent?: string;
      labels?: Record<string, string>; serviceTier?: string; }>;`,
  cohere: `
    import type { V2ChatRequest } from "./node_modules/cohere-ai/serialization/resources/v2/client/requests/V2ChatRequest.js";
    type Body = V2ChatRequest.Raw & { stream: boolean };`,
};

/** Targets that differ in what they take. */
const MODELS: Readonly<Record<string, ModelCapabilities | undefined>> = {
  capable: undefined,
  unknown: {},
  limited: {
    reasoning: "none",
    sampling: "none",
    jsonSchema: false,
    vision: false,
    forcedToolChoice: "no",
    prefill: false,
    stop: false,
    topSystem: false,
    resultMedia: false,
  },
};

const TARGETS = PARTIES.filter((party): party is Party & { readonly name: keyof typeof TYPES } =>
  Object.hasOwn(TYPES, party.name),
);
const ROWS = TARGETS.flatMap((to) => Object.keys(MODELS).map((kind) => ({ to, kind })));

/** The requests of all other protocols for a model of this one, each body once. */
function requestsFor(to: Party, capabilities: ModelCapabilities | undefined): readonly Literal[] {
  const bodies = new Map<string, string>();
  for (const from of PARTIES) {
    if (from.name === to.name) continue;
    for (const { id, request } of accepted([...fixtures(from.name), ...recorded(from.name)])) {
      if (request === undefined) continue;
      const document = jsonDocument(request.body);
      const context = contextOf(document.root);
      const decoded = from.codec.request.decode(document, context);
      if (!decoded.ok) continue;
      const { body } = to.codec.request.encode(decoded.value, targetOf(to, context, capabilities));
      const text = overTheWire(body);
      if (!bodies.has(text)) bodies.set(text, id);
    }
  }
  return [...bodies].map(([text, name]) => ({ name, body: JSON.parse(text) as Json }));
}

test.each(ROWS)(
  "what $to.name is sent for $kind models has its SDK's types",
  async ({ to, kind }) => {
    const literals = requestsFor(to, MODELS[kind]);
    expect(literals.length).toBeGreaterThan(0);
    expect(await typeFaults(TYPES[to.name], literals)).toEqual([]);
  },
);

/** Names in the vendor's own description of its API. */
const SCHEMAS: Partial<Readonly<Record<ProtocolName, string>>> = {
  openai: "CreateChatCompletionRequest",
  responses: "CreateResponse",
};

/** The description, too, has an assistant's words only with an id, as they are received (see `TYPES`). */
const SAID = /: \/input\/\d+\/content\/\d+\/type: "(?:output_text|refusal)" is no word for it$/;

const description = shared("vectors", "specs", "openai.openapi.yaml");
const DESCRIBED = ROWS.flatMap(({ to, kind }) => {
  const schema = SCHEMAS[to.name];
  return schema === undefined ? [] : [{ to, kind, schema }];
});

test.each(DESCRIBED)(
  "what $to.name is sent for $kind models fits $schema",
  ({ to, kind, schema }) => {
    if (description === undefined) return;
    const judge = schemaJudge(description, schema);
    const faults = requestsFor(to, MODELS[kind]).flatMap(({ name, body }) =>
      judge(body).map((fault) => `${name}: ${fault}`),
    );
    expect(faults.filter((fault) => !SAID.test(fault))).toEqual([]);
  },
);

test("the judge of schemas finds what is wrong", () => {
  const schemas = {
    Whole: {
      type: "object",
      required: ["a"],
      additionalProperties: false,
      properties: { a: { $ref: "#/components/schemas/Part" }, b: { type: "number", maximum: 2 } },
    },
    Part: { anyOf: [{ type: "array", minItems: 1, items: { enum: ["x"] } }, { type: "null" }] },
  };
  const judge = judgeWith(schemas, "Whole");
  expect(judge({ a: ["x"], b: 2 })).toEqual([]);
  expect(judge({ a: null })).toEqual([]);
  expect(judge({ a: ["y"], b: 3, c: 1 })).toEqual([
    '/a/0: "y" is no word for it',
    "/b: 3 is beyond its maximum of 2",
    "/c: no such member",
  ]);
  expect(judge({ a: [] })).toEqual(["/a: 0 is beyond its minItems of 1"]);
  expect(judge({})).toEqual([": a is missing"]);
});

test("the checker finds what is wrong", async () => {
  const wrong = { model: "m", messages: [{ role: "user", content: 1 }] };
  const faults = await typeFaults(TYPES.openai, [{ name: "wrong", body: wrong }]);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults[0]).toStartWith("wrong: ");
});
