// Failing over, as a client and the upstreams see it: who is asked, how often, and what is told at the end.
import { afterEach, describe, expect, test } from "bun:test";
import {
  httpReply,
  startGateway,
  startUpstream,
  type Script,
  type TestGateway,
  type Upstream,
} from "../support/gateway.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const OK = httpReply(200, "application/json", '{"id":"c","object":"chat.completion","choices":[]}');
const fine: Script = (socket) => void socket.write(OK);

function error(status: number, code: string, headers = ""): Script {
  const body = JSON.stringify({ error: { message: code, type: code, code } });
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n`;
  return (socket) => void socket.write(head + body);
}

type Setup = {
  a: Upstream;
  b: Upstream;
  gateway: TestGateway;
  call: (headers?: Record<string, string>) => Promise<Response>;
};

/** Two upstreams; `a` comes first by weight. The settings go to the pool, the provider `a` and its model. */
function setup(a: Script, b: Script, ...settings: readonly string[]): Setup {
  const [pool = "", provider = "api_key: k", models = ""] = settings;
  const first = startUpstream(a);
  const second = startUpstream(b);
  const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${first.port}", ${provider} }
  b: { protocol: openai, base_url: "http://127.0.0.1:${second.port}", api_key: k }
models:
  ma: { provider: a, model: m${models} }
  mb: { provider: b, model: m, context_window: 500 }
pools:
  p: { members: [{ model: ma, weight: 1000 }, { model: mb }]${pool} }
  solo: { members: [{ model: ma }]${pool} }
`);
  cleanups.push(async () => {
    await gateway.stop();
    first.stop();
    second.stop();
  });
  const call = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}/p/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"p"}',
      headers,
    });
  return { a: first, b: second, gateway, call };
}

const solo = (gateway: TestGateway): Promise<Response> =>
  fetch(`${gateway.url}/solo/v1/chat/completions`, { method: "POST", body: '{"model":"p"}' });

describe("what goes on to another member", () => {
  test.each([
    [429, "rate_limit_exceeded"],
    [429, "insufficient_quota"],
    [500, "server_error"],
    [502, "x"],
    [503, "overloaded"],
    [529, "overloaded_error"],
    [408, "timeout"],
    [401, "invalid_api_key"],
    [402, "billing"],
    [404, "model_not_found"],
    [413, "request_too_large"],
  ])("%d %s", async (status, code) => {
    const { a, b, call } = setup(error(status, code), fine);
    const response = await call();
    expect(response.status).toBe(200);
    expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
  });

  test.each([
    [400, "invalid_value"],
    [422, "x"],
    [409, "conflict"],
    [400, "content_filter"],
  ])("%d %s does not: it is the caller's fault, and its bytes come back", async (status, code) => {
    const { b, call, gateway } = setup(error(status, code), fine);
    for (let round = 0; round < 10; round++) {
      const response = await call();
      expect(response.status).toBe(status);
      expect(response.headers.get("x-recloser-fault")).toBe("caller");
      expect(await response.text()).toBe(
        JSON.stringify({ error: { message: code, type: code, code } }),
      );
    }
    expect(b.requests.length).toBe(0);
    expect(gateway.runtime.cells.cell("member", "p/ma").breaker.state).toBe("closed");
  });

  test("a context overflow goes only to a larger window", async () => {
    const overflow = error(400, "context_length_exceeded");
    const smaller = setup(overflow, fine, "", "api_key: k", ", context_window: 1000");
    expect((await smaller.call()).status).toBe(400);
    expect(smaller.b.requests.length).toBe(0);
    const larger = setup(overflow, fine, "", "api_key: k", ", context_window: 100");
    expect((await larger.call()).status).toBe(200);
  });
});

test("the hop cap bounds the attempts", async () => {
  const { a, b, call } = setup(error(500, "x"), fine, ", failover: { max_hops: 0 }");
  expect((await call()).status).toBe(500);
  expect([a.requests.length, b.requests.length]).toEqual([1, 0]);
});

test("E026 the gateway's own bad key is no 401 for the client, and says nothing of the upstream's words", async () => {
  const { gateway } = setup(error(401, "Incorrect API key sk-abc"), fine);
  const response = await solo(gateway);
  expect(response.status).toBe(502);
  expect(response.headers.get("x-recloser-fault")).toBe("key");
  expect(response.headers.get("x-recloser-upstream-status")).toBe("401");
  expect(await response.text()).not.toContain("sk-abc");
});

