// Embeddings from every dialect to every upstream, with the vendors' own SDKs, against a provider that counts its calls.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { CohereClientV2 } from "cohere-ai";
import OpenAI from "openai";
import { vectorOf } from "../../src/mock/dialects/reading.ts";
import { parseFault } from "../../src/mock/fault.ts";
import { startMock } from "../../src/mock/mock.ts";
import { startGateway } from "../support/gateway.ts";

const mock = startMock();
const second = startMock();
const gateway = startGateway(`
auth: { mode: none }
providers:
  openai: { protocol: openai, base_url: "${mock.url}/v1", api_key: mock-key }
  gemini: { protocol: gemini, base_url: "${mock.url}", api_key: mock-key }
  cohere: { protocol: cohere, base_url: "${mock.url}", api_key: mock-key }
  bedrock: { protocol: bedrock, base_url: "${mock.url}", api_key: "mock-access:mock-secret" }
  other: { protocol: bedrock, base_url: "${second.url}", api_key: "mock-access:mock-secret" }
  anthropic: { protocol: anthropic, base_url: "${mock.url}", api_key: mock-key }
models:
  oc: { provider: openai, model: text-embedding-3-small }
  ge: { provider: gemini, model: gemini-embedding-001 }
  co: { provider: cohere, model: embed-v4.0 }
  titan: { provider: bedrock, model: "amazon.titan-embed-text-v2:0" }
  one: { provider: bedrock, model: "amazon.titan-embed-text-v2:0", max_concurrent: 1 }
  br-cohere: { provider: bedrock, model: cohere.embed-english-v3 }
  backup: { provider: other, model: "amazon.titan-embed-text-v2:0" }
  claude: { provider: anthropic, model: claude-sonnet-4-5 }
pools:
  safe: { members: [{ model: titan }, { model: backup, tier: 2 }] }
  mixed: { members: [{ model: claude }, { model: ge, tier: 2 }] }
`);
afterAll(async () => {
  await gateway.stop();
  mock.stop();
  second.stop();
});
afterEach(() => mock.setFaults([]));

const { url } = gateway;
const TEXTS = ["one fine day", "two"];
const VECTORS = TEXTS.map((text) => vectorOf(text, 4));
const UPSTREAMS = ["oc", "ge", "co", "titan", "br-cohere"] as const;

const openai = new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, maxRetries: 0 });
const gemini = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } });
const cohere = new CohereClientV2({ token: "k", environment: url, maxRetries: 0 });
const bedrock = new BedrockRuntimeClient({
  region: "us-east-1",
  endpoint: url,
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 1,
});

type Embed = (model: string, texts: readonly string[]) => Promise<readonly (readonly number[])[]>;

const CLIENTS: Readonly<Record<string, Embed>> = {
  openai: async (model, input) => {
    const reply = await openai.embeddings.create({ model, input: [...input], dimensions: 4 });
    expect(reply.usage.prompt_tokens).toBeGreaterThan(0);
    return reply.data.map(({ embedding }) => embedding);
  },
  gemini: async (model, contents) => {
    const config = { outputDimensionality: 4, taskType: "RETRIEVAL_DOCUMENT" };
    const reply = await gemini.models.embedContent({ model, contents: [...contents], config });
    return (reply.embeddings ?? []).map(({ values }) => values ?? []);
  },
  cohere: async (model, texts) => {
    const reply = await cohere.embed({
      model,
      texts: [...texts],
      inputType: "search_document",
      embeddingTypes: ["float"],
      outputDimension: 4,
    });
    return reply.embeddings.float ?? [];
  },
  "bedrock with texts": async (modelId, texts) => {
    const body = JSON.stringify({ texts, input_type: "search_document", output_dimension: 4 });
    const reply = await bedrock.send(new InvokeModelCommand({ modelId, body }));
    return JSON.parse(reply.body.transformToString()).embeddings;
  },
  "bedrock with one text": async (modelId, texts) => {
    const each = texts.map(async (inputText) => {
      const body = JSON.stringify({ inputText, dimensions: 4 });
      const reply = await bedrock.send(new InvokeModelCommand({ modelId, body }));
      const read = JSON.parse(reply.body.transformToString());
      expect(read.inputTextTokenCount).toBeGreaterThan(0);
      return read.embedding;
    });
    return Promise.all(each);
  },
};

