// The body of a reply between the connection that fills it and the reader that empties it: a bounded queue, and the
// reading of a whole body up to a cap.
import { concat } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { ReplyBody, TransportFailure } from "./transport.ts";

/** What one read of a body gives. */
export type Piece = Result<Uint8Array | undefined, TransportFailure>;

/** What a queue asks of its connection. All are harmless once the exchange is over. */
export type Valve = {
  readonly pause: () => void;
  readonly resume: () => void;
  /** A read waits for bytes, or has them: decides whether the idle time-out runs. */
  readonly waiting: (waits: boolean) => void;
  readonly cancel: () => void;
};

/** The connection's side of a body. */
export type BodyQueue = {
  readonly body: ReplyBody;
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => void;
  /** Ends the body with a failure: after what has arrived, or at once if that is to be dropped. */
  readonly fail: (failure: TransportFailure, drop: boolean) => void;
};

/**
 * The connection is paused when more than this many bytes wait for the reader. What one read of the socket brings comes
 * on top (at most 512 kB), so a stalled reader costs less than 1 MB.
 */
export const HIGH_WATER = 256 * 1024;
/** The same for the number of pieces, because the smallest piece costs memory of its own. */
const MAX_PIECES = 1024;
/** The connection reads again when no more than this many bytes wait. */
const LOW_WATER = 64 * 1024;
/** Small pieces that piled up are joined into one of at most this size, because each costs its reader a write. */
const JOIN_UP_TO = 64 * 1024;

const END: Promise<Piece> = Promise.resolve(ok(undefined));
const CANCELLED: TransportFailure = {
  kind: "aborted",
  message: "the reader gave the reply up",
  sent: true,
};

/** An empty queue. Its body allows one read at a time. */
export function createBodyQueue(valve: Valve): BodyQueue {
  const pile = newPile();
  let paused = false;
  let ended = false;
  let failure: TransportFailure | undefined;
  let waiter: ((piece: Piece) => void) | undefined;

  const serve = (piece: Piece): void => {
    const resolve = waiter;
    waiter = undefined;
    resolve?.(piece);
  };
  const read = (): Promise<Piece> => {
    if (waiter !== undefined) throw new Error("a reply's body is read by one reader at a time");
    if (pile.size > 0) return Promise.resolve(ok(take()));
    if (failure !== undefined) return Promise.resolve(err(failure));
    if (ended) return END;
    return new Promise((resolve) => {
      waiter = resolve;
      valve.waiting(true);
    });
  };
  const take = (): Uint8Array => {
    const taken = takeFrom(pile);
    if (paused && pile.size <= LOW_WATER) {
      paused = false;
      valve.resume();
    }
    return taken;
  };
  const fail = (reason: TransportFailure, drop: boolean): void => {
    if (drop) empty(pile);
    if (ended || failure !== undefined) return;
    failure = reason;
    serve(err(reason));
  };
  const cancel = (): void => {
    valve.cancel();
    fail(CANCELLED, true);
  };
  return {
    body: replyBody(read, cancel),
    push: (bytes) => {
      if (waiter !== undefined) {
        valve.waiting(false);
        return serve(ok(bytes));
      }
      add(pile, bytes);
      if (paused || (pile.size <= HIGH_WATER && pile.pieces.length <= MAX_PIECES)) return;
      paused = true;
      valve.pause();
    },
    end: () => {
      ended = true;
      serve(ok(undefined));
    },
    fail,
  };
}

/** Pieces in order, with the sum of their sizes. */
type Pile = { readonly pieces: Uint8Array[]; size: number };

function newPile(): Pile {
  return { pieces: [], size: 0 };
}

function add(pile: Pile, bytes: Uint8Array): void {
  pile.pieces.push(bytes);
  pile.size += bytes.byteLength;
}

/** Takes the first piece, with those after it as long as joining is worth it. */
function takeFrom(pile: Pile): Uint8Array {
  let count = 0;
  let size = 0;
  for (const piece of pile.pieces) {
    if (count > 0 && size + piece.byteLength > JOIN_UP_TO) break;
    size += piece.byteLength;
    count += 1;
  }
  pile.size -= size;
  return concat(pile.pieces.splice(0, count));
}

function empty(pile: Pile): void {
  pile.pieces.length = 0;
  pile.size = 0;
}

/** A body over a source of pieces; what `readAll` read beyond its cap is kept for the reads that follow. */
export function replyBody(next: () => Promise<Piece>, cancel: () => void): ReplyBody {
  let kept: Uint8Array | undefined;
  const read = (): Promise<Piece> => {
    if (kept === undefined) return next();
    const bytes = kept;
    kept = undefined;
    return Promise.resolve(ok(bytes));
  };
  return {
    read,
    readAll: async (cap) => {
      const pieces: Uint8Array[] = [];
      for (let size = 0; ;) {
        const piece = await read();
        if (!piece.ok) return piece;
        if (piece.value === undefined) return ok({ bytes: concat(pieces), complete: true });
        const room = cap - size;
        if (piece.value.byteLength > room) {
          pieces.push(piece.value.subarray(0, room));
          kept = piece.value.subarray(room);
          return ok({ bytes: concat(pieces), complete: false });
        }
        pieces.push(piece.value);
        size += piece.value.byteLength;
      }
    },
    cancel: () => {
      kept = undefined;
      cancel();
    },
  };
}
