// Paths beyond the gateway's own: passed on to the provider that the config names, as they are, and never twice.
import { afterAll, describe, expect, test } from "bun:test";
import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import OpenAI, { toFile } from "openai";
import { createSigningKeyCache } from "../../src/wire/sigv4.ts";
import { verifySignature } from "../../src/wire/sigv4-verify.ts";
import { eventStreamFramer } from "../../src/wire/eventstream.ts";
import {
  chunk,
  chunkedHead,
  httpReply,
  LAST_CHUNK,
  startGateway,
  startUpstream,
  type SeenRequest,
  type UpstreamSocket,
} from "../support/gateway.ts";

const PLANTED: Record<string, (socket: UpstreamSocket, request: SeenRequest) => void> = {
  "/v1/broken": (socket) => socket.write(httpReply(500, "application/json", '{"error":{}}')),
  "/v1/key": (socket) => {
    const body = '{"error":{"message":"bad key sk-up","code":"invalid_api_key"}}';
    socket.write(httpReply(401, "application/json", body));
  },
  "/v1/missing": (socket) => {
    socket.write(httpReply(404, "application/json", '{ "error": {"message":"no such file"}}'));
  },
  "/v1/reset": (socket) => {
    socket.terminate();
  },
  "/v1/slow": (socket) => {
    socket.write(chunkedHead("text/event-stream"));
    socket.write(chunk("data: one\n\n"));
  },
  "/model/claude/invoke-with-response-stream": (socket) => {
    const bytes = new TextEncoder().encode('{"type":"ping"}').toBase64();
    const framer = eventStreamFramer();
    const payload = Buffer.from(`{"bytes":"${bytes}"}`);
    const headers = new Map(
      [
        [":message-type", "event"],
        [":event-type", "chunk"],
        [":content-type", "application/json"],
      ].map(([name = "", value = ""]) => [name, { type: "string" as const, value }]),
    );
    socket.write(chunkedHead("application/vnd.amazon.eventstream"));
    socket.write(chunk(framer.frame({ kind: "message", headers, payload })));
    socket.write(LAST_CHUNK);
  },
};

const upstream = startUpstream((socket, request) => {
  const planted = PLANTED[request.target.split("?", 1)[0] ?? ""];
  if (planted !== undefined) planted(socket, request);
  else socket.write(httpReply(200, "application/json", '{ "id": "file-1", "object":"file" }'));
});
const url = `http://127.0.0.1:${upstream.port}`;
const gateway = startGateway(`
auth: { mode: tokens, tokens: [client-token] }
limits: { max_body_bytes: 3000 }
providers:
  up: { protocol: openai, base_url: "${url}/v1", api_key: sk-up, headers: { x-extra: "1" } }
  legacy: { protocol: openai, base_url: "${url}/legacy", api_key: sk-legacy }
  down: { protocol: openai, base_url: "http://127.0.0.1:9/v1", api_key: sk-down }
  aws: { protocol: bedrock, base_url: "${url}", api_key: "AKIAUP:up-secret", region: eu-west-1 }
models: { m: { provider: up } }
passthrough_routes:
  openai: up
  bedrock: aws
  "POST /v1/completions": legacy
  "/v1/down": down
`);
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

const auth = { authorization: "Bearer client-token" };
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(gateway.url + path, { ...init, headers: { ...auth, ...Object(init.headers) } });
const last = (): SeenRequest =>
  upstream.requests.at(-1) ?? { head: "", target: "", body: Buffer.alloc(0) };

describe("a path of the protocol", () => {
  test("goes to its provider with query, body and allowed headers, and the provider's key", async () => {
    const response = await ask("/v1/batches/b%201?after=x&limit=2", {
      method: "PATCH",
      headers: {
        "openai-beta": "assistants=v2",
        "x-evil": "1",
        "content-type": "text/csv",
        cookie: "c",
      },
      body: "a,b\r\n",
    });
    expect(await response.text()).toBe('{ "id": "file-1", "object":"file" }');
    expect(response.headers.get("x-recloser-route")).toBe("openai>openai; provider=up; attempts=1");
    const { head, target, body } = last();
    expect(head).toStartWith("PATCH /v1/batches/b%201?after=x&limit=2 ");
    expect(target).toBe("/v1/batches/b%201?after=x&limit=2");
    expect(body.toString()).toBe("a,b\r\n");
    expect(head).toContain("authorization: Bearer sk-up");
    expect(head).toContain("content-type: text/csv");
    expect(head).toContain("openai-beta: assistants=v2");
    expect(head).toContain("x-extra: 1");
    expect(head).not.toMatch(/client-token|cookie|x-evil/i);
  });

  test("below the mount it loses the mount, and a pattern wins over the protocol", async () => {
    await ask("/openai/v1/vector_stores");
    expect(last().target).toBe("/v1/vector_stores");
    await ask("/v1/completions", { method: "POST", body: "{}" });
    expect(last().target).toBe("/legacy/completions");
    expect(last().head).toContain("Bearer sk-legacy");
    await ask("/v1/completions");
    expect(last().target).toBe("/v1/completions");
  });

  test("another method of a route of the gateway is passed on as well", async () => {
    expect((await ask("/v1/chat/completions?limit=1")).status).toBe(200);
    expect(last().target).toBe("/v1/chat/completions?limit=1");
  });

  test("the SDK uploads a file, up to the cap on bodies", async () => {
    const client = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: "client-token",
      maxRetries: 0,
    });
    const upload = async (size: number) => {
      const file = await toFile(Buffer.alloc(size, "x"), "x.jsonl");
      return client.files.create({ purpose: "batch", file });
    };
    expect((await upload(1000)).id).toBe("file-1");
    expect(last().head).toMatch(/content-type: multipart\/form-data; boundary=/i);
    expect(last().body.toString()).toContain("x".repeat(1000));
    await expect(upload(5000)).rejects.toMatchObject({ status: 413 });
  });

  test("a reply is handed on as it comes, and given up with the client", async () => {
    const closed = upstream.closed();
    const controller = new AbortController();
    const response = await ask("/v1/slow", { signal: controller.signal });
    const reader = response.body?.getReader();
    const read = await reader?.read();
    expect(Buffer.from(read?.value ?? []).toString()).toBe("data: one\n\n");
    controller.abort();
    while (upstream.closed() === closed) await Bun.sleep(1);
  });

  test("without a token nothing gets through", async () => {
    const before = upstream.requests.length;
    expect((await fetch(`${gateway.url}/v1/files`)).status).toBe(401);
    expect(upstream.requests).toHaveLength(before);
  });
});