/** The two families of this host do not read each other's bodies, and what is passed on is not translated. */
const FOREIGN = new Set(["bedrock with texts>titan", "bedrock with one text>br-cohere"]);

const PAIRS = Object.entries(CLIENTS)
  .flatMap(([name, embed]) => UPSTREAMS.map((model) => ({ name, embed, model })))
  .filter(({ name, model }) => !FOREIGN.has(`${name}>${model}`));

test.each(PAIRS)("$name > $model: every text has its vector", async ({ embed, model }) => {
  const vectors = await embed(model, TEXTS);
  expect(vectors).toHaveLength(2);
  for (const [index, vector] of vectors.entries()) {
    // What was packed as float32 has lost its last digits.
    vector.forEach((value, at) => expect(value).toBeCloseTo(VECTORS[index]?.[at] ?? NaN, 5));
  }
});

const post = (
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });

const bodiesSince = (count: number): unknown[] =>
  mock.requests.slice(count).map(({ body }) => JSON.parse(new TextDecoder().decode(body)));

describe("parts", () => {
  const many = Array.from({ length: 200 }, (_, index) => `text ${index}`);

  test("E332 two hundred texts for Cohere go in three calls, and come back in order with usage summed", async () => {
    const before = mock.requests.length;
    const reply = await openai.embeddings.create({ model: "co", input: many });
    expect(reply.data.map(({ index }) => index)).toEqual([...many.keys()]);
    reply.data.forEach(({ embedding }, index) => {
      expect(embedding[0]).toBeCloseTo(vectorOf(`text ${index}`, undefined)[0] ?? NaN, 5);
    });
    const bodies = bodiesSince(before);
    const sizes = bodies.map((body) => Reflect.get(Object(body), "texts").length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([8, 96, 96]);
    const alone = await openai.embeddings.create({ model: "co", input: many.slice(192) });
    expect(reply.usage.total_tokens).toBeGreaterThan(alone.usage.total_tokens);
  });

  test("a model that takes one text a call gets as many calls", async () => {
    for (const model of ["titan", "one"]) {
      const before = mock.requests.length;
      const reply = await openai.embeddings.create({ model, input: many.slice(0, 20) });
      expect(reply.data).toHaveLength(20);
      expect(mock.requests.length - before).toBe(20);
      reply.data.forEach(({ embedding }, index) => {
        expect(embedding[1]).toBeCloseTo(vectorOf(`text ${index}`, undefined)[1] ?? NaN, 5);
      });
    }
  });

  test("a part that fails fails the attempt, and the next member serves all of them", async () => {
    const fault = parseFault("status=500,times=1");
    if (!fault.ok) throw new Error(fault.error);
    mock.setFaults([fault.value]);
    const before = second.requests.length;
    const reply = await post("/v1/embeddings", { model: "safe", input: many.slice(0, 10) });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-recloser-route")).toContain("model=backup; attempts=2");
    expect(second.requests.length - before).toBe(10);
  });
});

test("E333 a request for base64 is answered with little-endian float32, whatever the upstream writes", async () => {
  const body = { model: "ge", input: "x", dimensions: 2, encoding_format: "base64" };
  const reply: unknown = await (await post("/v1/embeddings", body)).json();
  const packed = Buffer.from(Object(reply).data[0].embedding, "base64");
  const vector = vectorOf("x", 2);
  expect([packed.readFloatLE(0), packed.readFloatLE(4)]).toEqual(vector.map(Math.fround));
  expect(packed).toHaveLength(8);
});

describe("what is lost", () => {
  test("a default that shapes the vectors is told", async () => {
    const reply = await post("/v1/embeddings", { model: "co", input: "x", user: "u" });
    expect(reply.headers.get("x-recloser-loss")).toBe('R00;path="/input_type";lvl=D');
  });

  test("a task has no place in some protocols", async () => {
    const body = { content: { parts: [{ text: "x" }] }, taskType: "RETRIEVAL_QUERY", title: "t" };
    const reply = await post("/v1beta/models/oc:embedContent", body);
    expect(reply.headers.get("x-recloser-loss")).toBe(
      'R00;path="/title";lvl=X, R00;path="/taskType";lvl=X',
    );
    const strict = await post("/v1beta/models/oc:embedContent", body, {
      "x-recloser-strict": "true",
    });
    expect(strict.status).toBe(400);
    const detailed = await post("/v1beta/models/oc:embedContent", body, {
      "x-recloser-loss-detail": "body",
    });
    expect(await detailed.json()).toMatchObject({ x_recloser: { losses: [{}, {}] } });
  });

  test("tokens are estimated where nobody counted them, and that is told", async () => {
    const reply = await post("/v1/embeddings", { model: "br-cohere", input: "hello there" });
    expect(reply.headers.get("x-recloser-emulated")).toBe('count;path="/usage"');
    expect(await reply.json()).toMatchObject({ usage: { prompt_tokens: 2, total_tokens: 2 } });
  });
});

describe("refusals", () => {
  test.each([
    ["/v1/embeddings", { model: "ge", input: [1, 2, 3] }, "input"],
    ["/v1/embeddings", { model: "ge", input: [[1], [2]] }, "input"],
    ["/v1/embeddings", { model: "ge", input: [] }, "input"],
    ["/v1/embeddings", { model: "ge" }, "input"],
    ["/v1/embeddings", { model: "ge", input: ["a", 1] }, "input[1]"],
    ["/v1/embeddings", { model: "ge", input: "x", encoding_format: "int8" }, "encoding_format"],
    ["/v2/embed", { model: "ge", texts: ["x"], embedding_types: ["int8"] }, "embedding_types"],
    ["/v2/embed", { model: "ge", images: ["data:"] }, "images"],
    ["/v1beta/models/oc:embedContent", { content: { parts: [{ inlineData: {} }] } }, "inlineData"],
  ])("%s %j is a bad request", async (path, body, mark) => {
    const before = mock.requests.length;
    const reply = await post(path, body);
    expect(reply.status).toBe(400);
    if (mark !== "inlineData") expect(await reply.text()).toContain(mark);
    expect(mock.requests).toHaveLength(before);
  });

  test("tokens pass to an upstream of the same protocol", async () => {
    const reply = await post("/v1/embeddings", { model: "oc", input: [1, 2] });
    expect(reply.status).toBe(200);
  });

  test("an upstream without embeddings is passed over; if there is no other, it is a 404", async () => {
    const served = await post("/v1/embeddings", { model: "mixed", input: "x" });
    expect(served.headers.get("x-recloser-route")).toContain("model=ge");
    const none = await post("/v1/embeddings", { model: "claude", input: "x" });
    expect(none.status).toBe(404);
    expect(await none.text()).toContain("has no embeddings");
  });

  test("a protocol without embeddings has no path for them", async () => {
    for (const path of ["/anthropic/v1/embeddings", "/responses/v1/embeddings"]) {
      expect((await post(path, { model: "ge", input: "x" })).status).toBe(404);
    }
  });

  test("what else a model is invoked for needs a provider that it is passed on to", async () => {
    const reply = await post("/model/titan/invoke", { messages: [] });
    expect(reply.status).toBe(404);
    expect(await reply.text()).toContain("passthrough_routes: { bedrock: PROVIDER }");
  });
});

test("names that a batch repeats are the upstream's, and the rest keeps its spelling", async () => {
  const body = `{"requests":[{"model":"models/ge", "content":{"parts":[{"text":"x"}]},"outputDimensionality":2.0}]}`;
  await fetch(`${url}/v1beta/models/ge:batchEmbedContents`, { method: "POST", body });
  const sent = new TextDecoder().decode(mock.requests.at(-1)?.body);
  expect(sent).toBe(
    '{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]},"outputDimensionality":2.0}]}',
  );
});
