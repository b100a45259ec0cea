// Paths, credentials, addresses, headers and model lists.
import { expect, test } from "bun:test";
import { printJson, type Printable } from "../../../src/lib/json.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";

const { ingress, egress } = anthropic;

function plain(value: Printable): unknown {
  return JSON.parse(printJson(value));
}

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

test("the client's version and betas go on to an upstream of the same protocol", () => {
  expect(ingress.forwardedHeaders).toContain("anthropic-version");
  expect(ingress.forwardedHeaders).toContain("anthropic-beta");
});

test("E023 a translated request carries the older version", () => {
  expect(egress.headers).toEqual([["anthropic-version", "2023-06-01"]]);
});

test.each([
  { operation: "chat", target: "/v1/messages" },
  { operation: "count-tokens", target: "/v1/messages/count_tokens" },
  { operation: "models", target: "/v1/models" },
  { operation: "model", target: "/v1/models/a%2Fb" },
] as const)("a call for $operation leaves to $target", ({ operation, target }) => {
  expect(egress.target({ operation, model: "a/b", stream: false })).toBe(target);
});

test("a model has every member that the SDK's type has", () => {
  const entry = { id: "alias", contextWindow: 200_000, maxOutput: 64_000, created: 1_700_000_000 };
  expect(plain(anthropic.models.one(entry))).toEqual({
    type: "model",
    id: "alias",
    display_name: "alias",
    created_at: "2023-11-14T22:13:20Z",
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
    lifecycle: "active",
    line: null,
    deprecated_at: null,
    retires_at: null,
  });
});

test("the list is one page with its first and last id, also when it is empty", () => {
  const ids = ["a", "b", "c"].map((id) => ({ id, created: 0 }));
  const page = plain(anthropic.models.list(ids));
  expect(page).toMatchObject({ has_more: false, first_id: "a", last_id: "c" });
  expect(plain(anthropic.models.list([]))).toEqual({
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});
