// Cuts a stream of bytes at the ends of its frames without changing a byte: the same-protocol path looks at whole frames
// and passes the bytes on as they came.
import { err, ok, type Result } from "../lib/result.ts";
import type { FramingError } from "./frame.ts";
import { elementEnds, messageEnds, sseEnds, type EndFinder } from "./frame-ends.ts";

/** What some bytes completed. */
export type Pieces = {
  /** All bytes up to the end of the last whole frame, what was held over included, in their order. */
  readonly ready: Uint8Array;
  /** The whole frames in `ready`, as views into it. */
  readonly frames: readonly Uint8Array[];
};

/** Cuts one stream. `ready` of every push and `rest` at the end together are exactly the bytes that were pushed. */
export type Splitter = {
  readonly push: (chunk: Uint8Array) => Result<Pieces, FramingError>;
  /** Bytes after the last whole frame. */
  readonly rest: () => Uint8Array;
};

/** The framings that can be cut. */
export type SplitFraming = "sse" | "eventstream" | "json-array";

const EMPTY = new Uint8Array(0);
const NOTHING: Result<Pieces, FramingError> = ok({ ready: EMPTY, frames: [] });

/**
 * Starts cutting; a frame of more than `cap` bytes is an error. Whole frames in one chunk are views into it, without a
 * copy; each byte of a frame that comes in pieces is copied a small, constant number of times.
 */
export function splitter(framing: SplitFraming, cap: number): Splitter {
  const findEnds = endFinder(framing, cap);
  const held = holdover();
  return {
    push: (chunk) => {
      const ends = findEnds(chunk);
      if (!ends.ok) return ends;
      const last = ends.value.at(-1);
      if (last === undefined) {
        held.append(chunk);
        return held.length() > cap ? tooLarge(cap) : NOTHING;
      }
      const before = held.length();
      const ready = held.completeWith(chunk.subarray(0, last));
      held.append(chunk.subarray(last));
      const frames: Uint8Array[] = [];
      let from = 0;
      for (const end of ends.value) {
        const frame = ready.subarray(from, before + end);
        if (frame.byteLength > cap) return tooLarge(cap);
        frames.push(frame);
        from = before + end;
      }
      return held.length() > cap ? tooLarge(cap) : ok({ ready, frames });
    },
    rest: held.bytes,
  };
}

function endFinder(framing: SplitFraming, cap: number): EndFinder {
  switch (framing) {
    case "sse":
      return sseEnds();
    case "eventstream":
      return messageEnds(cap);
    case "json-array":
      return elementEnds();
  }
}

function tooLarge(cap: number): Result<never, FramingError> {
  return err({ kind: "too-large", message: `a frame is larger than ${cap} bytes` });
}

/** The bytes of a frame that is not whole yet. */
type Holdover = {
  readonly length: () => number;
  readonly bytes: () => Uint8Array;
  readonly append: (chunk: Uint8Array) => void;
  /** What was held with `tail` behind it, as one array; nothing is held afterwards. */
  readonly completeWith: (tail: Uint8Array) => Uint8Array;
};

/** Smallest buffer: most events fit, so that one grows rarely. */
const FIRST_CAPACITY = 1024;

/** Grows by doubling, so that appending stays linear; a buffer that was handed out is never written again. */
function holdover(): Holdover {
  let buffer: Uint8Array = EMPTY;
  let length = 0;
  const append = (chunk: Uint8Array): void => {
    if (chunk.byteLength === 0) return;
    const needed = length + chunk.byteLength;
    if (needed > buffer.byteLength) {
      const grown = new Uint8Array(Math.max(needed, 2 * buffer.byteLength, FIRST_CAPACITY));
      grown.set(buffer.subarray(0, length));
      buffer = grown;
    }
    buffer.set(chunk, length);
    length = needed;
  };
  const bytes = (): Uint8Array => buffer.subarray(0, length);
  return {
    length: () => length,
    bytes,
    append,
    completeWith: (tail) => {
      if (length === 0) return tail;
      append(tail);
      const whole = bytes();
      buffer = EMPTY;
      length = 0;
      return whole;
    },
  };
}
