// Requests for the models that there are, as the table of capabilities has them: what a model does not take is reported.
import { afterAll, expect, test } from "bun:test";
import { knownCapabilities } from "../../src/config/capabilities.ts";
import { PROTOCOLS, PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import { accepted, fixtures, recorded } from "../support/corpus.ts";
import { requestRoundTrip } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";
import { table } from "../support/tally.ts";

/** One model of each kind that a protocol's servers have. */
const MODELS: Readonly<Record<ProtocolName, readonly string[]>> = {
  openai: [
    "gpt-3.5-turbo",
    "gpt-4o",
    "gpt-4o-audio-preview",
    "o1-mini",
    "o3-mini",
    "gpt-5",
    "gpt-5.6",
    "openai/gpt-oss-120b",
    "mistral-large-latest",
    "deepseek-chat",
    "anthropic/claude-sonnet-4.6",
    "google/gemini-2.5-flash",
    "google/gemini-3-flash-preview",
    "google/gemma-3-27b-it",
  ],
  responses: ["gpt-4o", "o3-mini", "gpt-5", "gpt-5-pro", "gpt-5.2", "gpt-5.6-luna"],
  anthropic: [
    "claude-3-haiku-20240307",
    "claude-3-7-sonnet-20250219",
    "claude-sonnet-4-20250514",
    "claude-sonnet-4-5",
    "claude-opus-4-6",
    "claude-opus-4-8",
    "claude-fable-5",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "deepseek-chat",
  ],
  gemini: [
    "gemini-1.5-pro",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-flash-image",
    "gemini-2.5-pro",
    "gemini-3-pro-preview",
    "gemini-3.6-flash",
    "gemma-3-27b-it",
  ],
  bedrock: [
    "anthropic.claude-3-haiku-20240307-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-opus-5-5-v1:0",
    "us.amazon.nova-micro-v1:0",
    "us.amazon.nova-2-lite-v1:0",
    "meta.llama3-8b-instruct-v1:0",
    "us.meta.llama4-maverick-17b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mistral-large-2407-v1:0",
    "cohere.command-r-plus-v1:0",
    "us.writer.palmyra-x5-v1:0",
    "us.deepseek.r1-v1:0",
    "openai.gpt-oss-120b-1:0",
    "unheard.of-v1:0",
  ],
  cohere: [
    "command-r-08-2024",
    "command-a-03-2025",
    "command-a-vision-07-2025",
    "command-a-reasoning-08-2025",
  ],
};

/** Of the recorded requests every tenth, since each goes to every model. */
const STEP = 10;

const COUNTS = table("requests, our own and some recorded, for each kind of model");
afterAll(COUNTS.print);

const CASES = PAIRS.filter(({ a, b }) => a !== b).flatMap((row) => {
  const count = COUNTS.tally(row.a.name, row.b.name);
  const name = PROTOCOL_NAMES.find((known) => known === row.b.name);
  const models = name === undefined ? [] : MODELS[name];
  return models.map((model) => ({ ...row, model, count }));
});

test.each(CASES)("$pair: what $model does not take is reported", ({ a, b, model, count }) => {
  const before = count.problems().length;
  const capabilities = knownCapabilities(b.name, model);
  const some = accepted(recorded(a.name)).filter((_, at) => at % STEP === 0);
  for (const { id, request } of [...accepted(fixtures(a.name)), ...some]) {
    if (request !== undefined) count.add(id, requestRoundTrip(a, b, request.body, capabilities));
  }
  expect(count.problems().slice(before)).toEqual([]);
});

test("every protocol has models to try", () => {
  expect(Object.keys(MODELS)).toEqual(Object.keys(PROTOCOLS));
});
