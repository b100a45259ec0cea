// Agent loops: the official SDK of each protocol, with reasoning on, works through a provider of each protocol for three
// turns, with calls side by side and a picture among the results. The provider's own ids and proofs come back to it
// untouched and in their order, and nothing of the gateway's ever reaches it (translation.md 0.4, B.4, B.7).
import { afterAll, expect, test } from "bun:test";
import { PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import { startGateway } from "../support/gateway.ts";
import type { Agent } from "./agent.ts";
import { converseAgent, messagesAgent } from "./agents-messages.ts";
import { chatAgent, responsesAgent } from "./agents-openai.ts";
import { cohereAgent, generateAgent } from "./agents-others.ts";
import { startProvider } from "./provider.ts";
import { historyOf, lastWords } from "./script.ts";
import { TRACES } from "./traces.ts";

const AGENTS: Readonly<Record<ProtocolName, Agent>> = {
  openai: chatAgent,
  responses: responsesAgent,
  anthropic: messagesAgent,
  gemini: generateAgent,
  bedrock: converseAgent,
  cohere: cohereAgent,
};

const PROVIDERS = new Map(PROTOCOL_NAMES.map((name) => [name, startProvider(name)]));

/** Models that reason; the picture is taken as far as the protocol goes. */
const MODELS: Readonly<Record<ProtocolName, string>> = {
  openai: "gpt-5.1",
  responses: "gpt-5.1",
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-3-pro-preview",
  bedrock: '"anthropic.claude-sonnet-4-5-20250929-v1:0"',
  cohere: "command-a-reasoning-08-2025",
};

/** Protocols in which a provider can sign its reasoning. */
const SIGNED: ReadonlySet<ProtocolName> = new Set(["responses", "anthropic", "gemini", "bedrock"]);

function lineOf(name: ProtocolName): string {
  const url = PROVIDERS.get(name)?.url ?? "";
  const base = name === "openai" || name === "responses" ? `${url}/v1` : url;
  const key = name === "bedrock" ? "access:secret" : "k";
  return `  p-${name}: { protocol: ${name}, base_url: "${base}", api_key: "${key}" }`;
}

const gateway = startGateway(`
providers:
${PROTOCOL_NAMES.map(lineOf).join("\n")}
models:
${PROTOCOL_NAMES.map((name) => `  ${name}-m: { provider: p-${name}, model: ${MODELS[name]}, capabilities: { vision: true } }`).join("\n")}
`);

afterAll(async () => {
  await gateway.stop();
  for (const provider of PROVIDERS.values()) provider.stop();
});

const CASES = PROTOCOL_NAMES.flatMap((client) =>
  PROTOCOL_NAMES.flatMap((provider) =>
    [false, true].flatMap((stream) =>
      (["everything", "words"] as const).map((keeps) => ({ client, provider, stream, keeps })),
    ),
  ),
).map((one, run) => ({ ...one, run }));

/** What its own provider would have to do without comes back only by itself. */
const isOwn = ({ client, provider }: (typeof CASES)[number]): boolean => client === provider;

test.each(CASES)(
  "$client agent that keeps $keeps, on $provider, streamed $stream: three turns, nothing lost or mixed",
  async (one) => {
    const { client, provider, stream, keeps, run } = one;
    const question = `This is run ${run}. Look around.`;
    const words = await AGENTS[client]({
      url: gateway.url,
      model: `${provider}-m`,
      question,
      stream,
      keeps,
    });
    expect(words).toBe(lastWords(run));
    const requests = PROVIDERS.get(provider)?.requestsOf(run) ?? [];
    expect(requests).toHaveLength(3);
    // Bytes of a call in the provider's own protocol pass through: what the agent left out stays out.
    const hasProofs = SIGNED.has(provider) && !(isOwn(one) && keeps === "words");
    expect(TRACES[provider](JSON.parse(requests[2] ?? ""))).toEqual(
      historyOf(run, hasProofs) as string[],
    );
    // The tag with which every envelope of the gateway begins (ir/opaque.ts).
    for (const request of requests) expect(request).not.toContain("cmNs");
  },
);
