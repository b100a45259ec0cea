// The second transport, over the runtime's `fetch`: for HTTP proxies and for origins that speak only HTTP/2, and the
// oracle of the contract tests. A process runs at most BUN_CONFIG_MAX_HTTP_REQUESTS of its requests at a time (256 unless
// the environment says otherwise before the start), which is why it is not the default.
import { err, ok, type Result } from "../lib/result.ts";
import { hostHeader } from "./http1.ts";
import { createBodyQueue, type BodyQueue } from "./reply-body.ts";
import { createTicker, type Ticker, type Waiting } from "./ticker.ts";
import type {
  Exchange,
  Limits,
  OutgoingRequest,
  Transport,
  TransportFailure,
} from "./transport.ts";

/** Settings of the fetch transport. */
export type FetchOptions = {
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
};

const TICK_MS = 50;

/** Makes a transport. */
export function createFetchTransport(options: FetchOptions = {}): Transport {
  const now = (): number => performance.now();
  const ticker = createTicker(TICK_MS, now);
  let open = 0;
  return {
    send: async (request, limits, signal) => {
      open += 1;
      const watch = startWatch(ticker, now, limits, signal);
      const started = await start(request, watch, options);
      if (!started.ok) {
        open -= 1;
        watch.end();
        return started;
      }
      return ok(
        exchangeOf(started.value, watch, () => {
          open -= 1;
        }),
      );
    },
    // `fetch` keeps its connections to itself.
    close: () => {},
    stats: () => ({ open, idle: 0 }),
  };
}

/** The deadlines of one exchange and what ended it. */
type Watch = {
  readonly signal: AbortSignal;
  /** Sets the next deadline and what it means when it passes. */
  readonly arm: (kind: TransportFailure["kind"], afterMs: number) => void;
  readonly disarm: () => void;
  readonly end: () => void;
  readonly abort: () => void;
  /** Why the exchange was broken off, if it was. */
  readonly cause: () => TransportFailure | undefined;
  readonly limits: Limits;
};

const WORDS = {
  "first-byte-timeout": "the reply did not begin in time",
  "idle-timeout": "the reply stalled",
  "total-timeout": "the exchange took too long",
} as const satisfies Partial<Record<TransportFailure["kind"], string>>;

function startWatch(
  ticker: Ticker,
  now: () => number,
  limits: Limits,
  signal: AbortSignal | undefined,
): Watch {
  const controller = new AbortController();
  const totalDeadline = now() + (limits.total ?? Infinity);
  let armed: keyof typeof WORDS = "first-byte-timeout";
  let cause: TransportFailure | undefined;
  const breakOff = (failure: TransportFailure): void => {
    cause ??= failure;
    controller.abort();
  };
  const waiting: Waiting = {
    deadline: Infinity,
    expire: () => {
      const kind = now() >= totalDeadline ? "total-timeout" : armed;
      breakOff({ kind, message: WORDS[kind], sent: true });
    },
  };
  const abort = (): void =>
    breakOff({ kind: "aborted", message: "the caller gave up", sent: false });
  const arm = (kind: TransportFailure["kind"], afterMs: number): void => {
    if (kind === "first-byte-timeout" || kind === "idle-timeout") armed = kind;
    waiting.deadline = Math.min(now() + afterMs, totalDeadline);
    if (waiting.deadline === Infinity) ticker.remove(waiting);
    else ticker.add(waiting);
  };
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  // `fetch` does not tell when it is connected, so both limits are one.
  arm("first-byte-timeout", limits.connect + limits.firstByte);
  return {
    signal: controller.signal,
    arm,
    disarm: () => arm("idle-timeout", Infinity),
    end: () => {
      ticker.remove(waiting);
      signal?.removeEventListener("abort", abort);
    },
    abort,
    cause: () => cause,
    limits,
  };
}

async function start(
  request: OutgoingRequest,
  watch: Watch,
  options: FetchOptions,
): Promise<Result<Response, TransportFailure>> {
  const scheme = request.origin.secure ? "https" : "http";
  const url = `${scheme}://${hostHeader(request.origin)}${request.target}`;
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers.map(([name, value]): [string, string] => [name, value]),
      redirect: "manual",
      decompress: false,
      signal: watch.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
    });
    return ok(response);
  } catch (error) {
    return err(watch.cause() ?? failureOf(error));
  }
}

function exchangeOf(response: Response, watch: Watch, onEnd: () => void): Exchange {
  const reader = response.body?.getReader();
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    watch.end();
    onEnd();
  };
  const queue: BodyQueue = createBodyQueue({
    // One chunk is asked for at a time, so there is nothing to pause.
    pause: () => {},
    resume: () => {},
    waiting: (waits) => {
      if (ended) return;
      if (!waits) watch.disarm();
      else {
        watch.arm("idle-timeout", watch.limits.idle);
        if (reader !== undefined) void pullOne(reader, queue, watch, end);
      }
    },
    cancel: () => {
      watch.abort();
      end();
    },
  });
  watch.disarm();
  if (reader === undefined) {
    queue.end();
    end();
  }
  return { status: response.status, headers: [...response.headers], body: queue.body };
}

/** Moves one chunk from `fetch` to the queue. */
async function pullOne(
  reader: { read: () => Promise<{ done: boolean; value?: Uint8Array | undefined }> },
  queue: BodyQueue,
  watch: Watch,
  end: () => void,
): Promise<void> {
  try {
    const { done, value } = await reader.read();
    if (!done && value !== undefined) {
      queue.push(value);
      return;
    }
    queue.end();
  } catch (error) {
    const failure = watch.cause() ?? { ...failureOf(error), kind: "truncated" as const };
    queue.fail(failure);
  }
  end();
}

function failureOf(error: unknown): TransportFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = code || (error instanceof Error ? error.message : String(error));
  return { kind: kindOf(code), message, sent: code === "ECONNRESET" };
}

function kindOf(code: string): TransportFailure["kind"] {
  if (/CERT|SSL|TLS|SELF_SIGNED|ALTNAME/.test(code)) return "tls";
  if (code === "ENOTFOUND" || code.startsWith("DNS")) return "dns";
  if (code === "ConnectionRefused" || code === "ECONNREFUSED" || code === "FailedToOpenSocket")
    return "connect";
  return code.startsWith("Malformed") || code.startsWith("Invalid") ? "malformed" : "reset";
}
