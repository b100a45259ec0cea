// One HTTP exchange with an upstream: the interface; types only. Implementations: `sockets` (own HTTP/1.1, see
// docs/performance.md for why) and `fetch`.
import type { Result } from "../lib/result.ts";
import type { Milliseconds } from "../lib/time.ts";

/** Header pairs in wire order. */
export type TransportHeaders = readonly (readonly [name: string, value: string])[];

/** One request to an upstream. */
export type OutgoingRequest = {
  readonly method: string;
  readonly origin: Origin;
  /** Path and query as they go onto the wire. */
  readonly target: string;
  /** Without `host`, `content-length`, `connection` and `transfer-encoding`: those are the transport's. */
  readonly headers: TransportHeaders;
  readonly body: Uint8Array | undefined;
  /** Whether it may be sent a second time when a kept connection turns out to be dead before any byte of a reply. */
  readonly replayable: boolean;
};

/** Where an upstream listens. */
export type Origin = {
  readonly secure: boolean;
  /** Host name or address, without brackets. */
  readonly host: string;
  /** Address to connect to instead of asking for the name's; the name still stands in `host` and TLS. */
  readonly address?: string;
  readonly port: number;
};

/** How long to wait for what, and how much to take. */
export type Limits = {
  /** DNS, TCP and TLS together. */
  readonly connect: Milliseconds;
  /** From the last bytes of the request that the upstream took to the last byte of the reply's head. */
  readonly firstByte: Milliseconds;
  /** How long a read of the body waits for a byte. */
  readonly idle: Milliseconds;
  /** The whole exchange; absent: no limit. */
  readonly total?: Milliseconds;
  /** Largest reply head, in bytes. */
  readonly maxHeadBytes: number;
};

/** Why an exchange came to nothing, or broke off. */
export type TransportFailure = {
  readonly kind:
    | "dns"
    | "connect"
    | "tls"
    /** The server's certificate is not to be trusted. */
    | "certificate"
    | "connect-timeout"
    | "first-byte-timeout"
    | "idle-timeout"
    | "total-timeout"
    | "reset"
    | "truncated"
    | "malformed"
    | "aborted";
  readonly message: string;
  /** Whether any byte of the request was written. */
  readonly sent: boolean;
};

/** A reply's body, read at the reader's pace: the upstream is paused while nobody reads. */
export type ReplyBody = {
  /** The next bytes; `undefined` at the clean end. */
  readonly read: () => Promise<Result<Uint8Array | undefined, TransportFailure>>;
  /** The whole body, or its first bytes if it exceeds `cap` (`complete: false`; the rest can still be read). */
  readonly readAll: (
    cap: number,
  ) => Promise<
    Result<{ readonly bytes: Uint8Array; readonly complete: boolean }, TransportFailure>
  >;
  /** Gives the exchange up and closes its connection. Harmless after the end. */
  readonly cancel: () => void;
};

/** A reply whose head has arrived. */
export type Exchange = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: TransportHeaders;
  readonly body: ReplyBody;
};

/** Connections of a transport at this moment. */
export type TransportStats = { readonly open: number; readonly idle: number };

/** Sends requests to upstreams. */
export type Transport = {
  /** Resolves when the reply's head is there. Rejects only for a request that no message can carry, a bug of ours. */
  readonly send: (
    request: OutgoingRequest,
    limits: Limits,
    signal: AbortSignal | undefined,
  ) => Promise<Result<Exchange, TransportFailure>>;
  /** Closes idle connections and keeps none from now on; exchanges under way go on. */
  readonly close: () => void;
  readonly stats: () => TransportStats;
};
