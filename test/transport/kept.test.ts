// Which connections of the socket transport are kept, used again, replaced and let go.
import { afterEach, expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { createSocketTransport, type SocketOptions } from "../../src/transport/sockets.ts";
import type { Transport } from "../../src/transport/transport.ts";
import {
  HELLO,
  LIMITS,
  requestTo,
  serveRaw,
  tell,
  until,
  type RawServer,
  type Script,
} from "./raw-server.ts";

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function server(script: Script): RawServer {
  const made = serveRaw(script);
  cleanups.push(made.stop);
  return made;
}

function open(options: SocketOptions = {}): Transport {
  const transport = createSocketTransport({ coarsenessMs: 5, ...options });
  cleanups.push(transport.close);
  return transport;
}

const SAID = { status: 200, body: "hello" };

test("equal origins in different objects share connections, different ones do not", async () => {
  const [a, b] = [server((client) => client.write(HELLO)), server((client) => client.write(HELLO))];
  const transport = open();
  for (let call = 0; call < 3; call++) {
    expect(await tell(transport, requestTo(a.port))).toEqual(SAID);
    expect(await tell(transport, requestTo(b.port))).toEqual(SAID);
  }
  expect([a.connections(), b.connections()]).toEqual([1, 1]);
  expect(transport.stats()).toEqual({ open: 2, idle: 2 });
});

test("the connection that was freed last is used first", async () => {
  const made = server((client, _request, number) => {
    // The first two wait for each other, so that two connections are open.
    if (number === 2) for (const one of made.clients) one.write(HELLO);
    if (number > 2)
      client.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${made.clients.indexOf(client)}`);
  });
  const transport = open();
  await Promise.all([tell(transport, requestTo(made.port)), tell(transport, requestTo(made.port))]);
  const answers = [];
  for (let call = 0; call < 4; call++)
    answers.push((await tell(transport, requestTo(made.port))).body);
  expect(new Set(answers).size).toBe(1);
  expect(made.connections()).toBe(2);
});

test("no more free connections are kept than asked for", async () => {
  const made = server((_client, _request, number) => {
    if (number === 5) for (const one of made.clients) one.write(HELLO);
  });
  const transport = open({ maxIdle: 2 });
  const calls = Array.from({ length: 5 }, () => tell(transport, requestTo(made.port)));
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 5 }, () => SAID));
  expect(transport.stats()).toEqual({ open: 2, idle: 2 });
  await until(() => made.closed() === 3);
  expect(made.endings).toEqual(["", "", ""]);
});

test("a free connection is closed in an orderly way when it is too old", async () => {
  const made = server((client) => client.write(HELLO));
  const transport = open({ maxIdleMs: 30 });
  await tell(transport, requestTo(made.port));
  expect(transport.stats()).toEqual({ open: 1, idle: 1 });
  await until(() => made.closed() === 1);
  expect(made.endings).toEqual([""]);
  expect(transport.stats()).toEqual({ open: 0, idle: 0 });
});

test.each([
  ["timeout=1", 0],
  ["timeout=60", 1],
  ["max=3", 1],
])("after keep-alive: %s, %d connections are kept", async (value, kept) => {
  const { port } = server((client) =>
    client.write(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`),
  );
  const transport = open();
  await tell(transport, requestTo(port));
  expect(transport.stats().idle).toBe(kept);
});

test("a free connection that the upstream closes is forgotten at once", async () => {
  const made = server((client) => client.write(HELLO));
  const transport = open();
  await tell(transport, requestTo(made.port));
  made.clients[0]?.end();
  await until(() => transport.stats().open === 0);
  expect(await tell(transport, requestTo(made.port))).toEqual(SAID);
  expect(made.connections()).toBe(2);
});

test.each([
  ["closes", (client: { end: () => void }) => client.end()],
  ["resets", (client: { terminate: () => void }) => client.terminate()],
] as const)("a kept connection that %s under a request is replaced once", async (_how, die) => {
  const made = server((client, _request, number) => {
    if (number === 2) die(client);
    else client.write(HELLO);
  });
  const transport = open();
  expect(await tell(transport, requestTo(made.port))).toEqual(SAID);
  expect(await tell(transport, requestTo(made.port))).toEqual(SAID);
  expect(made.connections()).toBe(2);
  expect(made.requests[1]).toBe(made.requests[2] ?? "");
});

test("a request that cannot be sent twice is not sent twice", async () => {
  const made = server((client, _request, number) => {
    if (number === 2) client.end();
    else client.write(HELLO);
  });
  const transport = open();
  await tell(transport, requestTo(made.port));
  const told = await tell(transport, requestTo(made.port, { replayable: false }));
  expect(told.failure).toMatchObject({ kind: "reset", sent: true });
  expect(made.requests.length).toBe(2);
});

test("a fresh connection that dies is not replaced", async () => {
  const made = server((client) => client.end());
  const told = await tell(open(), requestTo(made.port));
  expect(told.failure?.kind).toBe("reset");
  expect(made.requests.length).toBe(1);
});

test("the replacement of a dead connection is not replaced again", async () => {
  const made = server((client, _request, number) => {
    if (number === 1) client.write(HELLO);
    else client.end();
  });
  const transport = open();
  await tell(transport, requestTo(made.port));
  const told = await tell(transport, requestTo(made.port));
  expect(told.failure).toMatchObject({ kind: "reset", sent: true });
  expect(made.requests.length).toBe(3);
});

test("after an interim reply a kept connection that dies is not replaced", async () => {
  const made = server((client, _request, number) => {
    client.write(number === 1 ? HELLO : "HTTP/1.1 100 Continue\r\n\r\n");
    if (number === 2) setTimeout(() => client.end(), 5);
  });
  const transport = open();
  await tell(transport, requestTo(made.port));
  expect((await tell(transport, requestTo(made.port))).failure?.kind).toBe("reset");
  expect(made.requests.length).toBe(2);
});

test("giving up while a dead connection is being replaced ends it", async () => {
  const controller = new AbortController();
  const made = server((client, _request, number) => {
    if (number === 1) client.write(HELLO);
    if (number === 2) client.end();
    if (number === 3) controller.abort();
  });
  const transport = open();
  await tell(transport, requestTo(made.port));
  const told = await tell(transport, requestTo(made.port), LIMITS, controller.signal);
  expect(told.failure).toMatchObject({ kind: "aborted", sent: true });
  expect(transport.stats()).toEqual({ open: 0, idle: 0 });
});

test("a connection is free when its reply has arrived, not when the reader has taken it", async () => {
  const { port } = server((client) => client.write(HELLO));
  const transport = open();
  const first = await transport.send(requestTo(port), LIMITS, undefined);
  expect(transport.stats()).toEqual({ open: 1, idle: 1 });
  expect(await tell(transport, requestTo(port))).toEqual(SAID);
  const all = first.ok ? await first.value.body.readAll(100) : undefined;
  expect(all?.ok && new TextDecoder().decode(all.value.bytes)).toBe("hello");
});

test("a long reply whose reader fell behind leaves a connection that can be used again", async () => {
  const size = 2_000_000;
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("x".repeat(size)),
  });
  cleanups.push(() => void upstream.stop(true));
  const transport = open();
  for (let call = 0; call < 3; call++) {
    const sent = await transport.send(requestTo(upstream.port ?? 0), LIMITS, undefined);
    await Bun.sleep(20);
    const all = sent.ok ? await sent.value.body.readAll(size) : undefined;
    expect(all?.ok && all.value.complete && all.value.bytes.byteLength).toBe(size);
  }
  expect(transport.stats()).toEqual({ open: 1, idle: 1 });
});

