// One exchange over its whole life: it seeks a connection, is retried once on a fresh one if the kept one was dead, hands
// its reply to the reader, and ends when the caller gives it up.
import { err, ok, type Result } from "../lib/result.ts";
import { awaitBody, destroy, pause, resume, type Connection } from "./connection.ts";
import { leave, seek, type Pool, type Seeker } from "./pool.ts";
import { createBodyQueue, type BodyQueue, type Valve } from "./reply-body.ts";
import type { Exchange, Limits, OutgoingRequest, TransportFailure } from "./transport.ts";

/** What an exchange begins with. */
export type ExchangeStart = {
  readonly request: OutgoingRequest;
  readonly head: string;
  readonly limits: Limits;
  /** Until when it may last, on the clock; `Infinity` without a limit. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  readonly pool: Pool;
};

const NONE_FREE = {
  kind: "connect-timeout",
  message: "no connection became free in time",
} as const;

/** Runs an exchange; `settle` is called once, with the reply when its head is there. */
export function startExchange(
  start: ExchangeStart,
  settle: (outcome: Result<Exchange, TransportFailure>) => void,
): void {
  const { request, limits, pool, signal } = start;
  let connection: Connection | undefined;
  let queue: BodyQueue | undefined;
  let retried = false;

  const over = (): void => {
    connection = undefined;
    signal?.removeEventListener("abort", abort);
  };
  const giveUp = (): void => {
    if (connection === undefined) leave(pool, seeker);
    else destroy(connection);
    over();
  };
  const fail = (failure: TransportFailure, drop: boolean): void => {
    over();
    if (queue === undefined) settle(err(failure));
    else queue.fail(failure, drop);
  };
  const abort = (): void => {
    const sent = retried || (connection?.sent ?? false);
    giveUp();
    fail({ kind: "aborted", message: "the caller gave the exchange up", sent }, true);
  };
  const seeker: Seeker = {
    method: request.method,
    head: start.head,
    body: request.body,
    limits,
    until: start.until,
    onConnection: (given) => {
      connection = given;
    },
    onLate: () => fail({ ...NONE_FREE, sent: retried }, false),
    onHead: ({ status, headers }) => {
      queue = createBodyQueue(valveOf(() => connection, giveUp));
      settle(ok({ status, headers, body: queue.body }));
    },
    onBody: (bytes) => queue?.push(bytes),
    onEnd: () => {
      over();
      queue?.end();
    },
    onFail: (failure, replied) => {
      const stale = failure.kind === "reset" && !replied && (connection?.carried ?? 0) > 1;
      const again = stale && !retried && (request.replayable || !failure.sent);
      if (!again) return fail(failure, false);
      retried = true;
      connection = undefined;
      seek(pool, seeker, true);
    },
  };
  signal?.addEventListener("abort", abort);
  seek(pool, seeker, false);
}

/** Lets a body act on the connection that its exchange holds, as long as it holds one. */
function valveOf(held: () => Connection | undefined, cancel: () => void): Valve {
  const act = (action: (connection: Connection) => void): void => {
    const connection = held();
    if (connection !== undefined) action(connection);
  };
  return {
    pause: () => act(pause),
    resume: () => act(resume),
    waiting: (waits) => act((connection) => awaitBody(connection, waits)),
    cancel,
  };
}
