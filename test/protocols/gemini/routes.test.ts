// How calls arrive and leave, and model lists.
import { expect, test } from "bun:test";
import { egress } from "../../../src/protocols/gemini/egress.ts";
import { ingress } from "../../../src/protocols/gemini/ingress.ts";
import { list, one } from "../../../src/protocols/gemini/models.ts";

test.each([
  ["/v1beta/models/m:generateContent", { operation: "chat", stream: false, model: "m" }],
  ["/v1/models/m:streamGenerateContent", { operation: "chat", stream: true, model: "m" }],
  [
    "/v1beta/models/llama3:8b:generateContent",
    { operation: "chat", stream: false, model: "llama3:8b" },
  ],
  [
    "/v1beta/models/acme%2Flarge:countTokens",
    { operation: "count-tokens", stream: false, model: "acme/large" },
  ],
  [
    "/v1beta/models/acme/large:embedContent",
    { operation: "embeddings", stream: false, model: "acme/large" },
  ],
  [
    "/v1beta/tunedModels/mine:generateContent",
    { operation: "chat", stream: false, model: "tunedModels/mine" },
  ],
  [
    "/v1beta1/projects/p/locations/global/publishers/google/models/m:generateContent",
    { operation: "chat", stream: false, model: "m" },
  ],
  [
    "/v1/publishers/google/models/m:generateContent",
    { operation: "chat", stream: false, model: "m" },
  ],
] as const)("understands POST %s", (path, expected) => {
  expect(ingress.match(path)).toEqual({ ...expected, method: "POST" });
});

test.each([
  ["/v1beta/models", { operation: "models" }],
  ["/v1beta/models/m", { operation: "model", model: "m" }],
  ["/v1beta/models/llama3:8b", { operation: "model", model: "llama3:8b" }],
] as const)("understands GET %s", (path, expected) => {
  expect(ingress.match(path)).toEqual({ ...expected, method: "GET" });
});

test.each([
  "/v1beta",
  "/v1beta/models/",
  "/v1beta/models/:generateContent",
  "/v1beta/models/%zz:generateContent",
  "/v1beta/cachedContents",
  "/v1/messages",
  "/v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict",
])("leaves %s to others", (path) => {
  const match = ingress.match(path);
  expect(match?.method === "POST" ? match : undefined).toBeUndefined();
});

const read = (headers: Record<string, string>, query = "") =>
  ingress.credential((name) => headers[name], new URLSearchParams(query));

test("the key stands in a header, in the query, or is a bearer token of Vertex", () => {
  expect(read({ "x-goog-api-key": "a" }, "key=b")).toEqual({ kind: "token", token: "a" });
  expect(read({}, "key=b")).toEqual({ kind: "token", token: "b" });
  expect(read({ authorization: "Bearer c" })).toEqual({ kind: "token", token: "c" });
  expect(read({ "x-goog-api-key": "" })).toBeUndefined();
});

test("without alt=sse a stream is an array", () => {
  expect(ingress.framing(new URLSearchParams("alt=sse"))).toBe("sse");
  expect(ingress.framing(new URLSearchParams("alt=json"))).toBe("json-array");
  expect(ingress.framing(new URLSearchParams())).toBe("json-array");
});

test.each([
  ["chat", "m", false, "/v1beta/models/m:generateContent"],
  ["chat", "m", true, "/v1beta/models/m:streamGenerateContent?alt=sse"],
  ["chat", "tunedModels/x", false, "/v1beta/tunedModels/x:generateContent"],
  ["chat", "models/x", false, "/v1beta/models/x:generateContent"],
  ["count-tokens", "a/b", false, "/v1beta/models/a%2Fb:countTokens"],
  ["embeddings", "m", false, "/v1beta/models/m:embedContent"],
  ["models", "", false, "/v1beta/models"],
  ["model", "m", false, "/v1beta/models/m"],
] as const)("a call for %s of '%s' leaves as it should", (operation, model, stream, target) => {
  expect(egress.target({ operation, model, stream })).toBe(target);
});

test("several embeddings at once leave as they came", () => {
  const match = ingress.match("/v1beta/models/m:batchEmbedContents");
  expect(match).toMatchObject({ operation: "embeddings", batch: true });
  const call = { operation: "embeddings", model: "m", stream: false, batch: true } as const;
  expect(egress.target(call)).toBe("/v1beta/models/m:batchEmbedContents");
});

test("names in lists carry their prefix", () => {
  const entry = { id: "fast", created: 1, contextWindow: 1000, maxOutput: 100 };
  expect(one(entry)).toMatchObject({
    name: "models/fast",
    inputTokenLimit: 1000,
    outputTokenLimit: 100,
  });
  const listed = list([entry], new URLSearchParams());
  expect(listed).toMatchObject({ value: { models: [{ name: "models/fast" }] } });
});
