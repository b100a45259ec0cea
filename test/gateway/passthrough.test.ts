// Streams that break off after content, each in the framing of its protocol, read by that vendor's own client.
import { afterEach, expect, test } from "bun:test";
import { parseFault } from "../../src/mock/fault.ts";
import { startMock, type Mock } from "../../src/mock/mock.ts";
import { PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";
import { CLIENTS } from "../support/clients.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

const running: (Mock | TestGateway)[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

/** A gateway before a mock that breaks as told. */
function stage(protocol: ProtocolName, fault?: string): TestGateway {
  const read = fault === undefined ? undefined : parseFault(fault);
  if (read?.ok === false) throw new Error(read.error);
  const mock = startMock({ faults: read === undefined ? [] : [read.value] });
  // This protocol's clients know their base URL with the version in it.
  const base = protocol === "openai" || protocol === "responses" ? `${mock.url}/v1` : mock.url;
  const key = protocol === "bedrock" ? "mock-access:mock-secret" : "mock-key";
  const gateway = startGateway(`
auth: { mode: none }
providers:
  mock: { protocol: ${protocol}, base_url: "${base}", api_key: "${key}" }
models:
  m: { provider: mock, model: mock-small }
`);
  running.push(mock, gateway);
  return gateway;
}

test.each(PROTOCOL_NAMES)(
  "%s: the SDK throws when the stream breaks off after content",
  async (name) => {
    for (const fault of ["cut=5", "cut-inside=5", "reset=5", "garbage=5"]) {
      const { url } = stage(name, fault);
      const client = CLIENTS[name]?.({ url, key: "k", pair: "a:b", model: "m" });
      const ask = { text: "one two three four five six seven", stream: true, thinking: true };
      const told = await client?.ask(ask).then(
        ({ stop }) => `ended: ${stop}`,
        (error: unknown) => error,
      );
      // This SDK passes the error event on as an ordinary one; its finish reason tells.
      if (name === "cohere") expect(told).toBe("ended: ERROR");
      else expect(told).toBeInstanceOf(Error);
    }
  },
);

test.each(["cut=3", "cut-inside=3", "reset=3"])(
  "E016 an array stays one when it breaks: %s",
  async (fault) => {
    const { url } = stage("gemini", fault);
    const reply = await fetch(`${url}/v1beta/models/m:streamGenerateContent`, {
      method: "POST",
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "a b c d e f" }] }] }),
    });
    const elements: unknown = JSON.parse(await reply.text());
    expect(elements).toBeArrayOfSize(4);
    expect(elements).toMatchObject([{ candidates: [{}] }, {}, {}, { error: { code: 502 } }]);
  },
);

test.each(PROTOCOL_NAMES)("%s: whatever the SDK asks for gets through and back", async (name) => {
  const { url } = stage(name);
  const client = CLIENTS[name]?.({ url, key: "k", pair: "a:b", model: "m" });
  if (client === undefined) throw new Error(name);
  for (const stream of [false, true]) {
    const told = await client.ask({ text: "hello there", stream, thinking: true });
    expect(told).toMatchObject({ text: "hello there", thinking: "The user said: hello there" });
  }
  expect(await client.converse("use the tool", "18 degrees")).toMatchObject({
    text: "The tool answered: 18 degrees",
  });
  if (client.models !== undefined) expect(await client.models()).toEqual(["m"]);
  if (client.count !== undefined) expect(await client.count("twelve chars")).toBe(3);
  if (client.embed !== undefined) expect(await client.embed(["one", "two"])).toHaveLength(2);
});
