// Every point at which an upstream can break off or fall silent, and the caller can give up; on both transports.
import { afterEach, describe, expect, test } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import { createFetchTransport } from "../../src/transport/fetch.ts";
import { createSocketTransport } from "../../src/transport/sockets.ts";
import type { Transport, TransportFailure } from "../../src/transport/transport.ts";
import {
  LIMITS,
  requestTo,
  serveRaw,
  tell,
  until,
  type Client,
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

/** Writes in steps that arrive apart, and then does the last thing. */
function inSteps(client: Client, texts: readonly string[], last: () => void): void {
  const [first, ...rest] = texts;
  if (first === undefined) return last();
  client.write(first);
  setTimeout(() => inSteps(client, rest, last), 5);
}

const COARSENESS = { coarsenessMs: 5 };
const TRANSPORTS: Readonly<Record<string, () => Transport>> = {
  sockets: () => createSocketTransport(COARSENESS),
  fetch: () => createFetchTransport({ ...COARSENESS, proxy: false }),
};

const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

type Kind = TransportFailure["kind"];
type Break = {
  readonly name: string;
  readonly before: readonly string[];
  readonly body: string;
  /** What an orderly close is, and what a reset is (`fetch` cannot always tell them apart). */
  readonly closed: readonly Kind[];
  readonly reset: readonly Kind[];
};

const CUT = { closed: ["truncated"], reset: ["reset", "truncated"] } as const;
const NONE = { closed: ["reset"], reset: ["reset"] } as const;
const BREAKS: readonly Break[] = [
  { name: "before the head", before: [], body: "", ...NONE },
  { name: "within the status line", before: ["HTTP/1.1 20"], body: "", ...NONE },
  { name: "within the head", before: ["HTTP/1.1 200 OK\r\nContent-Le"], body: "", ...NONE },
  { name: "after an interim reply", before: ["HTTP/1.1 100 Continue\r\n\r\n"], body: "", ...NONE },
  { name: "after the head", before: [LENGTH], body: "", ...CUT },
  { name: "within a body of known length", before: [LENGTH, "abc"], body: "abc", ...CUT },
  { name: "a byte before its end", before: [LENGTH, "x".repeat(19)], body: "x".repeat(19), ...CUT },
  { name: "after the head of a chunked body", before: [CHUNKED], body: "", ...CUT },
  { name: "within a chunk size", before: [CHUNKED, "1"], body: "", ...CUT },
  { name: "within a chunk", before: [CHUNKED, "9\r\nabc"], body: "abc", ...CUT },
  { name: "after a chunk's payload", before: [CHUNKED, "3\r\nabc"], body: "abc", ...CUT },
  { name: "between chunks", before: [CHUNKED, "3\r\nabc\r\n"], body: "abc", ...CUT },
];

describe.each(Object.entries(TRANSPORTS))("%s", (name, create) => {
  const open = (): Transport => {
    const transport = create();
    cleanups.push(transport.close);
    return transport;
  };

  test.each([...BREAKS])("an orderly close $name", async ({ before, body, closed }) => {
    const { port } = server((client) => inSteps(client, before, () => client.end()));
    const told = await tell(open(), requestTo(port));
    expect(told.body).toBe(body);
    expect(closed).toContain(told.failure?.kind ?? "aborted");
    expect(told.failure?.sent).toBe(true);
  });

  test.each([...BREAKS])("a reset $name", async ({ before, body, reset }) => {
    const { port } = server((client) => inSteps(client, before, () => client.terminate()));
    const told = await tell(open(), requestTo(port));
    expect(told.body).toBe(body);
    expect(reset).toContain(told.failure?.kind ?? "aborted");
    expect(told.failure?.sent).toBe(true);
  });

  test("a close is the clean end of a body without a length", async () => {
    const { port } = server((client) =>
      inSteps(client, ["HTTP/1.1 200 OK\r\n\r\n", "abc"], () => client.end()),
    );
    expect(await tell(open(), requestTo(port))).toEqual({ status: 200, body: "abc" });
  });

  const silent = {
    "no byte": [[], "first-byte-timeout"],
    "half a head": [["HTTP/1.1 200 OK\r\nContent-"], "first-byte-timeout"],
    "an interim reply": [["HTTP/1.1 103 Early Hints\r\n\r\n"], "first-byte-timeout"],
    "a head": [[LENGTH], "idle-timeout"],
    "some of the body": [[LENGTH, "abc"], "idle-timeout"],
    "some of a chunk": [[CHUNKED, "5\r\nabc"], "idle-timeout"],
    "framing without payload": [[CHUNKED, "5", ";", "a", "=", "b"], "idle-timeout"],
  } as const satisfies Record<string, readonly [readonly string[], Kind]>;

  test.each(Object.entries(silent))(
    "silence after %s: its own time-out",
    async (_after, [texts, kind]) => {
      const made = server((client) => inSteps(client, texts, () => {}));
      const limits = { ...LIMITS, connect: ms(0), firstByte: ms(40), idle: ms(40) };
      // `fetch` counts connecting as waiting for the reply, so that no time to connect means just that here.
      const fair = name === "fetch" ? limits : { ...limits, connect: ms(1000) };
      const told = await tell(open(), requestTo(made.port), fair);
      expect(told.failure?.kind).toBe(kind);
      await until(() => made.closed() === 1);
    },
  );

  test("a slow reply that keeps moving outlasts the idle limit, but not the total one", async () => {
    const { port } = server((client) =>
      inSteps(client, [LENGTH, ..."x".repeat(20).split("")], () => {}),
    );
    const limits = { ...LIMITS, idle: ms(80) };
    expect(await tell(open(), requestTo(port), limits)).toEqual({
      status: 200,
      body: "x".repeat(20),
    });
    const told = await tell(open(), requestTo(port), { ...limits, total: ms(50) });
    expect(told.failure?.kind).toBe("total-timeout");
  });

  test("the total limit holds before the head too", async () => {
    const made = server(() => {});
    const told = await tell(open(), requestTo(made.port), { ...LIMITS, total: ms(30) });
    expect(told.failure?.kind).toBe("total-timeout");
    await until(() => made.closed() === 1);
  });

  test("time that the reader takes does not count against the upstream", async () => {
    const { port } = server((client) => inSteps(client, [`${LENGTH}${"x".repeat(20)}`], () => {}));
    const sent = await open().send(requestTo(port), { ...LIMITS, idle: ms(10) }, undefined);
    await Bun.sleep(40);
    const all = sent.ok ? await sent.value.body.readAll(100) : undefined;
    expect(all?.ok && all.value.bytes.byteLength).toBe(20);
  });

  test("giving up before it begins sends nothing", async () => {
    const made = server(() => {});
    const told = await tell(open(), requestTo(made.port), LIMITS, AbortSignal.abort());
    expect(told.failure?.kind).toBe("aborted");
    expect(made.requests).toEqual([]);
  });

  test("giving up after the end changes nothing", async () => {
    const { port } = server((client) => client.write(`${LENGTH}${"x".repeat(20)}`));
    const controller = new AbortController();
    const transport = open();
    const told = await tell(transport, requestTo(port), LIMITS, controller.signal);
    controller.abort();
    expect(told).toEqual({ status: 200, body: "x".repeat(20) });
    expect(await tell(transport, requestTo(port))).toEqual({ status: 200, body: "x".repeat(20) });
  });

  test("giving up within a body drops what was not read", async () => {
    const made = server((client) => client.write(`${LENGTH}abc`));
    const controller = new AbortController();
    const sent = await open().send(requestTo(made.port), LIMITS, controller.signal);
    await Bun.sleep(5);
    controller.abort();
    const read = sent.ok ? await sent.value.body.read() : undefined;
    // `fetch` may have handed the bytes on before.
    if (name === "sockets") expect(read).toMatchObject({ error: { kind: "aborted" } });
    await until(() => made.closed() === 1);
    expect(open().stats()).toEqual({ open: 0, idle: 0 });
  });

  test("a long request is written at the pace of its reader, and arrives whole", async () => {
    const received = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        const bytes = new Uint8Array(await request.arrayBuffer());
        return new Response(`${bytes.byteLength} ${Bun.hash(bytes)}`);
      },
    });
    cleanups.push(() => void received.stop(true));
    const body = new Uint8Array(20_000_000).map((_byte, index) => index % 251);
    const told = await tell(open(), requestTo(received.port ?? 0, { body }));
    expect(told).toEqual({ status: 200, body: `${body.byteLength} ${Bun.hash(body)}` });
  });

  test("the exchanges under way are counted", async () => {
    const { port } = server((client, _request, number) =>
      client.write(number === 1 ? LENGTH : `${LENGTH}${"x".repeat(20)}`),
    );
    const transport = open();
    const sent = await transport.send(requestTo(port), LIMITS, undefined);
    expect(transport.stats().open).toBe(1);
    if (sent.ok) sent.value.body.cancel();
    expect(transport.stats().open).toBe(0);
    await tell(transport, requestTo(port));
    expect(transport.stats().open - transport.stats().idle).toBe(0);
  });
});

