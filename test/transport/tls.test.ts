// TLS on both transports: who is believed, who is not, and what is said before anybody is believed (nothing).
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ms } from "../../src/lib/time.ts";
import { createFetchTransport } from "../../src/transport/fetch.ts";
import { createSocketTransport } from "../../src/transport/sockets.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { HELLO, LIMITS, requestTo, serveRaw, tell, until, type RawServer } from "./raw-server.ts";

// Made for these tests alone. `server` is for localhost and 127.0.0.1, `other` for other.example; both by `ca`.
const pem = (name: string): string =>
  readFileSync(join(import.meta.dir, "..", "fixtures", "tls", `${name}.pem`), "utf8");
const CA = pem("ca");
const certificate = (name: string) => ({ cert: pem(name), key: pem(`${name}-key`) });

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function server(name: string): RawServer {
  const made = serveRaw((client) => client.write(HELLO), certificate(name));
  cleanups.push(made.stop);
  return made;
}

const secure = (port: number, host = "127.0.0.1") =>
  requestTo(port, { origin: { secure: true, host, port } });

const TRANSPORTS: Readonly<Record<string, (ca?: string) => Transport>> = {
  sockets: (ca) => createSocketTransport(ca === undefined ? {} : { ca }),
  fetch: (ca) => createFetchTransport({ proxy: false, ...(ca === undefined ? {} : { ca }) }),
};

describe.each(Object.entries(TRANSPORTS))("%s", (name, create) => {
  const open = (ca?: string): Transport => {
    const transport = create(ca);
    cleanups.push(transport.close);
    return transport;
  };

  test.each(["127.0.0.1", "localhost"])(
    "a trusted certificate for %s is believed",
    async (host) => {
      const made = server("server");
      const transport = open(CA);
      for (let call = 0; call < 2; call++) {
        expect(await tell(transport, secure(made.port, host))).toEqual({
          status: 200,
          body: "hello",
        });
      }
      expect(made.connections()).toBe(1);
    },
  );

  test.each([
    ["for another name", "other", "localhost", CA],
    ["for another name, asked for by address", "other", "127.0.0.1", CA],
    ["signed by itself", "self-signed", "localhost", CA],
    ["signed by nobody the system knows", "server", "localhost", undefined],
  ])("a certificate %s is refused, and no request is written", async (_what, shown, host, ca) => {
    const made = server(shown);
    const told = await tell(open(ca), secure(made.port, host));
    expect(told.failure).toMatchObject({ kind: "certificate", sent: false });
    expect(told.failure?.message).not.toContain(host);
    // `fetch` takes its time to let go.
    if (name === "sockets") await until(() => made.connections() === made.closed());
    expect(made.requests).toEqual([]);
    expect(made.clients.map((client) => client.data.seen).join("")).toBe("");
  });

  test("a server without TLS is a TLS failure", async () => {
    const made = serveRaw(() => {});
    cleanups.push(made.stop);
    const plain = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n") },
    });
    cleanups.push(() => plain.stop(true));
    const told = await tell(open(CA), secure(plain.port));
    expect(told.failure).toMatchObject({ kind: "tls", sent: false });
  });
});

describe("sockets", () => {
  const open = (): Transport => {
    const transport = createSocketTransport({ ca: CA, coarsenessMs: 5 });
    cleanups.push(transport.close);
    return transport;
  };

  test.each([
    ["localhost", true],
    ["127.0.0.1", false],
  ])("the first words to %s hold its name: %p", async (host, named) => {
    const hello = Promise.withResolvers<string>();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (_socket, bytes) => hello.resolve(bytes.toString("latin1")) },
    });
    cleanups.push(() => listener.stop(true));
    const told = tell(open(), secure(listener.port, host), { ...LIMITS, connect: ms(50) });
    expect((await hello.promise).includes(host)).toBe(named);
    expect((await told).failure).toMatchObject({ kind: "connect-timeout", sent: false });
  });

  test("a server that closes in the handshake is a TLS failure", async () => {
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end() },
    });
    cleanups.push(() => listener.stop(true));
    expect((await tell(open(), secure(listener.port))).failure).toMatchObject({
      kind: "tls",
      sent: false,
    });
  });

  test("a long reply is read with back-pressure under TLS too", async () => {
    const size = 3_000_000;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: certificate("server"),
      fetch: async (request) => new Response(await request.bytes()),
    });
    cleanups.push(() => void upstream.stop(true));
    const body = new Uint8Array(size).map((_byte, index) => index % 251);
    const transport = open();
    const port = upstream.port ?? 0;
    const sent = await transport.send({ ...secure(port), body }, LIMITS, undefined);
    if (!sent.ok) throw new Error(sent.error.message);
    await Bun.sleep(30);
    const all = await sent.value.body.readAll(size);
    expect(all.ok && Bun.hash(all.value.bytes)).toBe(Bun.hash(body));
  });
});
