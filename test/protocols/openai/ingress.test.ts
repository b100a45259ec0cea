// Paths and credentials.
import { expect, test } from "bun:test";
import { openai } from "../../../src/protocols/openai/index.ts";

const { ingress } = openai;

test.each([
  { path: "/v1/chat/completions", match: { operation: "chat", method: "POST" } },
  { path: "/openai/v1/chat/completions", match: { operation: "chat", method: "POST" } },
  { path: "/v1/embeddings", match: { operation: "embeddings", method: "POST" } },
  { path: "/v1/models", match: { operation: "models", method: "GET" } },
  { path: "/v1/models/gpt-4o", match: { operation: "model", method: "GET", model: "gpt-4o" } },
  {
    path: "/v1/models/meta%2Dllama/llama-3",
    match: { operation: "model", method: "GET", model: "meta-llama/llama-3" },
  },
  {
    path: "/openai/deployments/my%20gpt/chat/completions",
    match: { operation: "chat", method: "POST", model: "my gpt" },
  },
  {
    path: "/deployments/e/embeddings",
    match: { operation: "embeddings", method: "POST", model: "e" },
  },
] as const)("understands $path", ({ path, match }) => {
  expect(ingress.match(path)).toEqual(match);
});

test.each([
  "/v1/messages",
  "/v1/chat/completions/",
  "/v1/models/",
  "/v1/models/%zz",
  "/openai/deployments/x/images",
])("leaves %s to others", (path) => {
  expect(ingress.match(path)).toBeUndefined();
});

test("a model in the path is decoded once", () => {
  expect(ingress.match("/v1/models/a%252Fb")?.model).toBe("a%2Fb");
});

test.each([
  { headers: { authorization: "Bearer sk-1" }, token: "sk-1" },
  { headers: { authorization: "bearer  sk-2 " }, token: "sk-2" },
  { headers: { "api-key": "azure" }, token: "azure" },
  { headers: { authorization: "Basic abc", "api-key": "azure" }, token: "azure" },
])("finds the token in $headers", ({ headers, token }) => {
  const map: Record<string, string | undefined> = headers;
  expect(ingress.credential((name) => map[name], new URLSearchParams())).toEqual({
    kind: "token",
    token,
  });
});

test("no credential is none", () => {
  expect(ingress.credential(() => undefined, new URLSearchParams())).toBeUndefined();
  expect(
    ingress.credential((name) => (name === "api-key" ? "" : undefined), new URLSearchParams()),
  ).toBeUndefined();
});
