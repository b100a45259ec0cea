// Requests of Converse to the neutral model (translation.md A.5, B).
import { expect, test } from "bun:test";
import type { Json } from "../../../src/lib/json.ts";
import type { Block } from "../../../src/ir/block.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { decodeRequest } from "./harness.ts";

const HI = { role: "user", content: [{ text: "hi" }] } as const;

function blocksOf(...content: readonly Json[]): readonly Block[] {
  return decodeRequest({ messages: [{ role: "user", content: [...content] }] }).turns.flatMap(
    ({ blocks }) => blocks,
  );
}

function usesOf(body: Json): readonly string[] {
  return decodeRequest(body).uses.map(({ id, path }) => `${id} ${path}`);
}

test("instructions stand at the top, and messages follow", () => {
  const { turns } = decodeRequest({ system: [{ text: "be kind" }], messages: [HI] });
  expect(turns.map(({ role, place }) => `${role} ${place}`)).toEqual(["system top", "user inline"]);
});

test("media have the types of their formats; a place in S3 is the vendor's own", () => {
  const [image, document, video] = blocksOf(
    { image: { format: "png", source: { bytes: "AAAA" } } },
    { document: { name: "notes", format: "md", source: { text: "# a" } } },
    { video: { format: "mp4", source: { s3Location: { uri: "s3://b/k" } } } },
  );
  expect(image).toMatchObject({ media: { kind: "inline", mime: "image/png", base64: "AAAA" } });
  expect(document).toMatchObject({ title: "notes", content: { kind: "text", text: "# a" } });
  expect(video).toMatchObject({ media: { kind: "vendor", dialect: "bedrock" } });
});

test("a document of blocks keeps them", () => {
  const [document] = blocksOf({
    document: { name: "a", source: { content: [{ text: "one" }, { text: "two" }] } },
  });
  expect(document).toMatchObject({
    content: { kind: "blocks", blocks: [{ text: "one" }, { text: "two" }] },
  });
});

test("calls keep the spelling of their input, results say whether they failed", () => {
  const text =
    '{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"n":1.0}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t1","status":"error","content":[{"json":{"x":1.50}}]}}]}]}';
  const context = { model: "m", stream: false, unseal: () => undefined };
  const decoded = bedrock.codec.request.decode(jsonDocument(text), context);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const [, call, result] = decoded.value.turns.flatMap(({ blocks }) => blocks);
  expect(call).toMatchObject({ kind: "toolCall", id: "t1", argsText: '{"n":1.0}' });
  expect(result).toMatchObject({ isError: true, parts: [{ kind: "json", text: '{"x":1.50}' }] });
});

test("signatures are Claude's tokens", () => {
  const [block] = blocksOf({
    reasoningContent: { reasoningText: { text: "so", signature: "sig" } },
  });
  expect(block).toMatchObject({
    kind: "thinking",
    text: "so",
    opaque: [{ vendor: "anthropic", kind: "signature", data: "sig" }],
  });
});

test("a cache point marks the block before it", () => {
  const [only, ...rest] = blocksOf(
    { text: "long" },
    { cachePoint: { type: "default", ttl: "1h" } },
  );
  expect(only).toMatchObject({ kind: "text", cache: { ttl: "1h" } });
  expect(rest).toEqual([]);
});

test("settings and tools", () => {
  const request = decodeRequest({
    messages: [HI],
    inferenceConfig: { maxTokens: 9, temperature: 0.5, topP: 0.9, stopSequences: ["x"] },
    toolConfig: {
      tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } }],
      toolChoice: { tool: { name: "f" } },
    },
  });
  expect(request.sampling).toMatchObject({ temperature: 0.5, topP: 0.9 });
  expect(request.output).toMatchObject({ maxTokens: 9, stop: ["x"] });
  expect(request.tools).toMatchObject([{ kind: "function", name: "f" }]);
  expect(request.toolChoice).toEqual({ kind: "named", name: "f" });
});

test("what only this service has is noted at its place", () => {
  const uses = usesOf({
    messages: [{ role: "user", content: [{ guardContent: { text: { text: "a" } } }] }],
    guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
  });
  expect(uses).toContain("B05 /messages/0/content/0/guardContent");
  expect(uses.some((use) => use.endsWith(" /guardrailConfig"))).toBe(true);
});

test("content that is marked for a guardrail is content for everybody else", () => {
  const guarded = { text: { text: "Paris.", qualifiers: ["grounding_source"] } };
  const image = { format: "png", source: { bytes: "aGk=" } };
  expect(blocksOf({ guardContent: guarded }, { guardContent: { image } })).toMatchObject([
    { kind: "text", text: "Paris." },
    { kind: "image", media: { kind: "inline", mime: "image/png", base64: "aGk=" } },
  ]);
});

test("what is missing is named with its place", () => {
  const context = { model: "m", stream: false, unseal: () => undefined };
  const body = '{"messages":[{"role":"assistant","content":[{"toolUse":{"name":"f"}}]}]}';
  const decoded = bedrock.codec.request.decode(jsonDocument(body), context);
  if (decoded.ok) throw new Error("expected a failure");
  expect(decoded.error.message).toContain("toolUseId");
});