test.each([
  ["words", "application/json", "<<< not what you expected >>>"],
  ["a page with a 200", "text/html", "<html><h1>Log in to the network</h1></html>"],
  ["half of a reply", "application/json", '{"id":"c","choices":[{"message":{"content":"Hel'],
  ["nothing", "application/json", ""],
])(
  "%s instead of JSON goes on to another member, and is never passed on",
  async (_what, type, body) => {
    const { a, b, call, gateway } = setup(
      (socket) => void socket.write(httpReply(200, type, body)),
      fine,
    );
    expect((await call()).status).toBe(200);
    expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
    const response = await solo(gateway);
    expect(response.status).toBe(502);
    expect(response.headers.get("x-recloser-fault")).toBe("provider");
  },
);

test("an HTML page of a proxy becomes an error of the dialect", async () => {
  const html: Script = (socket) =>
    void socket.write(httpReply(502, "text/html", "<html><h1>Bad Gateway</h1></html>"));
  const { gateway } = setup(html, fine);
  const response = await solo(gateway);
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { message: "Bad Gateway" } });
});

describe("keys", () => {
  const keyOf = (upstream: Upstream): string[] =>
    upstream.requests.map(({ head }) => /authorization: Bearer (\S+)/i.exec(head)?.[1] ?? "");
  const byKey =
    (bad: string, reply: Script): Script =>
    (socket, request, count) =>
      (request.head.includes(`Bearer ${bad}`) ? reply : fine)(socket, request, count);

  test("take turns", async () => {
    const { a, call } = setup(fine, fine, "", "api_keys: [k1, k2]");
    for (let round = 0; round < 4; round++) await call();
    expect(keyOf(a)).toEqual(["k1", "k2", "k1", "k2"]);
  });

  test("a limited key is passed over at once, in the same call, and rests; the member stays in use", async () => {
    const limited = error(429, "rate_limit_exceeded", "retry-after: 60\r\n");
    const { a, b, call } = setup(byKey("k1", limited), fine, "", "api_keys: [k1, k2]");
    const response = await call();
    expect(response.headers.get("x-recloser-route")).toEndWith("model=ma; attempts=2");
    for (let round = 0; round < 3; round++) expect((await call()).status).toBe(200);
    expect(keyOf(a)).toEqual(["k1", "k2", "k2", "k2", "k2"]);
    expect(b.requests.length).toBe(0);
  });

  test("a refused key is benched alone", async () => {
    const { a, call, gateway } = setup(
      byKey("k2", error(401, "invalid_api_key")),
      fine,
      "",
      "api_keys: [k1, k2]",
    );
    for (let round = 0; round < 4; round++) expect((await call()).status).toBe(200);
    expect(keyOf(a)).toEqual(["k1", "k2", "k1", "k1", "k1"]);
    expect(gateway.runtime.cells.cell("member", "p/ma").breaker.state).toBe("closed");
  });
});

describe("exhaustion", () => {
  const down = error(503, "overloaded", "retry-after: 7\r\n");

  test("reject: Retry-After of the upstream is obeyed and told", async () => {
    const { a, gateway } = setup(down, fine);
    const first = await solo(gateway);
    expect([first.status, first.headers.get("retry-after")]).toEqual([503, "7"]);
    const second = await solo(gateway);
    expect(second.status).toBe(503);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThanOrEqual(6);
    expect(a.requests.length).toBe(1);
  });

  test("least_bad: the benched member is asked all the same", async () => {
    const { a, gateway } = setup(down, fine, ", on_exhausted: least_bad, failover: { repeats: 0 }");
    await solo(gateway);
    await solo(gateway);
    expect(a.requests.length).toBe(2);
  });

  test("another pool takes over", async () => {
    const first = startUpstream(down);
    const second = startUpstream(fine);
    const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${first.port}" }
  b: { protocol: openai, base_url: "http://127.0.0.1:${second.port}" }
models: { ma: { provider: a }, mb: { provider: b } }
pools: { p: { members: [{ model: ma }], on_exhausted: { pool: q } }, q: { members: [{ model: mb }] } }
`);
    cleanups.push(gateway.stop, first.stop, second.stop);
    const response = await fetch(`${gateway.url}/p/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"p"}',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-recloser-route")).toContain("pool=q; model=mb");
  });
});

describe("concurrency", () => {
  /** Answers after `ms`, and counts how many are under way at most. */
  function slow(ms: number): { script: Script; most: () => number } {
    let now = 0;
    let most = 0;
    return {
      script: (socket) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          socket.write(OK);
        }, ms);
      },
      most: () => most,
    };
  }

  test("a full model sends calls to the other member", async () => {
    const busy = slow(60);
    const { b, call } = setup(busy.script, fine, "", "api_key: k", ", max_concurrent: 1");
    const replies = await Promise.all([call(), call(), call()]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(busy.most()).toBe(1);
    expect(b.requests.length).toBe(2);
  });

  test("a queue waits its turn, first come first served, and never exceeds the cap", async () => {
    const busy = slow(10);
    const { gateway } = setup(
      busy.script,
      fine,
      ", on_exhausted: { queue: 5s }",
      "api_key: k",
      ", max_concurrent: 2",
    );
    const replies = await Promise.all(Array.from({ length: 12 }, () => solo(gateway)));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(busy.most()).toBe(2);
    expect(gateway.runtime.cells.permits.waiting()).toBe(0);
    expect(gateway.runtime.cells.permits.inFlight("ma")).toBe(0);
  });

  test("the queue gives up after its time, with a hint when to come back", async () => {
    const busy = slow(400);
    const { gateway } = setup(
      busy.script,
      fine,
      ", on_exhausted: { queue: 50ms }",
      "api_key: k",
      ", max_concurrent: 1",
    );
    const [served, refused] = await Promise.all([solo(gateway), solo(gateway)]);
    expect([served?.status, refused?.status].toSorted((x = 0, y = 0) => x - y)).toEqual([200, 503]);
  });
});