test("beyond the limit of open connections exchanges wait their turn", async () => {
  let busy = 0;
  let most = 0;
  const made = server((client) => {
    busy += 1;
    most = Math.max(most, busy);
    setTimeout(() => {
      busy -= 1;
      client.write(HELLO);
    }, 2);
  });
  const transport = open({ maxOpen: 2 });
  const calls = Array.from({ length: 8 }, () => tell(transport, requestTo(made.port)));
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 8 }, () => SAID));
  expect(most).toBe(2);
  expect(made.connections()).toBe(2);
});

test("a waiting exchange gets a new connection in place of one that was closed", async () => {
  const made = server((client) => {
    client.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  });
  const transport = open({ maxOpen: 1 });
  const calls = Array.from({ length: 3 }, () => tell(transport, requestTo(made.port)));
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 3 }, () => SAID));
  expect(made.connections()).toBe(3);
  expect(transport.stats()).toEqual({ open: 0, idle: 0 });
});

test("waiting for a free connection has a limit and can be given up", async () => {
  const made = server(() => {});
  const transport = open({ maxOpen: 1 });
  const holder = new AbortController();
  const holding = tell(transport, requestTo(made.port), LIMITS, holder.signal);
  await until(() => made.requests.length === 1);
  const late = await tell(transport, requestTo(made.port), { ...LIMITS, connect: ms(20) });
  expect(late.failure).toMatchObject({ kind: "connect-timeout", sent: false });
  const impatient = new AbortController();
  const waiting = tell(transport, requestTo(made.port), LIMITS, impatient.signal);
  impatient.abort();
  expect((await waiting).failure).toMatchObject({ kind: "aborted", sent: false });
  holder.abort();
  expect((await holding).failure?.kind).toBe("aborted");
  expect(made.requests.length).toBe(1);
});