describe("failures", () => {
  test("what was sent is not sent again", async () => {
    for (const [path, status] of [
      ["/v1/broken", 500],
      ["/v1/reset", 502],
    ] as const) {
      const before = upstream.requests.length;
      const response = await ask(path, { method: "POST", body: "{}" });
      expect(response.status).toBe(status);
      expect(upstream.requests).toHaveLength(before + 1);
      expect(response.headers.get("x-recloser-fault")).not.toBeNull();
    }
  });

  test("a connection that cannot be made is tried again", async () => {
    const response = await ask("/v1/down");
    expect(response.status).toBe(502);
    expect(response.headers.get("x-recloser-route")).toEndWith("provider=down; attempts=3");
  });

  test("the provider's own words come back, but not those about the gateway's key", async () => {
    const missing = await ask("/v1/missing");
    expect(missing.status).toBe(404);
    expect(await missing.text()).toBe('{ "error": {"message":"no such file"}}');
    const refused = await ask("/v1/key");
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(await refused.text()).not.toContain("sk-up");
  });

  test.each([
    ["/v2/rerank", "passthrough_routes: { cohere: PROVIDER }"],
    ["/anthropic/v1/files", "passthrough_routes: { anthropic: PROVIDER }"],
    ["/v1beta/cachedContents", "passthrough_routes: { gemini: PROVIDER }"],
  ])("without a provider %s is a 404 that names the option", async (path, hint) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(hint);
  });

  test("a path that would lead elsewhere on the provider's host is refused", async () => {
    const before = upstream.requests.length;
    const response = await ask("/v1/x%2F..%2F..%2Fadmin");
    expect(response.status).toBe(404);
    expect(upstream.requests).toHaveLength(before);
  });
});

test("with auth.mode passthrough the client's own key goes on, where the provider wants it", async () => {
  const open = startGateway(`
auth: { mode: passthrough }
providers: { up: { protocol: anthropic, base_url: "${url}" } }
passthrough_routes: { anthropic: up }
`);
  const headers = { authorization: "Bearer sk-client", "anthropic-beta": "files-api-2025-04-14" };
  const response = await fetch(`${open.url}/anthropic/v1/files?limit=1`, { headers });
  await open.stop();
  expect(response.status).toBe(200);
  expect(last().head).toContain("x-api-key: sk-client");
  expect(last().head).toContain("anthropic-version: 2023-06-01");
  expect(last().head).toContain("anthropic-beta: files-api-2025-04-14");
  expect(last().head).not.toContain("authorization");
  expect(last().target).toBe("/v1/files?limit=1");
});

test("a key that the provider refuses rests, and the next call takes another", async () => {
  const two = startGateway(`
auth: { mode: none }
providers: { up: { protocol: openai, base_url: "${url}/v1", api_keys: [sk-one, sk-two] } }
passthrough_routes: { openai: up }
`);
  await fetch(`${two.url}/v1/key`);
  const seen: string[] = [];
  for (let round = 0; round < 3; round++) {
    await fetch(`${two.url}/v1/files`);
    seen.push(/Bearer (\S+)/.exec(last().head)?.[1] ?? "");
  }
  await two.stop();
  expect(seen).toEqual(["sk-two", "sk-two", "sk-two"]);
});

describe("bedrock invoke", () => {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: gateway.url,
    credentials: { accessKeyId: "recloser", secretAccessKey: "client-token" },
    maxAttempts: 1,
  });

  test("is signed anew", async () => {
    const modelId = "arn:aws:bedrock:eu-west-1:1:inference-profile/x";
    const body = '{"anthropic_version":"bedrock-2023-05-31","messages":[]}';
    const reply = await client.send(new InvokeModelCommand({ modelId, body }));
    expect(reply.body.transformToString()).toContain("file-1");
    const seen = last();
    expect(seen.body.toString()).toBe(body);
    const [, ...lines] = seen.head.split("\r\n");
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    const request = { method: "POST", path: seen.target, query: "", headers, body: seen.body };
    const verified = verifySignature(request, {
      secretsOf: (id) => (id === "AKIAUP" ? ["up-secret"] : []),
      now: Date.now(),
      keys: createSigningKeyCache(),
      normalizePath: true,
    });
    expect(verified.ok).toBe(true);
  });

  test("streams", async () => {
    const command = new InvokeModelWithResponseStreamCommand({ modelId: "claude", body: "{}" });
    const reply = await client.send(command);
    const texts: string[] = [];
    for await (const { chunk: part } of reply.body ?? []) {
      texts.push(new TextDecoder().decode(part?.bytes));
    }
    expect(texts).toEqual(['{"type":"ping"}']);
  });
});
