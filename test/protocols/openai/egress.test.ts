// Addresses of upstreams.
import { expect, test } from "bun:test";
import { openai } from "../../../src/protocols/openai/index.ts";

const { egress } = openai;

test.each([
  { operation: "chat", target: "/chat/completions" },
  { operation: "embeddings", target: "/embeddings" },
  { operation: "models", target: "/models" },
  { operation: "model", target: "/models/meta/llama%203" },
] as const)("$operation goes to $target", ({ operation, target }) => {
  expect(egress.target({ operation, model: "meta/llama 3", stream: false })).toBe(target);
});

test("an operation that the protocol lacks is a bug of ours", () => {
  const call = { operation: "count-tokens", model: "m", stream: false } as const;
  expect(() => egress.target(call)).toThrow("counts tokens");
});
