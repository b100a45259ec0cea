// Walks over the strings of a JSON text in bytes: most of a chat request. Short ones byte by byte, the rest of long ones
// by searches of the runtime and sixteen bytes at a time.
import type { HeadError } from "./head.ts";

/** What a walk over the strings of one document remembers between them. */
export type StringWalk = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Whether any string so far has bytes beyond ASCII: only then must UTF-8 be checked. */
  beyondAscii: boolean;
  /** Where the last searches found a quote and a backslash: strings without escapes cost no search for them. */
  quote: number;
  backslash: number;
  /** What is wrong, once `stringEnd` gave `FAILED`. */
  problem: HeadError;
};

/** Given instead of an index when the text is not JSON. */
export const FAILED = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Starts a walk. */
export function createStringWalk(bytes: Uint8Array): StringWalk {
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    beyondAscii: false,
    quote: -1,
    backslash: -1,
    problem: { message: "", offset: 0 },
  };
}

/** Index after the quote that ends the string whose content starts at `from`, or `FAILED`. */
export function stringEnd(walk: StringWalk, from: number): number {
  const { bytes } = walk;
  let at = from;
  for (;;) {
    at = plainEnd(walk, at);
    const byte = bytes[at] ?? -1;
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) {
      const message =
        byte < 0 ? "a string is not closed" : "a control character stands in a string";
      return fail(walk, message, at);
    }
    const length = escapeLength(bytes, at);
    if (length === 0) return fail(walk, "a string has an invalid escape", at);
    at += length;
  }
}

function fail(walk: StringWalk, message: string, offset: number): typeof FAILED {
  walk.problem = { message, offset };
  return FAILED;
}

/** A search of the runtime costs as much as looking at about this many bytes. */
const NEAR = 32;

/** Index of the first quote, backslash or control character at or after `from`; the length if there is none. */
function plainEnd(walk: StringWalk, from: number): number {
  const { bytes } = walk;
  const near = Math.min(from + NEAR, bytes.byteLength);
  let high = 0;
  for (let at = from; at < near; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) {
      if (high >= 0x80) walk.beyondAscii = true;
      return at;
    }
    high |= byte;
  }
  if (high >= 0x80) walk.beyondAscii = true;
  return farEnd(walk, near);
}

function farEnd(walk: StringWalk, from: number): number {
  const { bytes } = walk;
  if (walk.quote < from) walk.quote = searched(bytes, QUOTE, from);
  if (walk.backslash < from) walk.backslash = searched(bytes, BACKSLASH, from);
  return controlOr(walk, from, Math.min(walk.quote, walk.backslash));
}

function searched(bytes: Uint8Array, byte: number, from: number): number {
  const found = bytes.indexOf(byte, from);
  return found < 0 ? bytes.byteLength : found;
}

/** Index of the first control character between two indexes, or `to`. */
function controlOr(walk: StringWalk, from: number, to: number): number {
  const { view } = walk;
  let at = from;
  let high = 0;
  for (; at + 16 <= to; at += 16) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    // Taking 0x20 from a byte below it borrows into the top bit, which no ASCII byte has of its own.
    const low =
      ((a - SPACES) & ~a) | ((b - SPACES) & ~b) | ((c - SPACES) & ~c) | ((d - SPACES) & ~d);
    if ((low & TOP_BITS) !== 0) break;
    high |= a | b | c | d;
  }
  if ((high & TOP_BITS) !== 0) walk.beyondAscii = true;
  for (; at < to; at++) {
    const byte = view.getUint8(at);
    if (byte < 0x20) return at;
    if (byte >= 0x80) walk.beyondAscii = true;
  }
  return to;
}

/** The space character in each byte of a word. */
const SPACES = 0x20202020;
/** The top bit of each byte of a word. */
const TOP_BITS = 0x80808080;

/** Length of the escape that starts at a backslash; 0 if it is not one. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1] ?? -1;
  if (kind !== 0x75) return ESCAPES.has(kind) ? 2 : 0;
  for (let i = at + 2; i < at + 6; i++) {
    if (!isHex(bytes[i] ?? -1)) return 0;
  }
  return 6;
}

/** The bytes that may follow a backslash, `u` aside: `"\/bfnrt`. */
const ESCAPES: ReadonlySet<number> = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
