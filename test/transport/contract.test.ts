// One contract, both transports. The servers are raw sockets, so that every byte and every close is controlled.
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ms } from "../../src/lib/time.ts";
import { createFetchTransport } from "../../src/transport/fetch.ts";
import { createSocketTransport } from "../../src/transport/sockets.ts";
import type { Limits, OutgoingRequest, Transport } from "../../src/transport/transport.ts";
import { manyStreams } from "../support/many-streams.ts";

type Client = Bun.Socket<{ seen: string }>;
type Script = (socket: Client, request: string, count: number) => void;

const LIMITS: Limits = {
  connect: ms(2000),
  firstByte: ms(2000),
  idle: ms(2000),
  maxHeadBytes: 16 * 1024,
};
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that answers each whole request by its script. */
function serve(script: Script): { port: number; connections: () => number; closed: () => number } {
  let connections = 0;
  let closed = 0;
  const server = Bun.listen<{ seen: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        connections++;
        socket.data = { seen: "" };
      },
      data(socket, bytes) {
        socket.data.seen += bytes.toString("latin1");
        const match = /^([^]*?\r\n\r\n)([^]*)$/.exec(socket.data.seen);
        const length = Number(/content-length: (\d+)/i.exec(match?.[1] ?? "")?.[1] ?? 0);
        if (match === null || (match[2] ?? "").length < length) return;
        const request = socket.data.seen;
        socket.data.seen = "";
        script(socket, request, connections);
      },
      close() {
        closed++;
      },
    },
  });
  cleanups.push(() => server.stop(true));
  return { port: server.port, connections: () => connections, closed: () => closed };
}

function request(port: number, extra: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return {
    method: "POST",
    origin: { secure: false, host: "127.0.0.1", port },
    target: "/v1/x?y=1",
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode('{"a":1}'),
    replayable: true,
    ...extra,
  };
}

async function settle(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !check(); tries++) await Bun.sleep(5);
  expect(check()).toBe(true);
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-a: 1\r\nx-a: 2\r\n\r\nhello";

const TRANSPORTS: readonly (readonly [string, () => Transport])[] = [
  ["sockets", () => createSocketTransport()],
  ["fetch", () => createFetchTransport()],
];

