// HTTP/2 for the one SDK that speaks it without asking. Its connections are handed on, as bytes, to a server of the runtime
// that knows HTTP/2; that server asks the mock itself by HTTP/1.1. Where the mock breaks that connection off, the client's
// is broken off too.
import { startsWith, utf8 } from "../lib/bytes.ts";

const PREFACE = utf8("PRI * HTTP/2.0");

/** Whether a connection that begins with these bytes speaks HTTP/2 (RFC 9113 3.4). */
export function isHttp2(bytes: Uint8Array): boolean {
  return startsWith(bytes, PREFACE);
}

/** One end of a connection, as far as handing bytes on needs it. */
export type End = {
  readonly write: (bytes: Uint8Array) => number;
  readonly end: () => unknown;
  /** Ends it without a proper end. */
  readonly terminate: () => unknown;
  readonly pause: () => unknown;
  readonly resume: () => unknown;
};

/** A connection that is handed on. */
export type Tunnel = {
  readonly receive: (bytes: Uint8Array) => void;
  readonly drained: () => void;
  readonly closed: () => void;
};

/** The HTTP/2 side of a mock; nothing runs before the first tunnel. */
export type Http2Side = {
  readonly open: (client: End) => Tunnel;
  readonly stop: () => void;
};

/** Makes the side of the mock that listens at `host` and `port`. */
export function createHttp2Side(host: string, port: () => number): Http2Side {
  let server: Bun.Server<undefined> | undefined;
  /** Clients by the port from which their tunnel reaches the server. */
  const clients = new Map<number, End>();
  const start = (): Bun.Server<undefined> =>
    Bun.serve({
      hostname: host,
      port: 0,
      http2: true,
      idleTimeout: 0,
      fetch: (request, self) => {
        const client = clients.get(self.requestIP(request)?.port ?? 0);
        return ask(request, `http://${host}:${port()}`, () => client?.terminate());
      },
    });
  return {
    open: (client) => {
      server ??= start();
      return openTunnel(client, { hostname: host, port: server.port ?? 0, clients });
    },
    stop: () => void server?.stop(true),
  };
}

/** Headers that belong to a connection, not to the message. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
]);

async function ask(request: Request, origin: string, breakOff: () => void): Promise<Response> {
  const { url } = request;
  const reply = await fetch(origin + url.slice(url.indexOf("/", url.indexOf("//") + 2)), {
    method: request.method,
    headers: ownHeaders(request.headers),
    body: request.body === null ? null : await request.bytes(),
    signal: request.signal,
    redirect: "manual",
    decompress: false,
  }).catch(breakOff);
  if (reply === undefined) return new Response(null, { status: 502 });
  const body = reply.body === null ? null : unlessBroken(reply.body, breakOff);
  return new Response(body, { status: reply.status, headers: ownHeaders(reply.headers) });
}

function ownHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
}

/** Passes a body on; a broken one takes the connection with it, and is no error of this process. */
function unlessBroken(
  body: ReadableStream<Uint8Array>,
  breakOff: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { value, done } = await reader.read();
        if (value !== undefined) controller.enqueue(value);
        if (done) controller.close();
      } catch {
        breakOff();
        controller.close();
      }
    },
    cancel: () => reader.cancel(),
  });
}

type Way = {
  readonly hostname: string;
  readonly port: number;
  readonly clients: Map<number, End>;
};

function openTunnel(client: End, { hostname, port, clients }: Way): Tunnel {
  let server: Bun.Socket | undefined;
  let toServer: Flow | undefined;
  let early: Uint8Array[] = [];
  let left = false;
  const toClient = createFlow(
    client,
    () => server?.pause(),
    () => server?.resume(),
  );
  // Until the tunnel stands, no more is read than the first bytes.
  client.pause();
  Bun.connect({
    hostname,
    port,
    socket: {
      open: (socket) => {
        server = socket;
        if (left) return void socket.end();
        clients.set(socket.localPort, client);
        toServer = createFlow(socket, client.pause, client.resume);
        for (const bytes of early) toServer.push(bytes);
        early = [];
        client.resume();
      },
      // The runtime may use its buffer again after this call.
      data: (_socket, bytes) => toClient.push(new Uint8Array(bytes)),
      drain: () => toServer?.drained(),
      close: (socket) => {
        clients.delete(socket.localPort);
        client.end();
      },
      error: () => void client.end(),
    },
  }).catch(() => client.end());
  return {
    receive: (bytes) => {
      if (toServer === undefined) early.push(bytes);
      else toServer.push(bytes);
    },
    drained: toClient.drained,
    closed: () => {
      left = true;
      server?.end();
    },
  };
}

/** Bytes on their way to one end; the other end is paused while they wait. */
type Flow = { readonly push: (bytes: Uint8Array) => void; readonly drained: () => void };

function createFlow(to: Pick<End, "write">, pause: () => unknown, resume: () => unknown): Flow {
  const waiting: Uint8Array[] = [];
  const flush = (): void => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const rest = next.subarray(Math.max(to.write(next), 0));
      if (rest.byteLength === 0) continue;
      waiting.unshift(rest);
      return;
    }
  };
  return {
    push: (bytes) => {
      waiting.push(bytes);
      flush();
      if (waiting.length > 0) pause();
    },
    drained: () => {
      flush();
      if (waiting.length === 0) resume();
    },
  };
}
