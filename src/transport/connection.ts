// One connection to an upstream: opening it, writing with back-pressure, its time-outs, and one exchange at a time. It
// knows neither the pool that keeps it nor what an exchange does with its reply.
import { alarm, type Alarm, type Deadlines } from "./deadlines.ts";
import type { HeaderNames, ReplyHead } from "./http1-head.ts";
import {
  beginReply,
  closeReply,
  newReplyReader,
  pushReply,
  type ReplyReader,
} from "./http1-reply.ts";
import { createDial, type Socket, type SocketEvents } from "./socket.ts";
import type { Limits, Origin, TransportFailure } from "./transport.ts";

/** The exchange that holds a connection, until `onEnd` or `onFail` or until it destroys the connection. */
export type Occupant = {
  readonly method: string;
  /** The request's head, each character one byte. */
  readonly head: string;
  readonly body: Uint8Array | undefined;
  readonly limits: Limits;
  /** Until when the exchange may last, on the clock; `Infinity` without a limit. */
  readonly until: number;
  readonly onHead: (head: ReplyHead) => void;
  readonly onBody: (bytes: Uint8Array) => void;
  readonly onEnd: () => void;
  /** The connection is gone; `replied` tells whether a byte of a reply came. */
  readonly onFail: (failure: TransportFailure, replied: boolean) => void;
};

/** Who keeps connections between exchanges. */
export type Keeper = {
  readonly origin: Origin;
  /** An exchange is over and another may follow; the upstream promises to wait for `keepFor` seconds, if it says so. */
  readonly onFree: (connection: Connection, keepFor: number | undefined) => void;
  /** A connection is closed. Called once for each. */
  readonly onClosed: (connection: Connection) => void;
};

/** What all connections of a transport share. */
export type ConnectionSettings = {
  readonly deadlines: Deadlines;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca: string | undefined;
  /** Where small requests are put together; its content lasts only as long as a write. */
  readonly scratch: Buffer;
  readonly names: HeaderNames;
};

/** A connection. Everything but `carried` is for this file's functions alone. */
export type Connection = {
  readonly keeper: Keeper;
  readonly settings: ConnectionSettings;
  readonly timer: Alarm;
  readonly reader: ReplyReader;
  socket: Socket<Connection> | undefined;
  state: "opening" | "open" | "closed";
  occupant: Occupant | undefined;
  /** How many exchanges it was given to, the present one included. */
  carried: number;
  waiting: Waiting;
  /** Whether bytes of the present request were written, and whether bytes of its reply came. */
  sent: boolean;
  replied: boolean;
  paused: boolean;
  keepFor: number | undefined;
  /** What the socket did not take yet. */
  outbox: readonly Uint8Array[];
};

/** What happens when the connection's alarm rings. */
type Waiting =
  "connect-timeout" | "first-byte-timeout" | "idle-timeout" | "total-timeout" | "retirement";

const LATE = {
  "connect-timeout": "no connection in time",
  "first-byte-timeout": "no reply in time",
  "idle-timeout": "the reply stalled",
  "total-timeout": "the exchange took too long",
} as const satisfies Record<Exclude<Waiting, "retirement">, string>;

/** Begins to open a connection for its first exchange. */
export function openConnection(
  keeper: Keeper,
  settings: ConnectionSettings,
  first: Occupant,
): Connection {
  const connection: Connection = {
    keeper,
    settings,
    timer: alarm(() => onAlarm(connection)),
    reader: newReplyReader(
      {
        onHead: (head) => onHead(connection, head),
        onBody: (bytes) => connection.occupant?.onBody(bytes),
        onEnd: (reusable) => onEnd(connection, reusable),
      },
      settings.names,
    ),
    socket: undefined,
    state: "opening",
    occupant: undefined,
    carried: 0,
    waiting: "retirement",
    sent: false,
    replied: false,
    paused: false,
    keepFor: undefined,
    outbox: [],
  };
  occupy(connection, first);
  dial(connection, keeper.origin, settings.ca);
  return connection;
}

/** Gives a free connection to an exchange, whose request is written at once, or when the connection is open. */
export function occupy(connection: Connection, occupant: Occupant): void {
  connection.occupant = occupant;
  connection.carried += 1;
  connection.sent = false;
  connection.replied = false;
  beginReply(connection.reader, occupant.method, occupant.limits.maxHeadBytes);
  if (connection.state === "opening") arm(connection, "connect-timeout", occupant.limits.connect);
  else transmit(connection, occupant);
}

/** Closes a free connection after so many milliseconds, unless it is occupied before. */
export function retire(connection: Connection, after: number): void {
  arm(connection, "retirement", after);
}

/** Stops reading, for a reader that is behind. */
export function pause(connection: Connection): void {
  if (connection.state !== "open" || connection.paused) return;
  connection.paused = true;
  connection.socket?.pause();
}

/** Reads again. */
export function resume(connection: Connection): void {
  if (connection.state !== "open" || !connection.paused) return;
  connection.paused = false;
  connection.socket?.resume();
}

/** Starts the idle time-out for a reader that waits, or stops it. */
export function awaitBody(connection: Connection, waits: boolean): void {
  const limits = connection.occupant?.limits;
  if (limits === undefined) return;
  if (waits) arm(connection, "idle-timeout", limits.idle);
  else arm(connection, "total-timeout", Infinity);
}

