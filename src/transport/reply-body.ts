// The queue between a connection that delivers a reply's body and a reader that takes it at its own pace.
import { concat } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { ReplyBody, TransportFailure } from "./transport.ts";

/** The connection's side of a body. */
export type BodySource = {
  /** Stops the upstream: more is queued than a reader is behind for good reason. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** A reader waits for bytes (`true`), or no longer (`false`): decides whether the idle limit runs. */
  readonly waiting: (waits: boolean) => void;
  readonly cancel: () => void;
};

/** The two ends of the queue. */
export type BodyQueue = {
  readonly body: ReplyBody;
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => void;
  readonly fail: (failure: TransportFailure) => void;
};

/** Most bytes that are queued for a reader before the upstream is paused. What one read delivers comes on top. */
export const HIGH_WATER = 256 * 1024;

type Read = Result<Uint8Array | undefined, TransportFailure>;

const END: Read = ok(undefined);

/** Makes the queue of one reply. */
export function createBodyQueue(source: BodySource): BodyQueue {
  let chunks: Uint8Array[] = [];
  let queued = 0;
  let paused = false;
  let final: Read | undefined;
  let reader: ((read: Read) => void) | undefined;

  const answer = (read: Read): void => {
    const waiting = reader;
    reader = undefined;
    source.waiting(false);
    waiting?.(read);
  };
  const finish = (read: Read): void => {
    final ??= read;
    if (reader !== undefined) answer(final);
  };
  const take = (): Uint8Array => {
    const taken = concat(chunks);
    chunks = [];
    queued = 0;
    if (paused) {
      paused = false;
      source.resume();
    }
    return taken;
  };
  const read = (): Promise<Read> => {
    if (queued > 0) return Promise.resolve(ok(take()));
    if (final !== undefined) return Promise.resolve(final);
    const { promise, resolve } = Promise.withResolvers<Read>();
    reader = resolve;
    source.waiting(true);
    return promise;
  };
  const cancel = (): void => {
    if (final !== undefined) return;
    final = err({ kind: "aborted", message: "the reader gave up", sent: true });
    chunks = [];
    queued = 0;
    source.cancel();
    if (reader !== undefined) answer(final);
  };

  return {
    body: { read, readAll: (cap) => readAll(read, cap), cancel },
    push: (chunk) => {
      if (chunk.byteLength === 0 || final !== undefined) return;
      if (reader !== undefined) {
        answer(ok(chunk));
        return;
      }
      chunks.push(chunk);
      queued += chunk.byteLength;
      if (queued < HIGH_WATER || paused) return;
      paused = true;
      source.pause();
    },
    end: () => finish(END),
    fail: (failure) => finish(err(failure)),
  };
}

async function readAll(read: () => Promise<Read>, cap: number): ReturnType<ReplyBody["readAll"]> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const next = await read();
    if (!next.ok) return next;
    if (next.value === undefined) return ok({ bytes: concat(pieces), complete: true });
    pieces.push(next.value);
    size += next.value.byteLength;
    if (size > cap) return ok({ bytes: concat(pieces), complete: false });
  }
}