describe("what `fetch` cannot tell and `sockets` can", () => {
  test.each(["end", "terminate"] as const)("the last chunk cut short by %s", async (how) => {
    const { port } = server((client) =>
      inSteps(client, [CHUNKED, "3\r\nabc\r\n", "0\r\n"], () => client[how]()),
    );
    const told = await tell(open(), requestTo(port));
    expect(told.body).toBe("abc");
    expect(told.failure?.kind).toBe(how === "end" ? "truncated" : "reset");
  });

  const open = (): Transport => {
    const transport = createSocketTransport(COARSENESS);
    cleanups.push(transport.close);
    return transport;
  };

  test("a reset within a body without a length is no end", async () => {
    const { port } = server((client) =>
      inSteps(client, ["HTTP/1.1 200 OK\r\n\r\n", "abc"], () => client.terminate()),
    );
    const told = await tell(open(), requestTo(port));
    expect(told).toMatchObject({ status: 200, body: "abc", failure: { kind: "reset" } });
  });

  test("not connecting in time is not the same as no reply", async () => {
    // A server that accepts and never says a word of TLS: connecting includes the handshake.
    const made = serveRaw(() => {});
    cleanups.push(made.stop);
    const request = requestTo(made.port, {
      origin: { secure: true, host: "127.0.0.1", port: made.port },
    });
    const told = await tell(open(), request, { ...LIMITS, connect: ms(30) });
    expect(told.failure).toMatchObject({ kind: "connect-timeout", sent: false });
    await until(() => made.closed() === 1);
  });

  test("giving up while connecting closes the connection", async () => {
    const made = serveRaw(() => {});
    cleanups.push(made.stop);
    const transport = open();
    const origin = { secure: true, host: "127.0.0.1", port: made.port };
    const controller = new AbortController();
    const telling = tell(transport, requestTo(made.port, { origin }), LIMITS, controller.signal);
    await until(() => made.connections() === 1);
    controller.abort();
    expect((await telling).failure).toMatchObject({ kind: "aborted", sent: false });
    await until(() => made.closed() === 1);
    expect(transport.stats()).toEqual({ open: 0, idle: 0 });
  });

  test("an upstream that stops taking the request runs into the time-out for its reply", async () => {
    const stalled = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: (socket) => socket.pause(), data() {} },
    });
    cleanups.push(() => stalled.stop(true));
    const body = new Uint8Array(30_000_000);
    const limits = { ...LIMITS, firstByte: ms(40) };
    const told = await tell(open(), requestTo(stalled.port, { body }), limits);
    expect(told.failure).toMatchObject({ kind: "first-byte-timeout", sent: true });
  });
});