test("closing lets go of free connections, and lets exchanges under way finish", async () => {
  const made = server((client, _request, number) => {
    if (number !== 2) client.write(HELLO);
  });
  const transport = open();
  await tell(transport, requestTo(made.port));
  const under = tell(transport, requestTo(made.port));
  await until(() => made.requests.length === 2);
  transport.close();
  expect(transport.stats()).toEqual({ open: 1, idle: 0 });
  made.clients[0]?.write(HELLO);
  expect(await under).toEqual(SAID);
  expect(transport.stats()).toEqual({ open: 0, idle: 0 });
  expect(await tell(transport, requestTo(made.port))).toEqual(SAID);
  expect(transport.stats()).toEqual({ open: 0, idle: 0 });
});

test("no timer is left when nothing is open", async () => {
  let timers = 0;
  const made = server((client) => client.write(HELLO));
  const transport = open({
    time: {
      now: () => ms(performance.now()),
      schedule: (callback, delay) => {
        timers += 1;
        const timer = setTimeout(() => {
          timers -= 1;
          callback();
        }, delay);
        let taken = false;
        return () => {
          if (!taken) timers -= 1;
          taken = true;
          clearTimeout(timer);
        };
      },
    },
  });
  expect(timers).toBe(0);
  await tell(transport, requestTo(made.port));
  expect(timers).toBe(1);
  transport.close();
  expect(timers).toBe(0);
});

test("a request and a reply of any bytes pass unchanged, one piece or many", async () => {
  const every = new Uint8Array(256).map((_byte, index) => index);
  const made = server((client, request) => {
    const body = request.slice(request.indexOf("\r\n\r\n") + 4);
    client.write(
      Buffer.from(
        `HTTP/1.1 200 OK\r\nX-Back: ${/x-there: (.*)\r/.exec(request)?.[1]}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        "latin1",
      ),
    );
  });
  const transport = open();
  for (const times of [1, 200, 400]) {
    const body = new Uint8Array(Array.from({ length: times }, () => [...every]).flat());
    const sent = await transport.send(
      requestTo(made.port, { body, headers: [["x-there", "caf\u00e9 \u00ff\t!"]] }),
      LIMITS,
      undefined,
    );
    if (!sent.ok) throw new Error(sent.error.message);
    expect(sent.value.headers).toContainEqual(["x-back", "caf\u00e9 \u00ff\t!"]);
    const all = await sent.value.body.readAll(1_000_000);
    expect(all.ok && Buffer.compare(all.value.bytes, body)).toBe(0);
  }
});
