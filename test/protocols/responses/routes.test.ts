// How calls arrive and leave.
import { expect, test } from "bun:test";
import { egress } from "../../../src/protocols/responses/egress.ts";
import { ingress } from "../../../src/protocols/responses/ingress.ts";

test.each([
  ["/v1/responses", { operation: "chat", method: "POST" }],
  ["/openai/v1/responses", { operation: "chat", method: "POST" }],
  ["/v1/responses/input_tokens", { operation: "count-tokens", method: "POST" }],
  ["/v1/models", { operation: "models", method: "GET" }],
  ["/v1/models/a%2Fb", { operation: "model", method: "GET", model: "a/b" }],
] as const)("understands %s", (path, expected) => {
  expect(ingress.match(path)).toEqual(expected);
});

test.each(["/v1/responses/", "/v1/responses/resp_1", "/v1/chat/completions", "/responses"])(
  "leaves %s to others",
  (path) => {
    expect(ingress.match(path)).toBeUndefined();
  },
);

test("the key is a bearer token, or Azure's own header", () => {
  const read = (headers: Record<string, string>) =>
    ingress.credential((name) => headers[name], new URLSearchParams());
  expect(read({ authorization: "Bearer a", "api-key": "b" })).toEqual({
    kind: "token",
    token: "a",
  });
  expect(read({ "api-key": "b" })).toEqual({ kind: "token", token: "b" });
  expect(read({})).toBeUndefined();
});

test.each([
  ["chat", "/responses"],
  ["count-tokens", "/responses/input_tokens"],
  ["models", "/models"],
] as const)("a call for %s leaves to %s, below a base that ends in /v1", (operation, target) => {
  expect(egress.target({ operation, model: "m", stream: false })).toBe(target);
});
