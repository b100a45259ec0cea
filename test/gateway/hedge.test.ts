// A second attempt beside one that is slow to begin (`failover.hedge`).
import { afterEach, expect, test } from "bun:test";
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

const reply = (id: string): Buffer =>
  httpReply(
    200,
    "application/json",
    JSON.stringify({ id, object: "chat.completion", choices: [] }),
  );
const after =
  (time: number, bytes: Buffer): Script =>
  (socket) =>
    void setTimeout(() => socket.write(bytes), time);
const never: Script = () => undefined;

function setup(
  a: Script,
  b: Script,
  failover = "hedge: 30ms",
): {
  a: Upstream;
  b: Upstream;
  gateway: TestGateway;
  call: () => Promise<Response>;
} {
  const first = startUpstream(a);
  const second = startUpstream(b);
  const gateway = startGateway(`auth: { mode: none }
providers:
  a: { protocol: openai, base_url: "http://127.0.0.1:${first.port}", api_key: k }
  b: { protocol: openai, base_url: "http://127.0.0.1:${second.port}", api_key: k }
models: { ma: { provider: a, model: m }, mb: { provider: b, model: m } }
pools: { p: { members: [{ model: ma }, { model: mb }], policy: priority, failover: { ${failover} } } }
`);
  cleanups.push(async () => {
    await gateway.stop();
    first.stop();
    second.stop();
  });
  const call = (): Promise<Response> =>
    fetch(`${gateway.url}/p/v1/chat/completions`, { method: "POST", body: '{"model":"p"}' });
  return { a: first, b: second, gateway, call };
}

const until = async (done: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 400 && !done(); tries++) await Bun.sleep(5);
};

test("the second answers first: it is kept, the first is given up and benches nobody", async () => {
  const { a, b, gateway, call } = setup(never, after(0, reply("from b")));
  const response = await call();
  expect(await response.json()).toMatchObject({ id: "from b" });
  await until(() => a.closed() === 1);
  expect([a.requests.length, b.requests.length, a.closed()]).toEqual([1, 1, 1]);
  expect(gateway.runtime.cells.list().every(({ breaker }) => breaker.state === "closed")).toBe(
    true,
  );
  await until(() => gateway.runtime.cells.permits.all().size === 0);
  expect(gateway.runtime.cells.permits.all().size).toBe(0);
  const trail = gateway.runtime.trails.get(response.headers.get("x-recloser-request-id") ?? "");
  const verdicts = trail?.steps.flatMap((step) => (step.kind === "attempt" ? [step.verdict] : []));
  expect(verdicts).toEqual(["left", "answered"]);
});

test("the first answers after all: the second is given up", async () => {
  const { b, call } = setup(after(90, reply("from a")), never);
  expect(await (await call()).json()).toMatchObject({ id: "from a" });
  await until(() => b.closed() === 1);
  expect([b.requests.length, b.closed()]).toEqual([1, 1]);
});

test("who is quick is left alone", async () => {
  const { b, call } = setup(after(0, reply("from a")), never, "hedge: 5s");
  expect(await (await call()).json()).toMatchObject({ id: "from a" });
  expect(b.requests.length).toBe(0);
});

test("both fail: the client is told of a failure, and both are counted", async () => {
  const failing = (status: number): Buffer =>
    httpReply(status, "application/json", '{"error":{"message":"no"}}');
  const { a, b, gateway, call } = setup(
    after(60, failing(500)),
    after(60, failing(500)),
    "hedge: 20ms, repeats: 0",
  );
  expect((await call()).status).toBe(500);
  expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
  expect(gateway.runtime.cells.permits.all().size).toBe(0);
});

test("hedges share the budget of retries", async () => {
  const { b, call } = setup(
    after(60, reply("from a")),
    after(0, reply("from b")),
    "hedge: 10ms, retry_budget: { share: 0, floor: 1 }",
  );
  const ids: unknown[] = [];
  for (let round = 0; round < 3; round++) ids.push(await (await call()).json());
  expect(ids).toMatchObject([{ id: "from b" }, { id: "from a" }, { id: "from a" }]);
  expect(b.requests.length).toBe(1);
});

test("p95: there is no hedge before enough is known", async () => {
  const { b, call } = setup(after(20, reply("from a")), after(0, reply("from b")), "hedge: p95");
  for (let round = 0; round < 5; round++) await call();
  expect(b.requests.length).toBe(0);
});
