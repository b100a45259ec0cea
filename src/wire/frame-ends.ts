// Where frames end in a stream of bytes, for each framing. Every finder is fed the chunks in order, looks at each byte
// once and remembers only where it stands, so that a large frame in many small chunks costs no more than in one.
import { ok, type Result } from "../lib/result.ts";
import { messageLength, PRELUDE } from "./eventstream.ts";
import type { FramingError } from "./frame.ts";

/**
 * Takes the next chunk; gives the indexes in it at which frames end, in order. The index 0 means that the frame was
 * whole with the chunk before.
 */
export type EndFinder = (chunk: Uint8Array) => Result<readonly number[], FramingError>;

const LF = 0x0a;
const CR = 0x0d;

/** Where the reader of event lines stands. */
type Lines = {
  /** The line at hand is empty so far and follows another line of its event. */
  blank: boolean;
  /** A CR came last, which ended a line or an event; a LF behind it belongs to it. */
  carriage: "none" | "line" | "event";
};

/** An event ends with a blank line: two line ends in a row, each LF, CRLF or CR (WHATWG HTML 9.2.6). */
export function sseEnds(): EndFinder {
  const lines: Lines = { blank: false, carriage: "none" };
  return (chunk) => {
    // Nearly all streams use LF alone: then the runtime's own search finds the line ends.
    const plain = lines.carriage === "none" && !chunk.includes(CR);
    return ok(plain ? lineFeedEnds(chunk, lines) : mixedEnds(chunk, lines));
  };
}

function lineFeedEnds(chunk: Uint8Array, lines: Lines): readonly number[] {
  const ends: number[] = [];
  let blankAt = lines.blank ? 0 : -1;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
    const ended = at === blankAt;
    if (ended) ends.push(at + 1);
    blankAt = ended ? -1 : at + 1;
  }
  lines.blank = blankAt === chunk.byteLength;
  return ends;
}

/** The next line end at or after `from`, LF or CR; the chunk's length if there is none. */
function lineEnd(chunk: Uint8Array, from: number): number {
  let at = from;
  for (; at < chunk.byteLength; at++) {
    const byte = chunk[at];
    if (byte === LF || byte === CR) break;
  }
  return at;
}

function mixedEnds(chunk: Uint8Array, lines: Lines): readonly number[] {
  const ends: number[] = [];
  let { blank, carriage } = lines;
  for (let at = 0; at < chunk.byteLength; at++) {
    const byte = chunk[at];
    if (carriage === "event") {
      ends.push(byte === LF ? at + 1 : at);
      blank = false;
    }
    if (byte === CR) {
      carriage = blank ? "event" : "line";
      blank = true;
      continue;
    }
    if (byte !== LF) {
      blank = false;
      // The rest of the line does not matter.
      at = lineEnd(chunk, at) - 1;
    } else if (carriage === "none") {
      if (blank) ends.push(at + 1);
      blank = !blank;
    }
    carriage = "none";
  }
  lines.blank = blank;
  lines.carriage = carriage;
  return ends;
}

/** A message of an AWS event stream says its length in its prelude; one of more than `cap` bytes is an error. */
export function messageEnds(cap: number): EndFinder {
  const prelude = new Uint8Array(PRELUDE);
  let known = 0;
  /** Bytes of the message at hand that are still to come, once its prelude was there. */
  let missing = 0;
  return (chunk) => {
    const ends: number[] = [];
    let at = 0;
    while (at < chunk.byteLength) {
      if (missing === 0) {
        const part = chunk.subarray(at, at + PRELUDE - known);
        prelude.set(part, known);
        known += part.byteLength;
        at += part.byteLength;
        if (known < PRELUDE) break;
        const length = messageLength(prelude, cap);
        if (!length.ok) return length;
        known = 0;
        missing = length.value - PRELUDE;
      }
      const step = Math.min(missing, chunk.byteLength - at);
      missing -= step;
      at += step;
      if (missing === 0) ends.push(at);
    }
    return ok(ends);
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the reader of an array's elements stands. */
type Nesting = {
  depth: number;
  inString: boolean;
  /** In a string, the next byte follows a backslash. */
  escaped: boolean;
};

/** An element of an array ends with the brace that closes it; brackets and commas before it belong to its piece. */
export function elementEnds(): EndFinder {
  const nesting: Nesting = { depth: 0, inString: false, escaped: false };
  return (chunk) => {
    const ends: number[] = [];
    for (
      let at = nesting.inString ? stringEnd(chunk, 0, nesting) : 0;
      at < chunk.byteLength;
      at++
    ) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        nesting.inString = true;
        at = stringEnd(chunk, at + 1, nesting) - 1;
      } else if (byte === OPEN_BRACE) nesting.depth++;
      else if (byte === CLOSE_BRACE && --nesting.depth === 0) ends.push(at + 1);
    }
    return ok(ends);
  };
}

/** Index after the quote that ends the string; the chunk's length if the string goes on. */
function stringEnd(chunk: Uint8Array, from: number, nesting: Nesting): number {
  let start = nesting.escaped ? from + 1 : from;
  // An empty chunk has nothing that the backslash could escape.
  if (start > chunk.byteLength) return chunk.byteLength;
  nesting.escaped = false;
  for (let quote = chunk.indexOf(QUOTE, start); quote >= 0; quote = chunk.indexOf(QUOTE, start)) {
    if (!endsEscaping(chunk, start, quote)) {
      nesting.inString = false;
      return quote + 1;
    }
    start = quote + 1;
  }
  nesting.escaped = endsEscaping(chunk, start, chunk.byteLength);
  return chunk.byteLength;
}

/** Whether an odd number of backslashes stands before `to`, and so escapes what is there. */
function endsEscaping(chunk: Uint8Array, from: number, to: number): boolean {
  let at = to;
  while (at > from && chunk[at - 1] === BACKSLASH) at--;
  return (to - at) % 2 === 1;
}
