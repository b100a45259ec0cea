// The connections to one origin: those that are free, how many there may be, and the exchanges that wait for one.
import { alarm } from "./deadlines.ts";
import {
  dismiss,
  occupy,
  openConnection,
  retire,
  type Connection,
  type ConnectionSettings,
  type Keeper,
  type Occupant,
} from "./connection.ts";
import type { Origin } from "./transport.ts";

/** How many connections there may be, and how long a free one is kept. */
export type PoolLimits = {
  /** Free connections kept per origin. */
  readonly maxIdle: number;
  /** Milliseconds that a free connection is kept; less if the upstream announces less. */
  readonly maxIdleMs: number;
  /** Connections per origin; exchanges beyond it wait, within their connect time-out. */
  readonly maxOpen: number;
};

/** An exchange that wants a connection. */
export type Seeker = Occupant & {
  /** The connection that it occupies from now on. */
  readonly onConnection: (connection: Connection) => void;
  /** None became free in time. */
  readonly onLate: () => void;
};

/** The connections to one origin; for this file's functions alone. */
export type Pool = {
  readonly limits: PoolLimits;
  readonly settings: ConnectionSettings;
  readonly keeper: Keeper;
  /** Last in, first out: under less load the oldest are left over and retire. */
  readonly free: Connection[];
  readonly waiters: Waiter[];
  open: number;
  closing: boolean;
};

/** A seeker in the queue; `done` stops its clock. */
type Waiter = { readonly seeker: Seeker; readonly done: () => void };

/** A second before the upstream's own limit, so that a request does not cross its closing. */
const MARGIN_MS = 1000;

/** An empty pool. */
export function createPool(origin: Origin, limits: PoolLimits, settings: ConnectionSettings): Pool {
  const pool: Pool = {
    limits,
    settings,
    keeper: {
      origin,
      onFree: (connection, keepFor) => onFree(pool, connection, keepFor),
      onClosed: (connection) => onClosed(pool, connection),
    },
    free: [],
    waiters: [],
    open: 0,
    closing: false,
  };
  return pool;
}

/** Gives the seeker the connection that was freed last, or a new one. `fresh`: not one that was kept. */
export function seek(pool: Pool, seeker: Seeker, fresh: boolean): void {
  const kept = fresh ? undefined : pool.free.pop();
  if (kept !== undefined) hand(kept, seeker);
  else if (pool.open < pool.limits.maxOpen) start(pool, seeker);
  else pool.waiters.push({ seeker, done: giveUpLater(pool, seeker) });
}

/** A seeker is gone before it got a connection. */
export function leave(pool: Pool, seeker: Seeker): void {
  const at = pool.waiters.findIndex((waiter) => waiter.seeker === seeker);
  const [left] = at < 0 ? [] : pool.waiters.splice(at, 1);
  left?.done();
}

/** Closes free connections and keeps none from now on. */
export function closePool(pool: Pool): void {
  pool.closing = true;
  for (const connection of pool.free.splice(0)) dismiss(connection);
}

function onFree(pool: Pool, connection: Connection, keepFor: number | undefined): void {
  const { free, limits } = pool;
  const waiter = pool.waiters.shift();
  if (waiter !== undefined) {
    waiter.done();
    return hand(connection, waiter.seeker);
  }
  const promised = keepFor === undefined ? Infinity : keepFor * 1000 - MARGIN_MS;
  const age = Math.min(limits.maxIdleMs, promised);
  if (pool.closing || age <= 0 || limits.maxIdle < 1) return dismiss(connection);
  const oldest = free.length >= limits.maxIdle ? free.shift() : undefined;
  if (oldest !== undefined) dismiss(oldest);
  free.push(connection);
  retire(connection, age);
}

function onClosed(pool: Pool, connection: Connection): void {
  pool.open -= 1;
  const at = pool.free.lastIndexOf(connection);
  if (at >= 0) pool.free.splice(at, 1);
  const waiter = pool.open < pool.limits.maxOpen ? pool.waiters.shift() : undefined;
  if (waiter === undefined) return;
  waiter.done();
  start(pool, waiter.seeker);
}

function start(pool: Pool, seeker: Seeker): void {
  pool.open += 1;
  seeker.onConnection(openConnection(pool.keeper, pool.settings, seeker));
}

function hand(connection: Connection, seeker: Seeker): void {
  seeker.onConnection(connection);
  occupy(connection, seeker);
}

/** Ends a seeker's waiting when its time to connect, or its whole time, is over. Returns what takes that back. */
function giveUpLater(pool: Pool, seeker: Seeker): () => void {
  const { deadlines } = pool.settings;
  const timer = alarm(() => {
    leave(pool, seeker);
    seeker.onLate();
  });
  deadlines.set(timer, Math.min(deadlines.now() + seeker.limits.connect, seeker.until));
  return () => deadlines.remove(timer);
}
