// What OpenAI's two protocols share, and what several encoders say in text.
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Req } from "../../../src/ir/request.ts";
import { beyondModel } from "../../../src/protocols/kit/beyond-model.ts";
import { codePoints } from "../../../src/protocols/kit/code-points.ts";
import { fieldsOf } from "../../../src/protocols/kit/fields.ts";
import { mayForce } from "../../../src/protocols/kit/forced-choice.ts";
import { takeNotes, type Notes } from "../../../src/protocols/kit/notes.ts";
import { chooseBreakpoints } from "../../../src/protocols/kit/openai-breakpoints.ts";
import { decodeTokens, encodeTokens } from "../../../src/protocols/kit/openai-logprobs.ts";
import {
  decodeBase,
  fileFeature,
  ttlPoint,
} from "../../../src/protocols/kit/openai-parts-decode.ts";
import {
  decodeCache,
  decodeIdentity,
  decodeTier,
  decodeVerbosity,
} from "../../../src/protocols/kit/openai-settings-decode.ts";
import {
  encodeCache,
  encodeIdentity,
  encodeSchema,
  encodeStore,
  encodeTier,
  type OpenaiContext,
} from "../../../src/protocols/kit/openai-settings-encode.ts";
import { plainText, titleWithExtension } from "../../../src/protocols/kit/readable.ts";
import { describeTool } from "../../../src/protocols/kit/tool-description.ts";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/openai/places.ts";
import { jsonDocument, jsonText } from "../../support/json-text.ts";
import { isRecord } from "../../support/canon.ts";

function open(body: unknown): {
  readonly fields: ReturnType<typeof fieldsOf>;
  readonly notes: Notes;
} {
  const document = jsonDocument(JSON.stringify(body));
  const notes = takeNotes(document, "openai", true);
  if (!isRecord(document.root)) throw new Error("not an object");
  return { fields: fieldsOf(document.root, "", notes), notes };
}

test("settings are read with their features", () => {
  const { fields, notes } = open({
    prompt_cache_key: "k",
    prompt_cache_options: { mode: "implicit", ttl: "30m" },
    safety_identifier: "s",
    user: "u",
    metadata: { a: "1" },
    service_tier: "scale",
    verbosity: "low",
  });
  expect(decodeCache(fields, notes).value).toEqual({ key: "k", automatic: {}, ttl: "30m" });
  expect(decodeIdentity(fields, notes).value).toEqual({
    user: "s",
    metadata: jsonText('{"a":"1"}'),
  });
  expect(decodeTier(fields, notes)).toEqual({ class: "other", raw: "scale" });
  expect(decodeVerbosity(fields, notes)).toBe("low");
  expect(new Set(notes.uses().map(({ id }) => id))).toEqual(
    new Set(["R64", "R63t", "R65", "R69", "R68", "R70", "R46"]),
  );
});

test("a part's breakpoint is read, with a reseller's spelling of it", () => {
  const own = open({ prompt_cache_breakpoint: { mode: "explicit", ttl: "1h" } });
  expect(decodeBase(own.fields, own.notes).cache).toEqual({ ttl: "1h" });
  const other = open({ cache_control: { type: "ephemeral" } });
  expect(decodeBase(other.fields, other.notes).cache).toEqual({});
  expect(ttlPoint("7m")).toEqual({});
  expect([
    fileFeature("application/pdf"),
    fileFeature("image/png"),
    fileFeature("text/csv"),
  ]).toEqual(["R10", "R06", "R12"]);
});

function contextOf(request: Partial<Req>, vendor: string): OpenaiContext {
  const whole: Req = {
    model: "m",
    stream: false,
    turns: [],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
    ...request,
  };
  return {
    request: whole,
    target: { model: "m", stream: false, vendor, capabilities: {}, profile: {} },
    verdicts: verdicts(whole, places),
    isOwn: false,
    isOpenai: vendor === "openai",
    dialect: "openai",
  };
}

