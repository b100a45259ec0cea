// Which word on a model's capabilities counts, and where the table is used besides encoding.
import { afterAll, expect, test } from "bun:test";
import { startGateway } from "../support/gateway.ts";

const gateway = startGateway(`
providers:
  openai: { api_key: k }
  vertex-gemini: { project: p, location: l, api_key: k }
  own: { protocol: openai, base_url: "http://127.0.0.1:1", capabilities: { stop: false, vision: false, vendor: acme } }
models:
  plain: { provider: openai, model: gpt-4.1 }
  small: { provider: openai, model: gpt-4.1, context_window: 1000 }
  vertex: { provider: vertex-gemini, model: gemini-2.5-flash }
  mine: { provider: own, model: gpt-4.1, capabilities: { vision: true } }
  unheard: { provider: own, model: unheard-of }
`);
afterAll(gateway.stop);

function capabilitiesOf(name: string): unknown {
  const upstream = gateway.runtime.targets.pools.get(name)?.members[0]?.upstream;
  if (upstream === undefined) throw new Error(`no model ${name}`);
  return gateway.runtime.capabilities(upstream);
}

test.each([
  { name: "plain", expected: { contextWindow: 1_047_576, vision: true } },
  { name: "small", expected: { contextWindow: 1000, maxOutput: 32_768 } },
  { name: "vertex", expected: { callIds: "none", reasoning: "budget" } },
  { name: "mine", expected: { stop: false, vision: true, vendor: "acme", maxOutput: 32_768 } },
  { name: "unheard", expected: { stop: false, vision: false } },
])("$name: the table, then the provider, then the model", ({ name, expected }) => {
  expect(capabilitiesOf(name)).toMatchObject(expected);
});

test("windows of the table count for routing and are listed", () => {
  const { targets, models } = gateway.runtime;
  const windows = ["plain", "small", "unheard"].map(
    (name) => targets.pools.get(name)?.members[0]?.upstream.contextWindow,
  );
  expect(windows).toEqual([1_047_576, 1000, undefined]);
  expect(models.find(({ id }) => id === "plain")).toMatchObject({
    contextWindow: 1_047_576,
    maxOutput: 32_768,
  });
});