describe.each([...TRANSPORTS])("%s", (_name, create) => {
  const open = (): Transport => {
    const transport = create();
    cleanups.push(transport.close);
    return transport;
  };
  const readText = async (port: number, limits = LIMITS, transport = open()) => {
    const sent = await transport.send(request(port), limits, undefined);
    if (!sent.ok) return sent;
    const all = await sent.value.body.readAll(1 << 20);
    return all.ok ? { ...sent.value, text: new TextDecoder().decode(all.value.bytes) } : all;
  };

  test("the request arrives as given, and the reply comes back with its headers in order", async () => {
    let seen = "";
    const { port } = serve((socket, text) => {
      seen = text;
      socket.write(OK);
    });
    const reply = await readText(port);
    expect(reply).toMatchObject({ status: 200, text: "hello" });
    expect(seen).toStartWith("POST /v1/x?y=1 HTTP/1.1\r\n");
    expect(seen.toLowerCase()).toContain(`\r\nhost: 127.0.0.1:${port}\r\n`);
    expect(seen.toLowerCase()).toContain("\r\ncontent-length: 7\r\n");
    expect(seen).toEndWith('\r\n\r\n{"a":1}');
  });

  test.each([
    ["content-length", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", false],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nt: 1\r\n\r\n",
      false,
    ],
    ["until close", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello", true],
    [
      "interim replies first",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      false,
    ],
  ])("a body with %s is read whole, also one byte at a time", async (_kind, text, end) => {
    const transport = open();
    const whole = serve((socket) => {
      socket.write(text);
      if (end) socket.end();
    });
    expect(await readText(whole.port, LIMITS, transport)).toMatchObject({
      status: 200,
      text: "hello",
    });
    const slow = serve((socket) => {
      socket.setNoDelay(true);
      let at = 0;
      const step = (): void => {
        if (at < text.length) {
          socket.write(text.charAt(at++));
          setTimeout(step, 0);
        } else if (end) socket.end();
      };
      step();
    });
    expect(await readText(slow.port, LIMITS, transport)).toMatchObject({
      status: 200,
      text: "hello",
    });
  });

  test.each([204, 304])("status %d has no body to wait for", async (status) => {
    const { port } = serve((socket) => socket.write(`HTTP/1.1 ${status} X\r\n\r\n`));
    expect(await readText(port)).toMatchObject({ status, text: "" });
  });

  test("redirects and compressed bodies come back as they are", async () => {
    const { port } = serve((socket) =>
      socket.write(
        "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
      ),
    );
    expect(await readText(port)).toMatchObject({ status: 302, text: "abc" });
  });

  test("nobody listening is a connect failure before anything was sent", async () => {
    const { port } = serve(() => {});
    for (const cleanup of cleanups.splice(0)) cleanup();
    const failed = await open().send(request(port), LIMITS, undefined);
    expect(failed).toMatchObject({ ok: false, error: { kind: "connect", sent: false } });
  });

  test("a name that does not exist is a DNS failure", async () => {
    const origin = { secure: false, host: "no-such-host.invalid", port: 80 };
    const failed = await open().send(request(0, { origin }), LIMITS, undefined);
    expect(failed.ok).toBe(false);
    if (!failed.ok) expect(["dns", "connect"]).toContain(failed.error.kind);
  });

  test("a close before the head is a reset", async () => {
    const { port } = serve((socket) => socket.end());
    expect(await readText(port)).toMatchObject({ ok: false, error: { kind: "reset" } });
  });

  test.each([
    ["inside a content-length body", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhel"],
    ["inside a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhel"],
    ["between chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n"],
  ])("a close %s is truncation, not an end", async (_where, text) => {
    const { port } = serve((socket) => {
      socket.write(text);
      setTimeout(() => socket.end(), 20);
    });
    expect(await readText(port)).toMatchObject({ ok: false, error: { kind: "truncated" } });
  });

  test("silence before the reply and within it each have their limit", async () => {
    const limits = { ...LIMITS, connect: ms(30), firstByte: ms(60), idle: ms(60) };
    const mute = serve(() => {});
    expect(await readText(mute.port, limits)).toMatchObject({
      error: { kind: "first-byte-timeout" },
    });
    const stalled = serve((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhel"),
    );
    expect(await readText(stalled.port, limits)).toMatchObject({ error: { kind: "idle-timeout" } });
    const total = { ...LIMITS, total: ms(60) };
    expect(await readText(stalled.port, total)).toMatchObject({ error: { kind: "total-timeout" } });
  });

  test("aborting closes the connection, before the reply and within it", async () => {
    const mute = serve(() => {});
    const early = new AbortController();
    const waiting = open().send(request(mute.port), LIMITS, early.signal);
    await settle(() => mute.connections() === 1);
    early.abort();
    expect(await waiting).toMatchObject({ ok: false, error: { kind: "aborted" } });
    await settle(() => mute.closed() === 1);

    const streaming = serve((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhel"),
    );
    const late = new AbortController();
    const sent = await open().send(request(streaming.port), LIMITS, late.signal);
    if (!sent.ok) throw new Error(sent.error.message);
    await sent.value.body.read();
    late.abort();
    expect(await sent.value.body.read()).toMatchObject({ ok: false, error: { kind: "aborted" } });
    await settle(() => streaming.closed() === 1);
  });

  test("a reply above the cap is handed over in part, and the rest can still be read", async () => {
    const { port } = serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nabcd");
      setTimeout(() => socket.write("efgh"), 20);
    });
    const sent = await open().send(request(port), LIMITS, undefined);
    if (!sent.ok) throw new Error(sent.error.message);
    const part = await sent.value.body.readAll(3);
    expect(part).toMatchObject({ ok: true, value: { complete: false } });
    const rest = await sent.value.body.readAll(100);
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    expect(part.ok && rest.ok && text(part.value.bytes) + text(rest.value.bytes)).toBe("abcdefgh");
  });

  test("cancelling a body closes the connection", async () => {
    const server = serve((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhel"),
    );
    const sent = await open().send(request(server.port), LIMITS, undefined);
    if (!sent.ok) throw new Error(sent.error.message);
    sent.value.body.cancel();
    await settle(() => server.closed() === 1);
  });

  test("while nobody reads, the upstream's writing stops", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    let written = 0;
    const pumpInto = (socket: { write: (bytes: Uint8Array) => number }): void => {
      for (;;) {
        const taken = socket.write(chunk);
        written += Math.max(taken, 0);
        if (taken < chunk.byteLength || written > 200_000_000) return;
      }
    };
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
          pumpInto(socket);
        },
        drain(socket) {
          pumpInto(socket);
        },
      },
    });
    cleanups.push(() => server.stop(true));
    const sent = await open().send(request(server.port), LIMITS, undefined);
    if (!sent.ok) throw new Error(sent.error.message);
    await Bun.sleep(150);
    const before = written;
    await Bun.sleep(100);
    expect(written).toBe(before);
    // Kernel buffers on both sides count too; what matters is that it is far from everything.
    expect(written).toBeLessThan(40_000_000);
    await sent.value.body.read();
    sent.value.body.cancel();
  });
});

