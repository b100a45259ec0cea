// Addresses of upstreams, and the model lists of the gateway itself.
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { printJson } from "../../../src/lib/json.ts";
import { openai } from "../../../src/protocols/openai/index.ts";

const { egress, models } = openai;

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

test("the SDK lists the models", async () => {
  const entries = [
    { id: "fast", created: 1, contextWindow: 8, maxOutput: 4 },
    { id: "b", created: 1 },
  ];
  const reply = (): Promise<Response> =>
    Promise.resolve(
      new Response(printJson(models.list(entries)), {
        headers: { "content-type": "application/json" },
      }),
    );
  const fetch = Object.assign(reply, { preconnect: () => undefined });
  const client = new OpenAI({ apiKey: "k", baseURL: "http://x.test/v1", fetch });
  const ids: string[] = [];
  for await (const model of client.models.list())
    ids.push(`${model.id} ${model.object} ${model.owned_by}`);
  expect(ids).toEqual(["fast model recloser", "b model recloser"]);
});

test("a model says what is known of it and nothing else", () => {
  expect(printJson(models.one({ id: "b", created: 7 }))).toBe(
    '{"id":"b","object":"model","created":7,"owned_by":"recloser"}',
  );
});
