// The default transport: HTTP/1.1 over our own sockets, with a pool of kept connections per origin. docs/performance.md
// says why it is not `fetch`.
import { err } from "../lib/result.ts";
import type { ConnectionSettings } from "./connection.ts";
import { createDeadlines, type TimeSource } from "./deadlines.ts";
import { startExchange } from "./exchange.ts";
import { hostField, requestHead } from "./http1-request.ts";
import { closePool, createPool, type Pool, type PoolLimits } from "./pool.ts";
import type { Origin, Transport } from "./transport.ts";

/** Settings of the socket transport; everything has a default. */
export type SocketOptions = {
  /** Free connections kept per origin: 1,024. */
  readonly maxIdle?: number;
  /** Milliseconds that a free connection is kept: 55 s, because many servers close after 60 s or a little more. */
  readonly maxIdleMs?: number;
  /** Connections per origin; exchanges beyond it wait, within their connect time-out: no limit. */
  readonly maxOpen?: number;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
  /** How late a time-out may be, in milliseconds: 50. */
  readonly coarsenessMs?: number;
  /** Where time comes from: the machine. */
  readonly time?: TimeSource;
};

const DEFAULT_MAX_IDLE = 1024;
const DEFAULT_MAX_IDLE_MS = 55_000;
/** Requests up to this size are written in one piece; copying costs less than a second system call and packet. */
const ONE_PIECE = 64 * 1024;

type Route = { readonly pool: Pool; readonly host: string };

/** Makes a transport. It remembers every origin that it was given, of which there are as many as the config names. */
export function createSocketTransport(options: SocketOptions = {}): Transport {
  const deadlines = createDeadlines(options.time, options.coarsenessMs);
  const limits: PoolLimits = {
    maxIdle: options.maxIdle ?? DEFAULT_MAX_IDLE,
    maxIdleMs: options.maxIdleMs ?? DEFAULT_MAX_IDLE_MS,
    maxOpen: options.maxOpen ?? Infinity,
  };
  const settings: ConnectionSettings = {
    deadlines,
    ca: options.ca,
    scratch: Buffer.allocUnsafeSlow(ONE_PIECE),
    names: new Map(),
  };
  const pools: Pool[] = [];
  let closed = false;
  const routeTo = createRoutes((origin) => {
    const pool = createPool(origin, limits, settings);
    if (closed) closePool(pool);
    pools.push(pool);
    return { pool, host: hostField(origin) };
  });
  return {
    send: (request, limits, signal) =>
      new Promise((resolve) => {
        const { pool, host } = routeTo(request.origin);
        const head = requestHead(request, host);
        if (signal?.aborted === true) return resolve(err(GIVEN_UP));
        const until = limits.total === undefined ? Infinity : deadlines.now() + limits.total;
        startExchange({ request, head, limits, until, signal, pool }, resolve);
      }),
    close: () => {
      closed = true;
      for (const pool of pools) closePool(pool);
    },
    stats: () => ({
      open: pools.reduce((sum, pool) => sum + pool.open, 0),
      idle: pools.reduce((sum, pool) => sum + pool.free.length, 0),
    }),
  };
}

/** Finds the route to an origin; mostly by the object itself, which spares building a key for each request. */
function createRoutes(make: (origin: Origin) => Route): (origin: Origin) => Route {
  const routes = new Map<string, Route>();
  const known = new WeakMap<Origin, Route>();
  return (origin) => {
    const seen = known.get(origin);
    if (seen !== undefined) return seen;
    const key = `${origin.secure ? "https" : "http"}://${origin.host}:${origin.port} ${origin.address ?? ""}`;
    const route = routes.get(key) ?? make(origin);
    routes.set(key, route);
    known.set(origin, route);
    return route;
  };
}

const GIVEN_UP = {
  kind: "aborted",
  message: "the caller gave up before the exchange began",
  sent: false,
} as const;
