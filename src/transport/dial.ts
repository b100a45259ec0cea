// Opens a socket, plain or with TLS, and hides what differs between the two. With TLS the certificate and its host name
// are verified by the runtime before the socket counts as open.
import type { Origin, TransportFailure } from "./transport.ts";

/** An open socket. */
export type Wire = {
  /** Writes all of it, as fast as the peer takes it. */
  readonly write: (bytes: Uint8Array) => void;
  /** Whether bytes wait to be written. */
  readonly unwritten: () => boolean;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Closes at once, without a last word. */
  readonly destroy: () => void;
};

/** What the user of a socket is told. */
export type WireEvents = {
  readonly onOpen: (wire: Wire) => void;
  readonly onData: (bytes: Uint8Array) => void;
  /** The socket is closed, or never opened. Without a failure the peer closed it. Called once. */
  readonly onClose: (failure: TransportFailure | undefined) => void;
};

/** The state of one socket, kept on the socket itself so that all share one set of handlers. */
type Link = {
  readonly events: WireEvents;
  readonly secure: boolean;
  /** Bytes that the kernel has not taken yet, in order. */
  readonly pending: Uint8Array[];
  paused: boolean;
  closed: boolean;
};

/** Starts connecting to an origin. */
export function openSocket(origin: Origin, ca: string | undefined, events: WireEvents): void {
  const link: Link = { events, secure: origin.secure, pending: [], paused: false, closed: false };
  const tls = {
    serverName: origin.host,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  };
  const options = { hostname: origin.host, port: origin.port, data: link, socket: HANDLERS };
  // A failed connect is told by `connectError`; the promise says the same a second time.
  Bun.connect<Link>(origin.secure ? { ...options, tls } : options).catch((error: unknown) => {
    finish(link, connectFailure(error));
  });
}

const HANDLERS: Bun.SocketHandler<Link> = {
  open(socket) {
    if (!socket.data.secure) socket.data.events.onOpen(wireOf(socket));
  },
  handshake(socket, authorized, error) {
    if (authorized) socket.data.events.onOpen(wireOf(socket));
    else {
      const message = `the upstream's certificate was refused: ${error?.message ?? "unknown reason"}`;
      finish(socket.data, { kind: "tls", message, sent: false });
      socket.terminate();
    }
  },
  data(socket, bytes) {
    socket.data.events.onData(bytes);
  },
  drain(socket) {
    flush(socket);
  },
  end(socket) {
    finish(socket.data, undefined);
    socket.terminate();
  },
  close(socket) {
    finish(socket.data, undefined);
  },
  error(socket, error) {
    finish(socket.data, { kind: "reset", message: error.message, sent: true });
  },
  connectError(socket, error) {
    finish(socket.data, connectFailure(error));
  },
};

function wireOf(socket: Bun.Socket<Link>): Wire {
  const link = socket.data;
  return {
    write: (bytes) => {
      link.pending.push(bytes);
      if (link.pending.length === 1) flush(socket);
    },
    unwritten: () => link.pending.length > 0,
    pause: () => {
      link.paused = true;
      socket.pause();
    },
    resume: () => {
      if (!link.paused) return;
      link.paused = false;
      socket.resume();
    },
    destroy: () => {
      link.closed = true;
      socket.terminate();
    },
  };
}

/** Writes what waits until the kernel takes no more; `drain` goes on. */
function flush(socket: Bun.Socket<Link>): void {
  const { pending } = socket.data;
  while (pending.length > 0) {
    const next = pending[0];
    if (next === undefined) return;
    const taken = socket.write(next);
    if (taken < next.byteLength) {
      if (taken > 0) pending[0] = next.subarray(taken);
      return;
    }
    pending.shift();
  }
}

function finish(link: Link, failure: TransportFailure | undefined): void {
  if (link.closed) return;
  link.closed = true;
  link.events.onClose(failure);
}

function connectFailure(error: unknown): TransportFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const detail = error instanceof Error ? error.message : String(error);
  const dns = code === "ENOTFOUND" || code.startsWith("DNS") || code === "EAI_AGAIN";
  const message = dns ? "the host name cannot be resolved" : `cannot connect: ${code || detail}`;
  return { kind: dns ? "dns" : "connect", message, sent: false };
}
