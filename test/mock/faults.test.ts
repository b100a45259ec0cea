// Faults as a client feels them, and what the mock remembers of requests.
import { afterEach, expect, test } from "bun:test";
import { parseFault, type Fault } from "../../src/mock/fault.ts";
import { MAX_LOG, startMock, type Mock, type MockOptions } from "../../src/mock/mock.ts";
import { PROTOCOL_NAMES, PROTOCOLS } from "../../src/protocols/registry.ts";
import { CLIENTS } from "../support/clients.ts";

const running: Mock[] = [];
afterEach(() => {
  for (const mock of running.splice(0)) mock.stop();
});

function start(options: MockOptions = {}): Mock {
  const mock = startMock(options);
  running.push(mock);
  return mock;
}

function fault(text: string): Fault {
  const read = parseFault(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

function call(mock: Mock, stream: boolean, signal?: AbortSignal): Promise<Response> {
  return fetch(`${mock.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer mock-key", "content-type": "application/json" },
    body: JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: "a b c" }] }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Reads a whole body. */
const drain = (reply: Response): Promise<string> => reply.text();

/** The raw bytes of a reply, up to the end of the connection. Clients drop what came just before a break. */
async function raw(mock: Mock, stream: boolean): Promise<string> {
  const body = JSON.stringify({
    model: "m",
    stream,
    messages: [{ role: "user", content: "a b c" }],
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: mock.port,
    socket: {
      data: (_socket, bytes) => void (seen += bytes.toString()),
      close: () => resolve(),
      error: () => resolve(),
    },
  });
  const head =
    "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer mock-key\r\n";
  socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  await promise;
  return seen.slice(seen.indexOf("\r\n\r\n") + 4);
}

const whole = (text: string): number => text.split("\n\n").length - 1;

test("a status comes with the protocol's own body and hint, the given number of times", async () => {
  const mock = start({ faults: [fault("status=429,retry-after=2,message=slow down,times=1")] });
  const reply = await call(mock, true);
  expect(reply.status).toBe(429);
  expect(reply.headers.get("retry-after")).toBe("2");
  const body = await reply.json();
  expect(body).toMatchObject({ error: { message: "slow down", type: "rate_limit_error" } });
  expect((await call(mock, false)).status).toBe(200);
});

test.each(PROTOCOL_NAMES)("%s: the gateway's decoder understands the error body", async (name) => {
  const paths: Readonly<Record<string, string>> = {
    openai: "/v1/chat/completions",
    responses: "/v1/responses",
    anthropic: "/v1/messages",
    gemini: "/v1beta/models/m:generateContent",
    bedrock: "/model/m/converse",
    cohere: "/v2/chat",
  };
  const mock = start({ faults: [fault("status=429,retry-after=3,message=busy")] });
  const reply = await fetch(`${mock.url}${paths[name]}`, { method: "POST", body: "{}" });
  const header = (key: string): string | undefined => reply.headers.get(key) ?? undefined;
  const failure = PROTOCOLS[name].failure.decode(reply.status, header, await reply.bytes());
  expect(failure).toMatchObject({ class: "rate-limited", message: "busy", retryAfter: 3000 });
});

test("slow delays the first byte", async () => {
  const mock = start({ faults: [fault("slow=60ms,times=1")] });
  const started = performance.now();
  await (await call(mock, false)).text();
  expect(performance.now() - started).toBeGreaterThanOrEqual(55);
});

test("a client that does not wait for a slow reply takes nothing with it", async () => {
  const mock = start({ faults: [fault("slow=1h,times=1")] });
  const controller = new AbortController();
  const abandoned = call(mock, false, controller.signal).then(
    () => "answered",
    () => "aborted",
  );
  while (mock.requests.length === 0) await Bun.sleep(1);
  controller.abort();
  expect(await abandoned).toBe("aborted");
  expect((await call(mock, false)).status).toBe(200);
});

test("cut ends a stream after whole frames, without a proper end", async () => {
  const mock = start({ faults: [fault("cut=2")] });
  const text = await raw(mock, true);
  expect(text.match(/data: /g)).toHaveLength(2);
  expect(whole(text)).toBe(2);
  // The last chunk would be "0".
  expect(text).toEndWith("\n\n\r\n");
});

test("cut-inside leaves half a frame", async () => {
  const mock = start({ faults: [fault("cut-inside=2")] });
  const text = await raw(mock, true);
  expect(text.match(/data: /g)).toHaveLength(3);
  expect(whole(text)).toBe(2);
});

test("a buffered body can be cut in its middle", async () => {
  const mock = start({ faults: [fault("cut-inside")] });
  const text = await raw(mock, false);
  expect(text).toStartWith('{"id"');
  expect(text).not.toEndWith("}");
});

test("a cut reply is no whole reply to a client either", async () => {
  const mock = start({ faults: [fault("cut-inside")] });
  for (const stream of [false, true]) {
    const read = call(mock, stream).then(drain);
    expect(
      await read.then(
        () => "whole",
        () => "broken",
      ),
    ).toBe("broken");
  }
});

test("garbage is no frame, and the connection stays good", async () => {
  const mock = start({ faults: [fault("garbage=1,times=1")] });
  const text = await drain(await call(mock, true));
  expect(text.split("\n\n")[1]).not.toContain("data:");
  expect((await call(mock, true)).status).toBe(200);
});

test("stall sends its frames and nothing more, until the client leaves", async () => {
  const mock = start({ faults: [fault("stall=2")] });
  const controller = new AbortController();
  const reply = await call(mock, true, controller.signal);
  const reader = reply.body?.getReader();
  let text = "";
  while (whole(text) < 2) text += new TextDecoder().decode((await reader?.read())?.value);
  const next = reader?.read().then(
    () => "more",
    () => "aborted",
  );
  expect(await Promise.race([next, Bun.sleep(30).then(() => "silence")])).toBe("silence");
  controller.abort();
  expect(await next).toBe("aborted");
});

test("reset breaks the connection before any byte", async () => {
  const mock = start({ faults: [fault("reset,times=1")] });
  const failed = await call(mock, false).then(
    () => "",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "other"),
  );
  expect(failed).toMatch(/ECONNRESET|ConnectionClosed/);
  expect(mock.requests[0]?.status).toBe(0);
  expect((await call(mock, false)).status).toBe(200);
});

test("refuse closes the door until the faults are changed", async () => {
  const mock = start();
  expect((await call(mock, false)).status).toBe(200);
  mock.setFaults([fault("refuse")]);
  const refused = await call(mock, false).then(
    () => "",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "other"),
  );
  expect(refused).toMatch(/ECONNREFUSED|ConnectionRefused/);
  mock.setFaults([]);
  expect((await call(mock, false)).status).toBe(200);
});

test("requests are remembered byte for byte, the oldest forgotten first", async () => {
  const mock = start();
  const body = '{ "model" : "m",  "x": 1.0 }';
  for (let i = 0; i <= MAX_LOG; i++) {
    await fetch(`${mock.url}/v1/models?n=${i}`, { headers: { "x-api-key": "k" } });
  }
  expect(mock.requests).toHaveLength(MAX_LOG);
  expect(mock.requests[0]?.target).toBe("/v1/models?n=1");
  await fetch(`${mock.url}/v2/chat`, { method: "POST", body, headers: { "X-Case": "Kept" } });
  const last = mock.requests.at(-1);
  expect(new TextDecoder().decode(last?.body)).toBe(body);
  expect(last).toMatchObject({
    method: "POST",
    target: "/v2/chat",
    protocol: "cohere",
    model: "m",
  });
  expect(last?.headers).toContainEqual(["x-case", "Kept"]);
});

test("one protocol alone refuses the others in its own words", async () => {
  const mock = start({ protocol: "anthropic" });
  const reply = await call(mock, false);
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
});

test("recorded replies can be played back, byte for byte", async () => {
  const pieces = ["data: 1\r\n", "\r\ndata: 2\n\n"].map((text) => new TextEncoder().encode(text));
  const mock = start({
    reply: ({ target }) =>
      target === "/v1/chat/completions"
        ? { status: 201, headers: [["x-recorded", "yes"]], pieces, streamed: true }
        : undefined,
  });
  const reply = await call(mock, true);
  expect(reply.status).toBe(201);
  expect(reply.headers.get("x-recorded")).toBe("yes");
  expect(await reply.text()).toBe("data: 1\r\n\r\ndata: 2\n\n");
});

test("HTTP/2 without asking is understood, large bodies and broken streams too", async () => {
  const mock = start({ faults: [fault("cut=1,times=1")] });
  const client = CLIENTS["bedrock"]?.({
    url: mock.url,
    key: "",
    pair: "mock-access:mock-secret",
    model: "m",
  });
  const text = "word ".repeat(200_000);
  await expect(client?.ask({ text: "a b c", stream: true })).rejects.toThrow();
  expect((await client?.ask({ text }))?.text).toBe(text);
  expect((await client?.ask({ text: "a b c", stream: true }))?.text).toBe("a b c");
});

test("many streams at once do not wait for each other", async () => {
  const mock = start();
  const replies = await Promise.all(Array.from({ length: 200 }, () => call(mock, true)));
  const texts = await Promise.all(replies.map((reply) => reply.text()));
  for (const text of texts) expect(text).toEndWith("data: [DONE]\n\n");
});

test("a large request and a large reply pass whole", async () => {
  const mock = start();
  const text = "word ".repeat(400_000);
  const reply = await fetch(`${mock.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer mock-key" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] }),
  });
  const body: unknown = await reply.json();
  expect(body).toMatchObject({ choices: [{ message: { content: text } }] });
});