test("600 streams are open at once over sockets, and none waits for another", async () => {
  const transport = createSocketTransport();
  cleanups.push(transport.close);
  expect(await manyStreams(transport, 600)).toBe(600);
});

test("600 streams are open at once over fetch, once its limit is lifted before the start", async () => {
  const script = join(import.meta.dir, "..", "support", "many-streams.ts");
  const child = Bun.spawn([process.execPath, script, "600"], {
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "1000" },
    stdout: "pipe",
  });
  expect((await new Response(child.stdout).text()).trim()).toBe("600");
});

describe("sockets keep connections", () => {
  const open = (): Transport => {
    const transport = createSocketTransport();
    cleanups.push(transport.close);
    return transport;
  };
  const once = async (transport: Transport, port: number): Promise<string> => {
    const sent = await transport.send(request(port), LIMITS, undefined);
    if (!sent.ok) return sent.error.kind;
    const all = await sent.value.body.readAll(1000);
    return all.ok ? new TextDecoder().decode(all.value.bytes) : all.error.kind;
  };

  test("one after another uses one connection", async () => {
    const server = serve((socket) => socket.write(OK));
    const transport = open();
    for (let call = 0; call < 5; call++) expect(await once(transport, server.port)).toBe("hello");
    expect(server.connections()).toBe(1);
    expect(transport.stats()).toEqual({ open: 1, idle: 1 });
  });

  test.each([
    ["connection: close", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello"],
    ["bytes after the reply", `${OK}surplus`],
  ])("%s ends the connection", async (_why, text) => {
    const server = serve((socket) => socket.write(text));
    const transport = open();
    expect(await once(transport, server.port)).toBe("hello");
    expect(transport.stats()).toEqual({ open: 0, idle: 0 });
    expect(await once(transport, server.port)).toBe("hello");
    expect(server.connections()).toBe(2);
  });

  test("a kept connection that died is replaced once, and only if no byte of a reply came", async () => {
    let requests = 0;
    const server = serve((socket, _text, connections) => {
      requests++;
      if (connections === 1 && requests === 2) socket.terminate();
      else socket.write(OK);
    });
    const transport = open();
    expect(await once(transport, server.port)).toBe("hello");
    expect(await once(transport, server.port)).toBe("hello");
    expect(server.connections()).toBe(2);

    let count = 0;
    const half = serve((socket) => {
      count++;
      if (count === 1) socket.write(OK);
      else socket.end("HTTP/1.1 2");
    });
    expect(await once(transport, half.port)).toBe("hello");
    expect(await once(transport, half.port)).toBe("reset");
    expect(count).toBe(2);
  });

  test("bytes on an idle connection close it", async () => {
    const server = serve((socket) => {
      socket.write(OK);
      setTimeout(() => socket.write("HTTP/1.1 408 Late\r\n\r\n"), 10);
    });
    const transport = open();
    expect(await once(transport, server.port)).toBe("hello");
    await settle(() => transport.stats().open === 0);
  });

  test("an early reply is delivered, and the connection not used again", async () => {
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open(socket) {
          socket.pause();
          socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
        },
        data() {},
      },
    });
    cleanups.push(() => server.stop(true));
    const transport = open();
    const body = new Uint8Array(30_000_000);
    const sent = await transport.send(request(server.port, { body }), LIMITS, undefined);
    expect(sent).toMatchObject({ ok: true, value: { status: 413 } });
    await settle(() => transport.stats().open === 0);
  });

  test.each([
    [
      "both length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n"],
    ["no status line", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["another protocol", "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n"],
    ["an endless head", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`],
  ])("%s in a reply is malformed", async (_what, text) => {
    const { port } = serve((socket) => socket.write(text));
    expect(await once(open(), port)).toBe("malformed");
  });

  test("a bad chunk size in a reply is malformed", async () => {
    const { port } = serve((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
    );
    expect(await once(open(), port)).toBe("malformed");
  });

  test.each([
    ["a header value", { headers: [["x", "a\r\nb: c"]] }],
    ["a header name", { headers: [["x y", "a"]] }],
    ["the target", { target: "/a b" }],
  ] as const)("line breaks or blanks in %s never reach the wire", (_where, extra) => {
    const server = serve((socket) => socket.write(OK));
    const transport = open();
    const attempt = (): unknown => transport.send(request(server.port, extra), LIMITS, undefined);
    expect(attempt).toThrow("forbidden characters");
    expect(server.connections()).toBe(0);
  });
});