test("what only OpenAI knows is sent to nobody else", () => {
  const request: Partial<Req> = {
    cache: { key: "k" },
    identity: { user: "x".repeat(65), metadata: jsonText("{}") },
    tier: { class: "flex", raw: "flex" },
    store: true,
  };
  const own = contextOf(request, "openai");
  expect(encodeCache(own)).toEqual({ prompt_cache_key: "k" });
  expect(JSON.stringify(encodeIdentity(own)["safety_identifier"])).toMatch(/^"user_[0-9a-f]{16}"$/);
  expect([encodeTier(own), encodeStore(own)]).toEqual(["flex", true]);
  const other = contextOf(request, "acme");
  expect(encodeCache(other)["prompt_cache_key"]).toBeUndefined();
  expect([encodeTier(other), encodeStore(other)]).toEqual([undefined, undefined]);
});

test("a schema gets a name that the vendor takes, and strict mode only where it can be had", () => {
  const schema = jsonText('{"type":"object","properties":{},"additionalProperties":false}');
  expect(
    encodeSchema({ kind: "schema", schema, name: "my answer" }, contextOf({}, "openai")),
  ).toMatchObject({
    name: "my_answer",
    strict: true,
  });
  const loose = jsonText('{"type":"object","properties":{"a":{}}}');
  expect(encodeSchema({ kind: "schema", schema: loose }, contextOf({}, "openai"))).toMatchObject({
    name: "response",
    strict: false,
  });
});

test("four breakpoints at most, the first of them on the instructions", () => {
  const text = (words: string): Block => ({ kind: "text", text: words, cache: {} });
  const blocks = ["a", "b", "c", "d", "e"].map(text);
  const turns = blocks.map((block, at) => ({
    role: at === 0 ? ("system" as const) : ("user" as const),
    place: at === 0 ? ("top" as const) : ("inline" as const),
    blocks: [block],
    path: `/messages/${at}`,
  }));
  const { request, verdicts: fates } = contextOf({ turns }, "openai");
  const chosen = chooseBreakpoints(request, true, fates);
  expect(blocks.map((block) => chosen.has(block))).toEqual([true, false, true, true, true]);
});

test("log probabilities come back as they were", () => {
  const token = { token: "a", logprob: -0.5, bytes: [97], top_logprobs: [] };
  const decoded = decodeTokens([token]);
  expect(decoded && JSON.parse(JSON.stringify(encodeTokens(decoded)))).toEqual([token]);
});

test("what has no place is text that says the same", () => {
  const passage: Block = {
    kind: "searchResult",
    source: "https://a.test",
    title: "A",
    parts: [{ kind: "text", text: "words" }],
  };
  expect(plainText([passage, { kind: "text", text: "more" }])).toBe(
    '<search_result source="https://a.test" title="A">\nwords\n</search_result>\nmore',
  );
  expect(titleWithExtension("Report", "application/pdf")).toBe("Report.pdf");
  expect(titleWithExtension("Report.PDF", "application/pdf")).toBe("Report.PDF");
  const tool = { kind: "function", name: "f", description: "d", path: "/tools/0" } as const;
  expect(describeTool({ ...tool, examples: [jsonText('{"a":1}')] })).toBe(
    'd\nExamples of input:\n{"a":1}',
  );
});

test("offsets count characters, not halves of them", () => {
  expect(codePoints("a😀b")).toBe(3);
});

test("media that the model does not take are known by their feature", () => {
  const image: Block = { kind: "image", media: { kind: "url", url: "https://a.test/" } };
  expect(beyondModel(image, { vision: false })).toBe("R07");
  expect(beyondModel(image, {})).toBeUndefined();
});

test("a choice is forced where the model allows it", () => {
  expect(mayForce({}, { mode: "on" })).toBe(true);
  expect(mayForce({ forcedToolChoice: "no" }, undefined)).toBe(false);
  expect(mayForce({ forcedToolChoice: "without-reasoning" }, { mode: "on" })).toBe(false);
  expect(mayForce({ forcedToolChoice: "without-reasoning" }, { mode: "off" })).toBe(true);
});