test("a session stays on its member", async () => {
  const { a, b, call } = setup(fine, fine, ', affinity: { header: "X-Session" }');
  for (let round = 0; round < 6; round++) await call({ "x-session": "s-1" });
  expect([a.requests.length, b.requests.length].toSorted((x = 0, y = 0) => x - y)).toEqual([0, 6]);
});

test("E011 a client that leaves aborts the upstream, and nobody is penalised", async () => {
  const { a, gateway } = setup(() => {}, fine);
  const controller = new AbortController();
  const left = fetch(`${gateway.url}/p/v1/chat/completions`, {
    method: "POST",
    body: '{"model":"p"}',
    signal: controller.signal,
  }).catch(() => "left");
  for (let tries = 0; tries < 200 && a.requests.length === 0; tries++) await Bun.sleep(5);
  controller.abort();
  expect(await left).toBe("left");
  for (let tries = 0; tries < 400 && a.closed() === 0; tries++) await Bun.sleep(5);
  expect(a.closed()).toBe(1);
  expect(gateway.runtime.cells.cell("member", "p/ma").breaker.state).toBe("closed");
  expect(gateway.runtime.cells.permits.inFlight("ma")).toBe(0);
});

/** What a script of a provider of each protocol answers. */
const ANSWERS = {
  claude: httpReply(
    200,
    "application/json",
    '{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"fine"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}',
  ),
  gemini: httpReply(
    200,
    "application/json",
    '{"candidates":[{"content":{"role":"model","parts":[{"text":"fine"}]},"finishReason":"STOP","index":0}],"responseId":"r"}',
  ),
};

describe("E018 whoever is asked after a failure gets the request encoded afresh", () => {
  const failing = error(500, "server_error");
  const body = JSON.stringify({
    model: "p",
    messages: [
      { role: "system", content: "SYSTEM TEXT" },
      { role: "user", content: "USER TEXT" },
    ],
  });

  /** The bodies that upstreams of these protocols, asked one after another, get. */
  async function bodiesOf(...members: readonly (readonly [keyof typeof ANSWERS, boolean])[]) {
    const upstreams = members.map(([kind, fails]) =>
      startUpstream(fails ? failing : (socket) => void socket.write(ANSWERS[kind])),
    );
    const protocols = { claude: "anthropic", gemini: "gemini" };
    const gateway = startGateway(`auth: { mode: none }
providers:
${members.map(([kind], at) => `  u${at}: { protocol: ${protocols[kind]}, base_url: "http://127.0.0.1:${upstreams[at]?.port}", api_key: k }`).join("\n")}
models:
${members.map((_, at) => `  m${at}: { provider: u${at}, model: some }`).join("\n")}
pools:
  p: { members: [${members.map((_, at) => `{ model: m${at}, weight: ${10 ** (6 - 3 * at)} }`).join(", ")}] }
`);
    cleanups.push(async () => {
      await gateway.stop();
      upstreams.forEach(({ stop }) => stop());
    });
    const reply = await fetch(`${gateway.url}/p/v1/chat/completions`, { method: "POST", body });
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: "fine" } }] });
    return upstreams.map(({ requests }) => requests.map((request) => String(request.body)));
  }

  test("as if nobody had been asked before, also in another protocol", async () => {
    const [[alone = ""] = []] = await bodiesOf(["gemini", false]);
    expect(alone.match(/SYSTEM TEXT/g)?.length).toBe(1);
    const [first = [], second = []] = await bodiesOf(["claude", true], ["gemini", false]);
    expect(second).toEqual([alone]);
    expect(first.length).toBeGreaterThan(0);
    for (const sent of first) expect(sent.match(/SYSTEM TEXT|USER TEXT/g)?.length).toBe(2);
  });

  test("in the same protocol every attempt has the same bytes", async () => {
    const [first = [], second = []] = await bodiesOf(["claude", true], ["claude", false]);
    expect(new Set([...first, ...second]).size).toBe(1);
    expect(second.length).toBe(1);
  });
});
