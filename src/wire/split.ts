// Cuts a stream of bytes at the ends of its frames without changing a byte: the same-protocol path looks at whole frames
// and passes the bytes on as they came.
import { concat } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { messageLength } from "./eventstream.ts";
import type { FramingError } from "./frame.ts";

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

/** Gives the end of the frame that starts at `from`, or -1 while it is not whole. */
type FrameEnd = (bytes: Uint8Array, from: number) => Result<number, FramingError>;

const EMPTY = new Uint8Array(0);

/** Starts cutting; a frame of more than `cap` bytes is an error. Whole frames in one chunk are not copied. */
export function splitter(framing: SplitFraming, cap: number): Splitter {
  const frameEnd = frameEndOf(framing, cap);
  let held: Uint8Array = EMPTY;
  return {
    push: (chunk) => {
      const bytes = held.byteLength === 0 ? chunk : concat([held, chunk]);
      const frames: Uint8Array[] = [];
      let from = 0;
      for (;;) {
        const end = frameEnd(bytes, from);
        if (!end.ok) return end;
        if (end.value < 0) break;
        frames.push(bytes.subarray(from, end.value));
        from = end.value;
      }
      held = bytes.subarray(from);
      if (held.byteLength > cap) {
        return err({ kind: "too-large", message: `a frame is larger than ${cap} bytes` });
      }
      return ok({ ready: bytes.subarray(0, from), frames });
    },
    rest: () => held,
  };
}

function frameEndOf(framing: SplitFraming, cap: number): FrameEnd {
  switch (framing) {
    case "sse":
      return sseEnd;
    case "eventstream":
      return (bytes, from) => messageEnd(bytes, from, cap);
    case "json-array":
      return elementEnd;
  }
}

const LF = 0x0a;
const CR = 0x0d;

/** An event ends with a blank line: two line ends in a row, each LF, CRLF or CR (WHATWG HTML 9.2.6). */
function sseEnd(bytes: Uint8Array, from: number): Result<number, FramingError> {
  const carriage = bytes.indexOf(CR, from);
  if (carriage < 0) {
    // Nearly all streams use LF alone: the runtime's own search finds the line ends.
    for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      if (bytes[at + 1] === LF) return ok(at + 2);
    }
    return ok(-1);
  }
  let blank = false;
  for (let at = from; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte !== LF && byte !== CR) {
      blank = false;
      continue;
    }
    // A CR at the end of the bytes may be half of a CRLF: wait for the next byte.
    if (byte === CR && at + 1 === bytes.byteLength) return ok(-1);
    if (byte === CR && bytes[at + 1] === LF) at++;
    if (blank) return ok(at + 1);
    blank = true;
  }
  return ok(-1);
}

const PRELUDE = 12;

function messageEnd(bytes: Uint8Array, from: number, cap: number): Result<number, FramingError> {
  if (bytes.byteLength - from < PRELUDE) return ok(-1);
  const length = messageLength(bytes.subarray(from), cap);
  if (!length.ok) return length;
  const end = from + length.value;
  return ok(end <= bytes.byteLength ? end : -1);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** An element of the array ends with the brace that closes it; brackets and commas before it belong to its piece. */
function elementEnd(bytes: Uint8Array, from: number): Result<number, FramingError> {
  let depth = 0;
  for (let at = from; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at + 1);
      if (at < 0) return ok(-1);
    } else if (byte === OPEN_BRACE) depth++;
    else if (byte === CLOSE_BRACE && --depth === 0) return ok(at + 1);
  }
  return ok(-1);
}

function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (at - 1 - backslashes >= from && bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}
