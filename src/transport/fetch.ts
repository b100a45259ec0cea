// The second transport, over the runtime's `fetch`: for HTTP proxies and HTTP/2-only origins, and as a second opinion in
// tests. It adds `user-agent` and `accept` where a request has none, joins repeated headers, resolves dot segments of a
// target, cannot tell connecting from waiting for a reply, and takes some malformed replies that `sockets` refuses. A
// process runs at most 256 of its exchanges at a time unless BUN_CONFIG_MAX_HTTP_REQUESTS says otherwise before the start.
import { err, ok, type Result } from "../lib/result.ts";
import { alarm, createDeadlines, type Deadlines, type TimeSource } from "./deadlines.ts";
import { checkRequest, hostField } from "./http1-request.ts";
import { replyBody, type Piece } from "./reply-body.ts";
import { tlsFault } from "./tls-fault.ts";
import type {
  Exchange,
  Limits,
  OutgoingRequest,
  Transport,
  TransportFailure,
} from "./transport.ts";

/** Settings of the fetch transport; everything has a default. */
export type FetchOptions = {
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
  /** URL of an HTTP proxy, or `false` for none: what the environment says (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). */
  readonly proxy?: string | false;
  /** How late a time-out may be, in milliseconds: 50. */
  readonly coarsenessMs?: number;
  /** Where time comes from: the machine. */
  readonly time?: TimeSource;
};

/** Makes a transport. Its connections are the runtime's, so `stats` counts exchanges, and nothing idle. */
export function createFetchTransport(options: FetchOptions = {}): Transport {
  const deadlines = createDeadlines(options.time, options.coarsenessMs);
  const session = new Bun.FetchSession({
    proxy: options.proxy,
    tls: { rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) },
  });
  let open = 0;
  return {
    send: async (request, limits, signal) => {
      checkRequest(request);
      open += 1;
      const watch = startWatch({ deadlines, limits, signal }, () => {
        open -= 1;
      });
      const reply = await begin(session, request, watch);
      return reply.ok ? ok(exchangeOf(reply.value, watch)) : reply;
    },
    close: () => session.close(),
    stats: () => ({ open, idle: 0 }),
  };
}

/** The deadlines of one exchange, and what broke it off. */
type Watch = {
  readonly signal: AbortSignal;
  /** Starts the time-out of a read, or stops it. */
  readonly awaitBody: (waits: boolean) => void;
  /** Breaks the exchange off. */
  readonly abort: () => void;
  /** The exchange is over. */
  readonly end: () => void;
  /** Why it was broken off, if it was; else what the runtime said. */
  readonly explain: (error: unknown, phase: "head" | "body") => TransportFailure;
};

const LATE = {
  "first-byte-timeout": "no reply in time",
  "idle-timeout": "the reply stalled",
  "total-timeout": "the exchange took too long",
} as const;

const GIVEN_UP = "the caller gave the exchange up";

function startWatch(
  {
    deadlines,
    limits,
    signal,
  }: {
    readonly deadlines: Deadlines;
    readonly limits: Limits;
    readonly signal: AbortSignal | undefined;
  },
  onEnd: () => void,
): Watch {
  const controller = new AbortController();
  const until = limits.total === undefined ? Infinity : deadlines.now() + limits.total;
  let waiting: keyof typeof LATE = "first-byte-timeout";
  let cause: TransportFailure | undefined;
  let ended = false;

  const breakOff = (kind: TransportFailure["kind"], message: string): void => {
    cause ??= { kind, message, sent: true };
    controller.abort();
  };
  const abort = (): void => breakOff("aborted", GIVEN_UP);
  const timer = alarm(() => breakOff(waiting, LATE[waiting]));
  const arm = (what: keyof typeof LATE, span: number): void => {
    if (ended) return;
    const at = span === Infinity ? span : deadlines.now() + span;
    waiting = at < until ? what : "total-timeout";
    deadlines.set(timer, Math.min(at, until));
  };
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  // `fetch` does not tell when it is connected, so both limits are one.
  arm("first-byte-timeout", limits.connect + limits.firstByte);
  return {
    signal: controller.signal,
    awaitBody: (waits) => arm("idle-timeout", waits ? limits.idle : Infinity),
    abort,
    end: () => {
      if (ended) return;
      ended = true;
      deadlines.remove(timer);
      signal?.removeEventListener("abort", abort);
      onEnd();
    },
    explain: (error, phase) => cause ?? failureOf(error, phase),
  };
}

/** Sends the request and waits for the reply's head. */
async function begin(
  session: Bun.FetchSession,
  { method, origin, target, headers, body }: OutgoingRequest,
  watch: Watch,
): Promise<Result<Response, TransportFailure>> {
  const url = `${origin.secure ? "https" : "http"}://${hostField(origin)}${target}`;
  try {
    const response = await session.fetch(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      decompress: false,
      // The time-outs are ours.
      timeout: false,
      signal: watch.signal,
    });
    watch.awaitBody(false);
    return ok(response);
  } catch (error) {
    watch.end();
    return err(watch.explain(error, "head"));
  }
}

function exchangeOf(response: Response, watch: Watch): Exchange {
  const reader = response.body?.getReader();
  if (reader === undefined) watch.end();
  const next = async (): Promise<Piece> => {
    try {
      watch.awaitBody(true);
      const read = await reader?.read();
      watch.awaitBody(false);
      if (read?.value !== undefined) return ok(read.value);
      watch.end();
      return ok(undefined);
    } catch (error) {
      watch.end();
      return err(watch.explain(error, "body"));
    }
  };
  const cancel = (): void => {
    watch.abort();
    watch.end();
  };
  return {
    status: response.status,
    headers: [...response.headers],
    body: replyBody(next, cancel),
  };
}

/** Codes of the runtime by what they mean; anything else is a connection that broke. */
const MEANINGS: readonly (readonly [RegExp, TransportFailure["kind"]])[] = [
  [/^(?:ENOTFOUND|EAI_|ENODATA|ESERVFAIL|DNS)/, "dns"],
  [/^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|EHOSTUNREACH|ENETUNREACH)/, "connect"],
  [/CERT|SSL|TLS|EPROTO|SIGNATURE|SELF_SIGNED|UNABLE_TO_/, "tls"],
  [/^(?:Invalid|Malformed|ResponseHeaders|UnrequestedUpgrade)/, "malformed"],
];

function failureOf(error: unknown, phase: "head" | "body"): TransportFailure {
  const hasCode = typeof error === "object" && error !== null && "code" in error;
  const code = hasCode && typeof error.code === "string" ? error.code : "closed";
  const known = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  // A reset and an early end look alike here; within a body both cut it short.
  const kind =
    known === "tls" ? tlsFault(code) : (known ?? (phase === "head" ? "reset" : "truncated"));
  const sent = known !== "dns" && known !== "connect" && known !== "tls";
  return { kind, message: `the exchange failed (${code})`, sent };
}
