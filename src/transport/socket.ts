// The runtime's client socket: opening it, checking the peer's certificate, and the events of a connection in a form
// that says what happened. Nothing else in the transport touches `Bun.connect`.
import { tlsFault } from "./tls-fault.ts";
import type { Origin, TransportFailure } from "./transport.ts";

/** The runtime's socket, as far as a connection uses it; `T` is the connection. */
export type Socket<T> = Pick<
  Bun.Socket<T>,
  "write" | "end" | "terminate" | "pause" | "resume" | "data"
>;

/** What happens to a socket. */
export type SocketEvents<T> = {
  /** There is a socket; nothing may be written yet. */
  readonly opened: (connection: T, socket: Socket<T>) => void;
  /** It may be written to: the peer is who it has to be. */
  readonly ready: (connection: T) => void;
  /** It could not be opened. */
  readonly refused: (connection: T, kind: TransportFailure["kind"], message: string) => void;
  readonly drained: (connection: T) => void;
  /** Bytes came; they belong to the receiver (the runtime copies each read into a buffer of its own). */
  readonly data: (connection: T, bytes: Buffer) => void;
  /** The peer closed its side in an orderly way; the socket closes next. */
  readonly ended: (connection: T) => void;
  /** It is closed, with a code such as ECONNRESET. */
  readonly lost: (connection: T, code: string) => void;
};

/**
 * Opens a socket for a connection, which hears of it by its events, never before this returns. `ca`: certificates to
 * trust instead of the system's, in PEM.
 */
export type Dial<T> = (connection: T, origin: Origin, ca: string | undefined) => void;

/** Milliseconds of silence after which the system asks the peer whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
const ADDRESS = /^(?:[\d.]+|.*:.*)$/;
const NO_NAME = /^(?:ENOTFOUND|EAI_|ENODATA|ESERVFAIL|DNS)/;

/** Ties events to sockets. */
export function createDial<T>(events: SocketEvents<T>): Dial<T> {
  const plain = plainHandlers(events);
  const secure = secureHandlers(plain, events);
  return (connection, origin, ca) => {
    const target = { hostname: origin.address ?? origin.host, port: origin.port, data: connection };
    const options = origin.secure
      ? { ...target, socket: secure, tls: clientTls(origin, ca) }
      : { ...target, socket: plain };
    dial(options).catch((error: unknown) => {
      const code = codeOf(error);
      if (NO_NAME.test(code)) {
        events.refused(connection, "dns", `the host name did not resolve (${code})`);
      } else {
        events.refused(connection, "connect", `the connection was not accepted (${code})`);
      }
    });
  };
}

/** Turns an exception for impossible options into a rejection as well. */
async function dial<T>(options: Bun.TCPSocketConnectOptions<T>): Promise<void> {
  await Bun.connect(options);
}

function plainHandlers<T>(events: SocketEvents<T>): Bun.SocketHandler<T> {
  return {
    open: (socket) => {
      open(socket, events);
      events.ready(socket.data);
    },
    data: (socket, bytes) => events.data(socket.data, bytes),
    drain: (socket) => events.drained(socket.data),
    end: (socket) => events.ended(socket.data),
    close: (socket, error) => events.lost(socket.data, codeOf(error)),
    error: (socket, error) => events.lost(socket.data, codeOf(error)),
  };
}

/**
 * With TLS the socket is ready after the handshake. The runtime checks the chain and the name (or the address) and
 * reports both here; a socket that did not pass is closed by it, and by us.
 */
function secureHandlers<T>(
  plain: Bun.SocketHandler<T>,
  events: SocketEvents<T>,
): Bun.SocketHandler<T> {
  return {
    ...plain,
    open: (socket) => open(socket, events),
    handshake: (socket, success, problem) => {
      if (success && problem === null && socket.authorized) return events.ready(socket.data);
      const code = codeOf(problem);
      events.refused(socket.data, tlsFault(code), `the TLS handshake failed (${code})`);
    },
  };
}

function open<T>(socket: Bun.Socket<T>, events: SocketEvents<T>): void {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  events.opened(socket.data, socket);
}

/**
 * The name goes into SNI and is what the certificate must be for. An address must not stand in SNI (RFC 6066 section 3);
 * without a name the runtime checks the certificate against the address it connected to.
 */
function clientTls(origin: Origin, ca: string | undefined): Bun.TLSOptions {
  return {
    rejectUnauthorized: true,
    serverName: ADDRESS.test(origin.host) ? "" : origin.host,
    ...(ca === undefined ? {} : { ca }),
  };
}

/** An error's code, which unlike its message names neither hosts nor addresses. */
function codeOf(error: unknown): string {
  const hasCode = typeof error === "object" && error !== null && "code" in error;
  return hasCode && typeof error.code === "string" ? error.code : "closed";
}
