// A server whose every byte and every close is scripted, and the small parts that the transport's tests share.
import { expect } from "bun:test";
import { ms } from "../../src/lib/time.ts";
import type {
  Limits,
  OutgoingRequest,
  Transport,
  TransportFailure,
} from "../../src/transport/transport.ts";

/** A client's connection, as a script sees it. */
export type Client = Bun.Socket<{ seen: string }>;

/** Answers a whole request; `number` counts requests from 1, over all connections. */
export type Script = (client: Client, request: string, number: number) => void;

/** What a server saw so far. */
export type RawServer = {
  readonly port: number;
  readonly connections: () => number;
  readonly closed: () => number;
  /** Codes of the errors with which connections were closed; empty text for an orderly close. */
  readonly endings: readonly string[];
  readonly requests: readonly string[];
  /** Every connection that was opened, the oldest first. */
  readonly clients: readonly Client[];
  readonly stop: () => void;
};

/** Starts a server. `tls`: PEM texts of certificate and key. */
export function serveRaw(
  script: Script,
  tls?: { readonly cert: string; readonly key: string },
  hostname = "127.0.0.1",
): RawServer {
  const requests: string[] = [];
  const clients: Client[] = [];
  const endings: string[] = [];
  const server = Bun.listen<{ seen: string }>({
    hostname,
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    socket: {
      open(client) {
        client.data = { seen: "" };
        clients.push(client);
      },
      data(client, bytes) {
        client.data.seen += bytes.toString("latin1");
        const [, head = "", body = ""] = /^([^]*?\r\n\r\n)([^]*)$/.exec(client.data.seen) ?? [];
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (head === "" || body.length < length) return;
        requests.push(client.data.seen);
        client.data.seen = "";
        script(client, head + body, requests.length);
      },
      close(_client, error) {
        endings.push(error === undefined ? "" : String(Reflect.get(error, "code")));
      },
      error() {},
    },
  });
  return {
    port: server.port,
    connections: () => clients.length,
    closed: () => endings.length,
    endings,
    requests,
    clients,
    stop: () => server.stop(true),
  };
}

/** Limits that no test is meant to reach. */
export const LIMITS: Limits = {
  connect: ms(5000),
  firstByte: ms(5000),
  idle: ms(5000),
  maxHeadBytes: 16 * 1024,
};

/** A small request to a local port. */
export function requestTo(port: number, changes: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return {
    method: "POST",
    origin: { secure: false, host: "127.0.0.1", port },
    target: "/v1/x?y=1",
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode('{"a":1}'),
    replayable: true,
    ...changes,
  };
}

/** What came of an exchange: status and whole body, or the failure and what was read before it. */
export type Told =
  | { readonly status: number; readonly body: string; readonly failure?: TransportFailure }
  | { readonly status: undefined; readonly body: ""; readonly failure: TransportFailure };

/** Sends a request and reads its reply to the end. */
export async function tell(
  transport: Transport,
  request: OutgoingRequest,
  limits: Limits = LIMITS,
  signal?: AbortSignal,
): Promise<Told> {
  const sent = await transport.send(request, limits, signal);
  if (!sent.ok) return { status: undefined, body: "", failure: sent.error };
  const { status } = sent.value;
  for (let body = ""; ;) {
    const read = await sent.value.body.read();
    if (!read.ok) return { status, body, failure: read.error };
    if (read.value === undefined) return { status, body };
    body += Buffer.from(read.value).toString("latin1");
  }
}

/** Waits until something holds, for a second at most. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await Bun.sleep(2);
  expect(holds()).toBe(true);
}

/** A reply with the body `hello`. */
export const HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
