// Paths and credentials.
import { expect, test } from "bun:test";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";

const { ingress } = anthropic;

test.each([
  { path: "/v1/messages", match: { operation: "chat", method: "POST" } },
  { path: "/v1/messages/count_tokens", match: { operation: "count-tokens", method: "POST" } },
  { path: "/v1/models", match: { operation: "models", method: "GET" } },
  { path: "/v1/models/claude-x", match: { operation: "model", method: "GET", model: "claude-x" } },
  { path: "/v1/models/a%2Fb", match: { operation: "model", method: "GET", model: "a/b" } },
] as const)("understands $path", ({ path, match }) => {
  expect(ingress.match(path)).toEqual(match);
});

test.each([
  "/v1/message",
  "/v1/messages/",
  "/v1/messages/batches",
  "/v1/models/",
  "/v1/models/%zz",
  "/v1/chat/completions",
  "/messages",
])("leaves %s to others", (path) => {
  expect(ingress.match(path)).toBeUndefined();
});

test.each([
  { headers: { authorization: "Bearer sk-1" }, token: "sk-1" },
  { headers: { "x-api-key": "sk-2" }, token: "sk-2" },
])("finds the token in $headers", ({ headers, token }) => {
  const map: Record<string, string | undefined> = headers;
  const credential = ingress.credential((name) => map[name], new URLSearchParams());
  expect(credential).toEqual({ kind: "token", token });
});

test("E021 x-api-key wins over a bearer token", () => {
  const headers = new Map([
    ["authorization", "Bearer other"],
    ["x-api-key", "key"],
  ]);
  const credential = ingress.credential((name) => headers.get(name), new URLSearchParams());
  expect(credential).toEqual({ kind: "token", token: "key" });
});

test("no credential is none", () => {
  expect(ingress.credential(() => undefined, new URLSearchParams())).toBeUndefined();
});

test("an empty key counts as none, and the bearer token is read", () => {
  const headers = new Map([
    ["x-api-key", ""],
    ["authorization", "Bearer sk-3"],
  ]);
  const credential = ingress.credential((name) => headers.get(name), new URLSearchParams());
  expect(credential).toEqual({ kind: "token", token: "sk-3" });
});

test("the client's version and betas go on to an upstream of the same protocol, its keys do not", () => {
  expect(ingress.forwardedHeaders).toContain("anthropic-version");
  expect(ingress.forwardedHeaders).toContain("anthropic-beta");
  expect(ingress.forwardedHeaders).not.toContain("x-api-key");
  expect(ingress.forwardedHeaders).not.toContain("authorization");
});

test("streams are server-sent events, asked for in the body", () => {
  expect(ingress.framing(new URLSearchParams())).toBe("sse");
  expect(ingress.streamMember).toBe("stream");
});
