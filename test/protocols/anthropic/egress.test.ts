// Addresses and headers of requests to an upstream.
import { expect, test } from "bun:test";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";

const { egress } = anthropic;

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

test("an operation that the protocol lacks is a bug of ours", () => {
  const call = { operation: "embeddings", model: "m", stream: false } as const;
  expect(() => egress.target(call)).toThrow("no embeddings");
});

test("the vendor's id of the call and its limits come back to the client", () => {
  expect(egress.returnedHeaders).toContain("request-id");
  expect(egress.returnedHeaders).toContain("anthropic-*");
});
