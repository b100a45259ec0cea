// The mock is as good as what the vendors' own SDKs make of it.
import { afterAll, expect, test } from "bun:test";
import { startMock } from "../../src/mock/mock.ts";
import { PROTOCOL_NAMES } from "../../src/protocols/registry.ts";
import { CLIENTS, WEATHER, type Client } from "../support/clients.ts";

const mock = startMock();
afterAll(mock.stop);

function clientOf(name: string, key = "mock-key", pair = "mock-access:mock-secret"): Client {
  const make = CLIENTS[name];
  if (make === undefined) throw new Error(name);
  return make({ url: mock.url, key, pair, model: "mock-small" });
}

/** The vendors' words for the three ways in which the mock ends. */
const STOPS: Readonly<Record<string, { readonly end: string; readonly calls: string }>> = {
  openai: { end: "stop", calls: "tool_calls" },
  responses: { end: "completed", calls: "completed" },
  anthropic: { end: "end_turn", calls: "tool_use" },
  gemini: { end: "STOP", calls: "STOP" },
  bedrock: { end: "end_turn", calls: "tool_use" },
  cohere: { end: "COMPLETE", calls: "TOOL_CALL" },
};

const ROWS = PROTOCOL_NAMES.flatMap((name) =>
  [false, true].map((stream) => ({ name, stream, how: stream ? "streamed" : "buffered" })),
);

test.each(ROWS)("$name, $how: the last words of the user come back", async ({ name, stream }) => {
  const text = "Grüße an 世界, [DONE] or not 🎈";
  const told = await clientOf(name).ask({ text, stream });
  expect(told).toMatchObject({ text, thinking: "", calls: [], stop: STOPS[name]?.end });
  expect(told.input).toBeGreaterThan(0);
  expect(told.output).toBe(Math.ceil(text.length / 4));
});

test.each(ROWS)("$name, $how: a tool is called with arguments that fit", async (row) => {
  const { name, stream } = row;
  const told = await clientOf(name).ask({ text: "use the tool", stream, tool: true });
  expect(told.calls).toEqual([{ name: WEATHER.name, args: { city: "mock", days: 1 } }]);
  expect(told).toMatchObject({ text: "", stop: STOPS[name]?.calls });
});

test.each(ROWS)("$name, $how: it thinks when asked to", async ({ name, stream }) => {
  const told = await clientOf(name).ask({ text: "think", stream, thinking: true });
  expect(told).toMatchObject({ text: "think", thinking: "The user said: think" });
  expect(told.output).toBe(2 + 5);
});

test.each(PROTOCOL_NAMES)("%s: the tool's answer is taken up", async (name) => {
  const told = await clientOf(name).converse("use the tool", "18 degrees");
  expect(told).toMatchObject({ text: "The tool answered: 18 degrees", calls: [] });
});

test.each(PROTOCOL_NAMES)("%s: a wrong key is refused as the vendor refuses it", async (name) => {
  const client = clientOf(name, "wrong", "mock-access:wrong");
  const status = name === "bedrock" ? 403 : 401;
  for (const stream of [false, true]) {
    const error = await client.ask({ text: "hi", stream }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(statusOf(error)).toBe(status);
  }
});

/** Every SDK keeps the status elsewhere. */
function statusOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  if ("$metadata" in error && typeof error.$metadata === "object" && error.$metadata !== null) {
    return new Map<string, unknown>(Object.entries(error.$metadata)).get("httpStatusCode");
  }
  if ("statusCode" in error) return error.statusCode;
  return "status" in error ? error.status : undefined;
}

test.each(PROTOCOL_NAMES)("%s: what else the SDK can ask for", async (name) => {
  const { models, count, embed } = clientOf(name);
  if (models !== undefined) expect(await models()).toEqual(["mock-small", "mock-large"]);
  if (count !== undefined) expect(await count("twelve chars")).toBe(3);
  if (embed !== undefined) {
    const vectors = await embed(["one", "two"]);
    expect(vectors).toHaveLength(2);
    expect(vectors[0]).not.toEqual(vectors[1]);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    expect(await embed(["one", "two"])).toEqual(vectors);
  }
});

test("the same question gets the same answer", async () => {
  for (const name of PROTOCOL_NAMES) {
    const client = clientOf(name);
    const ask = { text: "use the tool", tool: true, thinking: true };
    expect(await client.ask(ask)).toEqual(await client.ask({ ...ask, stream: true }));
  }
});

test("a signature over another body is refused", async () => {
  const before = mock.requests.length;
  await clientOf("bedrock").ask({ text: "hi" });
  const signed = mock.requests[before];
  if (signed === undefined) throw new Error("nothing recorded");
  const again = (body: Uint8Array): Promise<Response> =>
    fetch(`${mock.url}${signed.target}`, {
      method: "POST",
      headers: signed.headers.map(([name, value]): [string, string] => [name, value]),
      body,
    });
  expect((await again(signed.body)).status).toBe(200);
  const changed = new TextEncoder().encode(
    new TextDecoder().decode(signed.body).replace("hi", "ho"),
  );
  expect((await again(changed)).status).toBe(403);
});
