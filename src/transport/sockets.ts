// The default transport: own HTTP/1.1 over the runtime's sockets, with kept connections per origin.
import { utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { connect, type Connection, type ConnectionContext, type Start } from "./connection.ts";
import { requestHead } from "./http1.ts";
import { createTicker } from "./ticker.ts";
import type {
  Exchange,
  Origin,
  OutgoingRequest,
  Transport,
  TransportFailure,
} from "./transport.ts";

/** Settings of the socket transport. */
export type SocketOptions = {
  /** Most idle connections kept for an origin. */
  readonly maxIdle?: number;
  /** Oldest idle connection that is used again, in milliseconds; many servers close after 60 s or a little more. */
  readonly maxIdleMs?: number;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
};

const DEFAULT_MAX_IDLE = 1024;
const DEFAULT_MAX_IDLE_MS = 55_000;
/** Granularity of time-outs. */
const TICK_MS = 50;

/** Makes a transport. */
export function createSocketTransport(options: SocketOptions = {}): Transport {
  const pool = createPool(options);
  return {
    send: (request, limits, signal) => {
      if (signal?.aborted === true) return Promise.resolve(err(GIVEN_UP));
      const order = { request, head: utf8(requestHead(request)), limits };
      const { promise, resolve } = Promise.withResolvers<Result<Exchange, TransportFailure>>();
      const lease = guard(signal, resolve);
      const fresh = (): void => {
        const connection = pool.dial(request.origin);
        lease.hold(connection);
        connection.exchange(order, lease.settle);
      };
      const kept = pool.reuse(request.origin);
      if (kept === undefined) fresh();
      else {
        lease.hold(kept);
        kept.exchange(order, (start) => {
          // The server may have closed the kept connection while the request was on its way: then nothing was lost.
          if (isStale(start, request) && signal?.aborted !== true) fresh();
          else lease.settle(start);
        });
      }
      return promise;
    },
    close: pool.close,
    stats: pool.stats,
  };
}

/** Idle connections of one origin, the youngest last. */
type Shelf = Connection[];

/** Connections by origin. */
type Pool = {
  /** Opens a new connection, which comes onto its shelf when it becomes idle. */
  readonly dial: (origin: Origin) => Connection;
  /** The youngest idle connection: the one least likely to be closed by the other side this very moment. */
  readonly reuse: (origin: Origin) => Connection | undefined;
  readonly close: () => void;
  readonly stats: Transport["stats"];
};

function createPool(options: SocketOptions): Pool {
  const now = (): number => performance.now();
  const ticker = createTicker(TICK_MS, now);
  const ca = options.ca === undefined ? {} : { ca: options.ca };
  const context: ConnectionContext = { ticker, now, ...ca };
  const maxIdle = options.maxIdle ?? DEFAULT_MAX_IDLE;
  const maxIdleMs = options.maxIdleMs ?? DEFAULT_MAX_IDLE_MS;
  const shelves = new Map<string, Shelf>();
  let open = 0;
  let closing = false;

  const shelfOf = (origin: Origin): Shelf => {
    const key = `${origin.secure ? "s" : "p"}|${origin.host}|${origin.port}`;
    const shelf = shelves.get(key) ?? [];
    if (shelf.length === 0) shelves.set(key, shelf);
    return shelf;
  };
  return {
    dial: (origin) => {
      const shelf = shelfOf(origin);
      open += 1;
      return connect(origin, context, {
        onIdle: (connection) => {
          if (closing || shelf.length >= maxIdle) connection.destroy(NOT_NEEDED);
          else shelf.push(connection);
        },
        onClose: (connection) => {
          open -= 1;
          const at = shelf.indexOf(connection);
          if (at >= 0) shelf.splice(at, 1);
        },
      });
    },
    reuse: (origin) => {
      const shelf = shelfOf(origin);
      const oldest = now() - maxIdleMs;
      // All that are too old stand at the front; they are closed in passing, so that no timer is needed for it.
      while ((shelf[0]?.idleSince() ?? Infinity) < oldest) shelf[0]?.destroy(NOT_NEEDED);
      return shelf.pop();
    },
    close: () => {
      closing = true;
      // Destroying takes the connection off its shelf.
      for (const shelf of shelves.values()) {
        while (shelf.length > 0) shelf.at(-1)?.destroy(NOT_NEEDED);
      }
    },
    stats: () => {
      let idle = 0;
      for (const shelf of shelves.values()) idle += shelf.length;
      return { open, idle };
    },
  };
}

const GIVEN_UP: TransportFailure = { kind: "aborted", message: "the caller gave up", sent: false };
const NOT_NEEDED: TransportFailure = {
  kind: "aborted",
  message: "not needed any more",
  sent: false,
};

function isStale(start: Start, request: OutgoingRequest): boolean {
  return !start.ok && !start.replied && start.failure.kind === "reset" && request.replayable;
}

/** Ties an exchange to the caller's abort signal, from its start to the end of its reply. */
type Lease = {
  readonly hold: (connection: Connection) => void;
  readonly settle: (start: Start) => void;
};

function guard(
  signal: AbortSignal | undefined,
  resolve: (result: Result<Exchange, TransportFailure>) => void,
): Lease {
  let connection: Connection | undefined;
  const abort = (): void => {
    connection?.destroy(GIVEN_UP);
  };
  signal?.addEventListener("abort", abort, { once: true });
  return {
    hold: (held) => {
      connection = held;
    },
    settle: (start) => {
      if (!start.ok) {
        signal?.removeEventListener("abort", abort);
        resolve(err(start.failure));
        return;
      }
      // Once the reply runs, its reader cancels it: a signal that fires late must not hit the next exchange.
      signal?.removeEventListener("abort", abort);
      const { body } = start.exchange;
      const late = (): void => body.cancel();
      signal?.addEventListener("abort", late, { once: true });
      if (signal?.aborted === true) late();
      resolve(ok(start.exchange));
    },
  };
}
