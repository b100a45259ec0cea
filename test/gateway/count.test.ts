// Counting tokens from every dialect that can ask, for every upstream: asked or estimated, but never by generating.
import { afterAll, describe, expect, test } from "bun:test";
import { startMock } from "../../src/mock/mock.ts";
import { PROTOCOL_NAMES, protocolNamed } from "../../src/protocols/registry.ts";
import { CLIENTS } from "../support/clients.ts";
import { startGateway } from "../support/gateway.ts";

const mock = startMock();
const gateway = startGateway(`
auth: { mode: none }
providers:
${PROTOCOL_NAMES.map((name) => {
  const base = name === "openai" || name === "responses" ? `${mock.url}/v1` : mock.url;
  const key = name === "bedrock" ? "mock-access:mock-secret" : "mock-key";
  return `  ${name}: { protocol: ${name}, base_url: "${base}", api_key: "${key}" }`;
}).join("\n")}
models:
${PROTOCOL_NAMES.map((name) => `  ${name}-m: { provider: ${name}, model: real-${name} }`).join("\n")}
`);
afterAll(async () => {
  await gateway.stop();
  mock.stop();
});

/** Paths of operations that count. */
const COUNTS = /\/(?:input_tokens|count_tokens|count-tokens)$|:countTokens$/;

const COUNTING = PROTOCOL_NAMES.filter((name) => protocolNamed(name).count !== undefined);
const PAIRS = COUNTING.flatMap((from) => PROTOCOL_NAMES.map((to) => ({ from, to })));

test.each(PAIRS)(
  "$from > $to: the SDK gets a count, and nothing is generated",
  async ({ from, to }) => {
    const before = mock.requests.length;
    const client = CLIENTS[from]?.({ url: gateway.url, key: "k", pair: "a:b", model: `${to}-m` });
    const told = await client?.count?.("twelve chars").catch((error: unknown) => error);
    const targets = mock.requests.slice(before).map(({ target }) => target);
    for (const target of targets) expect(target).toMatch(COUNTS);
    const { count } = protocolNamed(to);
    if (count === undefined) expect(told).toBeWithin(5, 12);
    // The mock counts a token for each four characters.
    else expect(told).toBe(3);
    expect(targets).toHaveLength(count === undefined ? 0 : 1);
  },
);

const BODY = { messages: [{ role: "user", content: "hello" }], system: "be brief" };

const ask = (model: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}/v1/messages/count_tokens`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model, ...BODY }),
  });

test("E329 a count for a client of Messages on Gemini asks for the count of the encoded request", async () => {
  const before = mock.requests.length;
  const reply = await ask("gemini-m");
  const seen = mock.requests.slice(before);
  expect(seen.map(({ target }) => target)).toEqual(["/v1beta/models/real-gemini:countTokens"]);
  const sent: unknown = JSON.parse(new TextDecoder().decode(seen[0]?.body));
  expect(sent).toMatchObject({
    generateContentRequest: {
      model: "models/real-gemini",
      contents: [{ role: "user", parts: [{ text: "hello" }] }],
      systemInstruction: { parts: [{ text: "be brief" }] },
    },
  });
  expect(await reply.json()).toEqual({ input_tokens: 4 });
});

describe("an estimate", () => {
  test("is marked, and asks nobody", async () => {
    const before = mock.requests.length;
    for (const model of ["openai-m", "cohere-m"]) {
      const reply = await ask(model);
      expect(reply.headers.get("x-recloser-emulated")).toBe('count;path=""');
      expect(reply.headers.get("x-recloser-route")).toContain(`model=${model}; attempts=1`);
      expect(await reply.json()).toEqual({ input_tokens: 14 });
    }
    expect(mock.requests).toHaveLength(before);
  });

  test("of a body that is no request is refused in the client's words", async () => {
    const reply = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
      method: "POST",
      body: JSON.stringify({ model: "openai-m" }),
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });
});
