// The HTTP surface of the data plane: who may enter, in which words a refusal is said, what is listed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { CohereClientV2 } from "cohere-ai";
import {
  httpReply,
  startGateway,
  startUpstream,
  type TestGateway,
  type Upstream,
} from "../support/gateway.ts";

const TOKEN = "client-token-1";
const OPENAI_REPLY = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
});
const BEDROCK_REPLY = JSON.stringify({
  output: { message: { role: "assistant", content: [{ text: "hi" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
});

let upstream: Upstream;
/** Takes bodies of any size. */
let deep: TestGateway;
let gateway: TestGateway;

beforeAll(() => {
  upstream = startUpstream((socket, request) => {
    const body = request.target.startsWith("/model/") ? BEDROCK_REPLY : OPENAI_REPLY;
    socket.write(httpReply(200, "application/json", body));
  });
  gateway = startGateway(`auth: { mode: tokens, tokens: [${TOKEN}, "AKIACLIENT:client/secret"] }
limits: { max_body_bytes: 2000 }
providers:
  up: { protocol: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", api_key: upstream-key, ad_hoc_models: true }
  aws: { protocol: bedrock, base_url: "http://127.0.0.1:${upstream.port}", api_key: "AKIAUP:upstream-secret", region: eu-west-1 }
models:
  gpt: { provider: up, model: real, context_window: 1000, max_output: 100 }
  nova: { provider: aws, model: "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova" }
pools: { fast: { members: [{ model: gpt }] } }
aliases: { "gpt-4o": fast, "claude-*": fast }
`);
  deep = startGateway(`
providers: { up: { protocol: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", api_key: k } }
models: { fast: { provider: up } }
`);
});

afterAll(async () => {
  await deep.stop();
  await gateway.stop();
  upstream.stop();
});

const CHAT = JSON.stringify({ model: "fast", messages: [{ role: "user", content: "x" }] });

function post(
  path: string,
  headers: Record<string, string>,
  body: string | ReadableStream<Uint8Array> = CHAT,
): Promise<Response> {
  return fetch(gateway.url + path, { method: "POST", headers, body });
}

describe("credentials", () => {
  test.each([
    ["Authorization: Bearer", "/v1/chat/completions", { authorization: `Bearer ${TOKEN}` }],
    ["api-key", "/v1/chat/completions", { "api-key": TOKEN }],
  ])("%s lets in", async (_carrier, path, headers) => {
    expect((await post(path, headers)).status).toBe(200);
  });

  // These dialects cannot be answered by the openai upstream yet; passing the door is what counts: 501, not 401.
  test.each([
    ["x-api-key", "/v1/messages", { "x-api-key": TOKEN }],
    ["x-goog-api-key", "/v1beta/models/fast:generateContent", { "x-goog-api-key": TOKEN }],
    ["?key=", `/v1beta/models/fast:generateContent?key=${TOKEN}`, {}],
    ["Bearer for Bedrock", "/model/fast/converse", { authorization: `Bearer ${TOKEN}` }],
    ["Bearer for Cohere", "/v2/chat", { authorization: `bearer ${TOKEN}` }],
  ])("%s lets in", async (_carrier, path, headers) => {
    const { status } = await post(path, headers);
    expect([401, 403]).not.toContain(status);
  });

  test("x-api-key wins over a bearer token on Messages", async () => {
    const both = { "x-api-key": "wrong", authorization: `Bearer ${TOKEN}` };
    expect((await post("/v1/messages", both)).status).toBe(401);
  });

  test("what the client sent never reaches the upstream", async () => {
    await post("/v1/chat/completions?key=abc&x=1", {
      authorization: `Bearer ${TOKEN}`,
      cookie: "c=1",
      "x-evil": "1",
    });
    const { head, target } = upstream.requests.at(-1) ?? { head: "", target: "" };
    expect(head).not.toContain(TOKEN);
    expect(head).not.toMatch(/cookie|x-evil/i);
    expect(head).toContain("authorization: Bearer upstream-key");
    expect(target).toBe("/v1/chat/completions?x=1");
  });

  const bedrock = (accessKeyId: string, secretAccessKey: string): BedrockRuntimeClient =>
    new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: gateway.url,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
  const converse = new ConverseCommand({
    modelId: "nova",
    messages: [{ role: "user", content: [{ text: "x" }] }],
  });

  test("E025 a request that the AWS SDK signed is verified, and signed anew for the upstream", async () => {
    const reply = await bedrock("AKIACLIENT", "client/secret").send(converse);
    expect(reply.output?.message?.content?.[0]?.text).toBe("hi");
    const { head, target } = upstream.requests.at(-1) ?? { head: "", target: "" };
    expect(head).toMatch(
      /authorization: AWS4-HMAC-SHA256 Credential=AKIAUP\/\d{8}\/eu-west-1\/bedrock\/aws4_request/,
    );
    expect(target).toBe(
      "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.amazon.nova/converse",
    );
  });

  test("a plain token works as the secret of the access key id recloser", async () => {
    const reply = await bedrock("recloser", TOKEN).send(converse);
    expect(reply.stopReason).toBe("end_turn");
  });

  test("a wrong secret is refused as Bedrock refuses it", async () => {
    const refused = bedrock("AKIACLIENT", "wrong").send(converse);
    await expect(refused).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

const ENVELOPES = [
  [
    "openai",
    "/v1/chat/completions",
    (body: unknown) => Reflect.has(Reflect.get(Object(body), "error"), "type"),
  ],
  [
    "responses",
    "/v1/responses",
    (body: unknown) => Reflect.has(Reflect.get(Object(body), "error"), "code"),
  ],
  ["anthropic", "/v1/messages", (body: unknown) => Reflect.get(Object(body), "type") === "error"],
  [
    "gemini",
    "/v1beta/models/fast:generateContent",
    (body: unknown) => Reflect.has(Reflect.get(Object(body), "error"), "status"),
  ],
  [
    "bedrock",
    "/model/fast/converse",
    (body: unknown) => typeof Reflect.get(Object(body), "message") === "string",
  ],
  [
    "cohere",
    "/v2/chat",
    (body: unknown) => typeof Reflect.get(Object(body), "message") === "string",
  ],
] as const;

describe.each([...ENVELOPES])("errors of our own in the words of %s", (name, path, isNative) => {
  const auth = { authorization: `Bearer ${TOKEN}` };
  const cases: readonly (readonly [string, () => Promise<Response>, readonly number[]])[] = [
    ["no credential", () => post(path, {}), [401, 403]],
    ["malformed JSON", () => post(path, auth, '{"model":"fast",'), [400]],
    ["a body that is no object", () => post(path, auth, "[1]"), [400]],
    ["a body that is too large", () => post(path, auth, `{"x":"${"y".repeat(3000)}"}`), [413, 400]],
    [
      "a wrong method",
      () => fetch(gateway.url + path, { method: "PUT", headers: auth, body: "{}" }),
      [405],
    ],
    ["an unknown route under its mount", () => post(`/${name}/v1/nothing`, auth), [404]],
    [
      "an unknown target",
      () => post(path.replace("fast", "nobody"), auth, '{"model":"nobody"}'),
      [404],
    ],
  ];

  test.each([...cases])("%s", async (_what, send, statuses) => {
    const before = upstream.requests.length;
    const response = await send();
    const body: unknown = await response.json();
    expect(statuses).toContain(response.status);
    expect(isNative(body)).toBe(true);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(response.headers.get("x-recloser-fault")).toBe("caller");
    expect(response.headers.get("x-recloser-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(upstream.requests.length).toBe(before);
  });
});

test("a body without a declared length is cut off at the cap as well", async () => {
  const chunks = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1000).fill(32));
    },
  });
  const response = await post("/v1/chat/completions", { authorization: `Bearer ${TOKEN}` }, chunks);
  expect(response.status).toBe(413);
});

test.each(ENVELOPES)("E014 %s: JSON nested 10,000 deep is a bad request", async (_name, path) => {
  const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const body = `{"model":"fast","messages":${nested}}`;
  const response = await fetch(deep.url + path, { method: "POST", body });
  expect(response.status).toBe(400);
  expect(deep.errors).toEqual([]);
});

describe("names", () => {
  const auth = { authorization: `Bearer ${TOKEN}` };
  const model = (): unknown => JSON.parse(upstream.requests.at(-1)?.body.toString() ?? "{}").model;

  test.each([
    ["a pool", "/v1/chat/completions", "fast", "real"],
    ["a model", "/v1/chat/completions", "gpt", "real"],
    ["an alias", "/v1/chat/completions", "gpt-4o", "real"],
    ["a wildcard", "/v1/chat/completions", "claude-sonnet-4-5", "real"],
    [
      "any model of a provider that allows it",
      "/v1/chat/completions",
      "up/vendor/x-7b",
      "vendor/x-7b",
    ],
    ["the protocol's mount", "/openai/v1/chat/completions", "fast", "real"],
    ["a prefix, which wins over the body", "/gpt/v1/chat/completions", "nobody", "real"],
    ["mount and prefix together", "/openai/fast/v1/chat/completions", "nobody", "real"],
  ])("%s leads to the upstream's model", async (_what, path, asked, real) => {
    const body = JSON.stringify({ model: asked, messages: [] });
    expect((await post(path, auth, body)).status).toBe(200);
    expect(model()).toBe(real);
  });

  test("a prefix also serves a body without a model", async () => {
    expect((await post("/fast/v1/chat/completions", auth, '{ "messages": [] }')).status).toBe(200);
    expect(upstream.requests.at(-1)?.body.toString()).toBe('{"model":"real", "messages": [] }');
  });

  test("a provider that does not allow it takes no ad-hoc model", async () => {
    expect((await post("/v1/chat/completions", auth, '{"model":"aws/x"}')).status).toBe(404);
  });

  test("the route header tells the way", async () => {
    const response = await post("/v1/chat/completions", auth);
    expect(response.headers.get("x-recloser-route")).toBe(
      "openai>openai; pool=fast; model=gpt; attempts=1",
    );
  });
});

describe("lists", () => {
  const list = async (path: string, headers: Record<string, string>): Promise<string> => {
    const response = await fetch(gateway.url + path, {
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
    return response.text();
  };

  test.each([
    ["openai", "/v1/models", {}, '"object":"list"'],
    ["anthropic", "/v1/models", { "anthropic-version": "2023-06-01" }, '"has_more":false'],
    ["gemini", "/v1beta/models", {}, '"name":"models/fast"'],
    ["cohere", "/v1/models", { "x-client-name": "sdk" }, '"endpoints":["chat"]'],
  ])("in the shape of %s", async (_name, path, headers, mark) => {
    const text = await list(path, headers);
    expect(text).toContain(mark);
    for (const name of ["fast", "gpt", "nova", "gpt-4o"]) expect(text).toContain(name);
    expect(text).not.toContain("claude-*");
  });

  test("one model, also one that only a wildcard knows, and a 404 for a stranger", async () => {
    expect(await list("/v1/models/gpt", {})).toContain('"context_window":1000');
    expect(await list("/v1/models/claude-x", {})).toContain('"id":"claude-x"');
    expect(await list("/v1/models/nobody", {})).toContain("model_not_found");
  });

  test("the SDKs read page after page", async () => {
    const names = ["fast", "gpt", "nova", "gpt-4o"];
    const anthropic = new Anthropic({ apiKey: TOKEN, baseURL: gateway.url, maxRetries: 0 });
    const models = await Array.fromAsync(anthropic.models.list({ limit: 1 }));
    expect(models.map(({ id }) => id)).toEqual(names);
    const options = { apiKey: TOKEN, httpOptions: { baseUrl: gateway.url } };
    const google = await new GoogleGenAI(options).models.list({ config: { pageSize: 3 } });
    expect(await Array.fromAsync(google, ({ name }) => name)).toEqual(
      names.map((name) => `models/${name}`),
    );
    const cohere = new CohereClientV2({ token: TOKEN, environment: gateway.url });
    const seen: (string | undefined)[] = [];
    let pageToken: string | undefined;
    do {
      const page = await cohere.models.list({ pageSize: 3, ...(pageToken && { pageToken }) });
      seen.push(...page.models.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(seen).toEqual(names);
    const refused = await list("/v1beta/models?pageToken=zzz", {});
    expect(refused).toContain("INVALID_ARGUMENT");
  });

  test("pools and aliases tell what all their members can do", async () => {
    for (const name of ["fast", "gpt-4o", "claude-x"]) {
      const text = await list(`/v1/models/${name}`, {});
      expect(text).toContain('"context_window":1000,"max_completion_tokens":100');
    }
  });

  test("probes are open to everybody", async () => {
    expect(await (await fetch(`${gateway.url}/healthz`)).text()).toBe("ok\n");
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });
});