/** Closes at once, without a word to the occupant. The upstream sees a reset if its reply was not complete. */
export function destroy(connection: Connection): void {
  connection.occupant = undefined;
  close(connection, false);
}

/** Closes a free connection. */
export function dismiss(connection: Connection): void {
  close(connection, true);
}

function arm(connection: Connection, waiting: Waiting, span: number): void {
  const { deadlines } = connection.settings;
  const until = connection.occupant?.until ?? Infinity;
  const at = span === Infinity ? span : deadlines.now() + span;
  connection.waiting = at < until ? waiting : "total-timeout";
  deadlines.set(connection.timer, Math.min(at, until));
}

function onAlarm(connection: Connection): void {
  const { waiting } = connection;
  if (waiting === "retirement") close(connection, true);
  else lose(connection, waiting, LATE[waiting]);
}

function close(connection: Connection, orderly: boolean): void {
  if (connection.state === "closed") return;
  connection.state = "closed";
  connection.settings.deadlines.remove(connection.timer);
  connection.outbox = [];
  if (orderly) connection.socket?.end();
  else connection.socket?.terminate();
  connection.keeper.onClosed(connection);
}

function lose(connection: Connection, kind: TransportFailure["kind"], message: string): void {
  const { occupant, sent, replied } = connection;
  connection.occupant = undefined;
  close(connection, false);
  occupant?.onFail({ kind, message, sent }, replied);
}

function onHead(connection: Connection, head: ReplyHead): void {
  connection.keepFor = head.keepFor;
  arm(connection, "total-timeout", Infinity);
  connection.occupant?.onHead(head);
}

function onEnd(connection: Connection, reusable: boolean): void {
  const { occupant } = connection;
  connection.occupant = undefined;
  // After a reply that came early, the rest of its request would run into the next one.
  if (reusable && connection.outbox.length === 0) {
    resume(connection);
    connection.keeper.onFree(connection, connection.keepFor);
  } else {
    close(connection, true);
  }
  occupant?.onEnd();
}

/** Writes a request: in one piece if it is small, because each write is a system call and a packet. */
function transmit(connection: Connection, { head, body, limits }: Occupant): void {
  const { scratch } = connection.settings;
  arm(connection, "first-byte-timeout", limits.firstByte);
  const size = head.length + (body?.byteLength ?? 0);
  if (size > scratch.byteLength) {
    const bytes = Buffer.from(head, "latin1");
    return write(connection, body === undefined ? [bytes] : [bytes, body]);
  }
  scratch.write(head, "latin1");
  if (body !== undefined) scratch.set(body, head.length);
  const taken = writeSome(connection, scratch, size);
  if (taken < size && connection.state === "open") {
    connection.outbox = [new Uint8Array(scratch.subarray(taken, size))];
  }
}

/** Writes as much as the socket takes and keeps the rest. */
function write(connection: Connection, pieces: readonly Uint8Array[]): void {
  for (const [index, piece] of pieces.entries()) {
    const taken = writeSome(connection, piece, piece.byteLength);
    if (connection.state !== "open") return;
    if (taken < piece.byteLength) {
      connection.outbox = [piece.subarray(taken), ...pieces.slice(index + 1)];
      return;
    }
  }
  connection.outbox = [];
}

/** Returns how many bytes the socket took. */
function writeSome(connection: Connection, bytes: Uint8Array, size: number): number {
  const taken = connection.socket?.write(bytes, 0, size) ?? -1;
  if (taken > 0) connection.sent = true;
  if (taken < 0) lose(connection, "reset", "the connection was closed");
  return taken;
}

const EVENTS: SocketEvents<Connection> = {
  opened: (connection, socket) => {
    connection.socket = socket;
    // Given up while it was being opened.
    if (connection.state === "closed") socket.terminate();
  },
  ready: (connection) => {
    if (connection.state !== "opening") return;
    connection.state = "open";
    if (connection.occupant !== undefined) transmit(connection, connection.occupant);
  },
  refused: lose,
  drained: (connection) => {
    if (connection.state !== "open" || connection.outbox.length === 0) return;
    write(connection, connection.outbox);
    // A long request is given time as long as it moves.
    const { occupant } = connection;
    if (occupant !== undefined && connection.reader.state === "head") {
      arm(connection, "first-byte-timeout", occupant.limits.firstByte);
    }
  },
  data: (connection, bytes) => {
    if (connection.state !== "open") return;
    connection.replied = true;
    const problem = pushReply(connection.reader, bytes);
    if (problem !== undefined) lose(connection, "malformed", problem);
  },
  ended: (connection) => {
    if (connection.state !== "open") return;
    switch (closeReply(connection.reader)) {
      case "between-replies":
        return close(connection, true);
      case "no-reply":
        return lose(connection, "reset", "the connection was closed before the reply");
      case "truncated":
        return lose(connection, "truncated", "the connection was closed in the middle of a reply");
      case "complete":
        return undefined;
    }
  },
  lost: (connection, code) => {
    if (connection.state === "closed") return;
    const kind =
      connection.state === "opening" && connection.keeper.origin.secure ? "tls" : "reset";
    lose(connection, kind, `the connection broke (${code})`);
  },
};

const dial = createDial(EVENTS);
