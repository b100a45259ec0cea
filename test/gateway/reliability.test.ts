// Who is benched for what, and where a call goes next: keys, waits, repeats, budgets, queues, as a client and the upstreams see it.
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

function error(status: number, code: string, headers = "", message = code): Script {
  const body = JSON.stringify({ error: { message, type: code, code } });
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n`;
  return (socket) => void socket.write(head + body);
}

/** Fails the first so many times. */
function atFirst(times: number, failing: Script): Script {
  return (socket, request, count) => (count <= times ? failing : fine)(socket, request, count);
}

type Setup = {
  readonly a: Upstream;
  readonly b: Upstream;
  readonly gateway: TestGateway;
  readonly call: (path?: string, init?: RequestInit) => Promise<Response>;
};

/** Two upstreams; `a` comes first. `solo` has only `a`. */
function setup(
  a: Script,
  b: Script,
  given: { pool?: string; provider?: string; more?: string } = {},
): Setup {
  const first = startUpstream(a);
  const second = startUpstream(b);
  const { pool = "", provider = "api_key: k", more = "" } = given;
  const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${first.port}", ${provider} }
  b: { protocol: openai, base_url: "http://127.0.0.1:${second.port}", api_key: k }
models:
  ma: { provider: a, model: m }
  ma2: { provider: a, model: m2 }
  mb: { provider: b, model: m }
pools:
  p: { members: [{ model: ma }, { model: mb }], policy: priority${pool} }
  q: { members: [{ model: ma2 }, { model: mb }], policy: priority${pool} }
  solo: { members: [{ model: ma }]${pool} }
${more}`);
  cleanups.push(async () => {
    await gateway.stop();
    first.stop();
    second.stop();
  });
  const call = (path = "p", init: RequestInit = {}): Promise<Response> =>
    fetch(`${gateway.url}/${path}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"x"}',
      ...init,
    });
  return { a: first, b: second, gateway, call };
}

const stateOf = ({ runtime }: TestGateway, scope: "member" | "model" | "provider", name: string) =>
  runtime.cells.cell(scope, name).breaker.state;

const keyStates = ({ runtime }: TestGateway, scope: "key" | "key-model"): string[] =>
  runtime.cells
    .list()
    .filter((cell) => cell.scope === scope && cell.name.startsWith("a#"))
    .map(({ breaker }) => breaker.state);

const keysOf = ({ requests }: Upstream): string[] =>
  requests.map(({ head }) => /authorization: Bearer (\S+)/i.exec(head)?.[1] ?? "");

const byKey =
  (bad: string, reply: Script): Script =>
  (socket, request, count) =>
    (request.head.includes(`Bearer ${bad}`) ? reply : fine)(socket, request, count);

describe("only what is at fault rests", () => {
  test("a rate limit rests one key for one model; the other key goes on in the same call", async () => {
    const limited = error(429, "rate_limit_exceeded", "retry-after: 30\r\n");
    const { a, b, gateway, call } = setup(byKey("k1", limited), fine, {
      provider: "api_keys: [k1, k2]",
    });
    const response = await call();
    expect(response.status).toBe(200);
    expect(keysOf(a)).toEqual(["k1", "k2"]);
    expect(b.requests.length).toBe(0);
    expect(keyStates(gateway, "key-model")).toEqual(["open", "closed"]);
    expect(keyStates(gateway, "key")).toEqual(["closed", "closed"]);
    expect(stateOf(gateway, "member", "p/ma")).toBe("closed");
    // The same key for another model of the provider has limits of its own.
    await call("q");
    await call("q");
    expect(keysOf(a).slice(2)).toContain("k1");
  });

  test("a bad key rests for every model and pool, and the others carry on", async () => {
    const { a, gateway, call } = setup(byKey("k1", error(401, "invalid_api_key")), fine, {
      provider: "api_keys: [k1, k2]",
    });
    for (const pool of ["p", "q", "p", "q"]) expect((await call(pool)).status).toBe(200);
    expect(keysOf(a)).toEqual(["k1", "k2", "k2", "k2", "k2"]);
    expect(keyStates(gateway, "key")).toEqual(["open", "closed"]);
  });

  test("a model that the provider does not have rests in every pool, its provider does not", async () => {
    const unknown: Script = (socket, request, count) =>
      (request.body.includes('"m2"') ? fine : error(404, "model_not_found"))(
        socket,
        request,
        count,
      );
    const { a, gateway, call } = setup(unknown, fine);
    await call("p");
    await call("solo");
    expect((await call("q")).headers.get("x-recloser-route")).toContain("model=ma2");
    expect(a.requests.length).toBe(2);
    expect(stateOf(gateway, "model", "ma")).toBe("open");
    expect(stateOf(gateway, "provider", "a")).toBe("closed");
  });

  test("a provider where nobody listens rests as a whole, after three connections in a row", async () => {
    const { a, gateway, call } = setup(fine, fine);
    a.stop();
    for (const pool of ["p", "q", "p"]) expect((await call(pool)).status).toBe(200);
    expect(stateOf(gateway, "provider", "a")).toBe("open");
    expect((await call("q")).headers.get("x-recloser-route")).toContain("attempts=1");
  });

  test("a client that brings its own key benches nobody", async () => {
    const { gateway, call } = setup(error(401, "invalid_api_key"), fine);
    const own = { headers: { authorization: "Bearer mine" } };
    expect((await call("solo", own)).status).toBe(502);
    const passing = startGateway(`auth: { mode: passthrough }
providers: { a: { protocol: openai, base_url: "http://127.0.0.1:${setup(error(401, "invalid_api_key"), fine).a.port}", api_key: k } }
models: { ma: { provider: a, model: m } }
`);
    cleanups.push(passing.stop);
    for (let round = 0; round < 3; round++) {
      const response = await fetch(`${passing.url}/ma/v1/chat/completions`, {
        method: "POST",
        body: '{"model":"x"}',
        ...own,
      });
      expect(response.status).toBe(401);
    }
    expect(keyStates(passing, "key")).toEqual(["closed"]);
    expect(keyStates(gateway, "key")).toEqual(["open"]);
  });
});

test("an error that nobody knows is counted, and treated by its status", async () => {
  const odd: Script = (socket) =>
    void socket.write(
      httpReply(418, "application/json", '{"error":{"message":"short and stout"}}'),
    );
  const { gateway, call } = setup(odd, fine);
  expect((await call("solo")).status).toBe(418);
  expect(gateway.runtime.counters.list()).toContainEqual({
    name: "unclassified_failures",
    labels: { protocol: "openai", status: "418" },
    count: 1,
  });
});

test("of many calls at once only one finds out whether a member is well again", async () => {
  const { a, b, call } = setup(error(503, "overloaded"), fine, {
    pool: ", breaker: { trip: { mode: consecutive, failures: 1 }, cooldown: 50ms }",
  });
  await call();
  await Bun.sleep(80);
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await call()).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect([a.requests.length, b.requests.length]).toEqual([2, 9]);
});

describe("where to try next", () => {
  test("another model of the same provider and key is somebody else", async () => {
    const onlyOther: Script = (socket, request, count) =>
      (request.body.includes('"m2"') ? fine : error(503, "overloaded"))(socket, request, count);
    const both = "  both: { members: [{ model: ma }, { model: ma2 }], policy: priority }";
    const { a, call } = setup(onlyOther, fine, { more: both });
    const response = await call("both");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-recloser-route")).toContain("model=ma2; attempts=2");
    expect(a.requests.length).toBe(2);
  });

  test("with nobody else left a member is asked again after a transient fault", async () => {
    const { a, call } = setup(atFirst(1, error(503, "overloaded")), fine);
    const response = await call("solo");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-recloser-route")).toContain("attempts=2");
    expect(a.requests.length).toBe(2);
  });

  test.each([
    ["repeats: 0", error(503, "overloaded")],
    ["repeats: 3", error(401, "invalid_api_key")],
  ])("%s: and not again where that is switched off or hopeless", async (failover, script) => {
    const { a, call } = setup(script, fine, { pool: `, failover: { ${failover} }` });
    await call("solo");
    expect(a.requests.length).toBe(1);
  });

  test("an upstream that says not to try again is not asked again", async () => {
    const { a, call } = setup(error(503, "overloaded", "x-should-retry: false\r\n"), fine);
    await call("solo");
    expect(a.requests.length).toBe(1);
  });

  test("max_wait: a short wait is sat out, with the same key, although another member is free", async () => {
    const limited = error(429, "rate_limit_exceeded", "retry-after-ms: 60\r\n");
    const { a, b, call } = setup(atFirst(1, limited), fine, {
      pool: ", failover: { max_wait: 100ms }",
    });
    expect((await call()).status).toBe(200);
    expect([a.requests.length, b.requests.length]).toEqual([2, 0]);
    const longer = setup(
      atFirst(1, error(429, "rate_limit_exceeded", "retry-after-ms: 200\r\n")),
      fine,
      { pool: ", failover: { max_wait: 100ms }" },
    );
    expect((await longer.call()).status).toBe(200);
    expect([longer.a.requests.length, longer.b.requests.length]).toEqual([1, 1]);
  });

  test("the retry budget bounds how many calls are tried again", async () => {
    const { a, b, call } = setup(error(500, "x"), fine, {
      pool: ", breaker: { trip: { mode: consecutive, failures: 100 } }, failover: { retry_budget: { share: 0, floor: 2 } }",
    });
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) statuses.push((await call()).status);
    expect(statuses).toEqual([200, 200, 500, 500, 500]);
    expect([a.requests.length, b.requests.length]).toEqual([5, 2]);
  });

  test("where every key has reached its limit, the client is told so, with the time", async () => {
    const { call } = setup(error(429, "rate_limit_exceeded", "retry-after: 30\r\n"), fine);
    expect((await call("solo")).status).toBe(429);
    const response = await call("solo");
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(25);
    expect(response.headers.get("x-recloser-fault")).toBe("key");
  });
});

const LEAST_BUSY = "  idle: { members: [{ model: ma }, { model: mb }], policy: least_busy }";

describe("load", () => {
  /** Answers when it is told to. */
  function slow(): {
    readonly script: Script;
    readonly release: () => void;
    readonly held: () => number;
  } {
    const waiting: (() => void)[] = [];
    return {
      script: (socket) => void waiting.push(() => void socket.write(OK)),
      release: () => waiting.shift()?.(),
      held: () => waiting.length,
    };
  }

  const until = async (done: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 400 && !done(); tries++) await Bun.sleep(5);
  };

  test("a pool's cap holds over all members, and who waits in line is told of it", async () => {
    const { script, release, held } = slow();
    const { gateway, call } = setup(script, script, {
      pool: ", max_concurrent: 1, on_exhausted: { queue: { wait: 5s, max: 1 } }",
    });
    const first = call();
    await until(() => held() === 1);
    const second = call();
    await until(() => gateway.runtime.cells.permits.waiting() === 1);
    const third = await call();
    expect(third.status).toBe(503);
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await third.text()).toContain("busy");
    release();
    expect((await first).headers.get("x-recloser-queue")).toBeNull();
    await until(() => held() === 1);
    release();
    expect((await second).headers.get("x-recloser-queue")).toMatch(/^position=1; waited=\d+ms$/);
    expect([...gateway.runtime.cells.permits.all()]).toEqual([]);
  });

  test("more calls than the whole gateway may have are turned away at once, in the caller's words", async () => {
    const { script, release, held } = slow();
    const { b, call, gateway } = setup(script, fine, { more: "limits: { max_concurrent: 1 }" });
    const first = call("solo");
    await until(() => held() === 1);
    const refused = await call();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("x-recloser-fault")).toBe("gateway");
    expect(b.requests.length).toBe(0);
    release();
    expect((await first).status).toBe(200);
    expect(gateway.runtime.cells.permits.all().size).toBe(0);
  });

  test("least_busy goes where the least is going on", async () => {
    const { script, release, held } = slow();
    const { a, b, call } = setup(script, fine, { more: LEAST_BUSY });
    const busy = call("idle");
    await until(() => held() === 1);
    for (let round = 0; round < 3; round++) expect((await call("idle")).status).toBe(200);
    expect([a.requests.length, b.requests.length]).toEqual([1, 3]);
    release();
    expect((await busy).status).toBe(200);
  });
});

describe("members that cannot take a call anyway are left out", () => {
  const image = {
    body: JSON.stringify({
      model: "x",
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          ],
        },
      ],
    }),
  };

  test("a picture goes to the member that sees, unless nobody does", async () => {
    const { a, b, call, gateway } = setup(fine, fine);
    const blind = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${a.port}", api_key: k }
  b: { protocol: openai, base_url: "http://127.0.0.1:${b.port}", api_key: k }
models:
  ma: { provider: a, model: m, capabilities: { vision: false } }
  mb: { provider: b, model: m }
pools: { p: { members: [{ model: ma }, { model: mb }], policy: priority } }
`);
    cleanups.push(blind.stop);
    const ask = (init: RequestInit) =>
      fetch(`${blind.url}/p/v1/chat/completions`, { method: "POST", ...init });
    await ask(image);
    expect([a.requests.length, b.requests.length]).toEqual([0, 1]);
    await ask({ body: '{"model":"x","messages":[{"role":"user","content":"hi"}]}' });
    expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
    await call("solo", image);
    expect(a.requests.length).toBe(2);
    expect(gateway.errors).toEqual([]);
  });

  test("a text far beyond a window goes to the larger one at once", async () => {
    const { a, b } = setup(fine, fine);
    const sized = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${a.port}", api_key: k }
  b: { protocol: openai, base_url: "http://127.0.0.1:${b.port}", api_key: k }
models:
  ma: { provider: a, model: m, context_window: 1000 }
  mb: { provider: b, model: m, context_window: 100000 }
pools: { p: { members: [{ model: ma }, { model: mb }], policy: priority } }
`);
    cleanups.push(sized.stop);
    const content = "word ".repeat(4000);
    await fetch(`${sized.url}/p/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "x", messages: [{ role: "user", content }] }),
    });
    expect([a.requests.length, b.requests.length]).toEqual([0, 1]);
  });
});

test("a call leaves a story: who was considered, what each attempt rests on, and what it changed", async () => {
  const { gateway, call } = setup(
    error(401, "invalid_api_key", "", `key 'sk-${"x".repeat(60)}' is wrong`),
    fine,
  );
  const response = await call();
  const trail = gateway.runtime.trails.get(response.headers.get("x-recloser-request-id") ?? "");
  expect(trail).toMatchObject({ target: "p", protocol: "openai", status: 200 });
  const [considered, first, second, last] = trail?.steps ?? [];
  expect(considered).toMatchObject({
    kind: "considered",
    members: [
      { model: "ma", standing: "usable" },
      { model: "mb", standing: "usable" },
    ],
  });
  expect(first).toMatchObject({
    kind: "attempt",
    model: "ma",
    verdict: "failed",
    evidence: { class: "unauthenticated", culprit: "key", status: 401 },
    changes: [{ scope: "key", from: "closed", to: "open" }],
  });
  expect(JSON.stringify(trail)).not.toContain("xxxx");
  expect(second).toMatchObject({ members: [{ standing: "tried" }, { standing: "usable" }] });
  expect(last).toMatchObject({ kind: "attempt", model: "mb", verdict: "answered" });
});
