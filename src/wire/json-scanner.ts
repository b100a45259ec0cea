// Walks a JSON text in bytes and checks it against RFC 8259 without building anything. Errors are remembered and end the
// walk; `finish` tells the first one. Strings have their own file.
import { isUtf8 } from "node:buffer";
import type { HeadError, Span } from "./head.ts";
import { createStringWalk, FAILED, stringEnd, type StringWalk } from "./json-scanner-strings.ts";

/** A walk over one document. */
export type Scanner = {
  /** Index of the document's first byte that is not white space. */
  readonly start: () => number;
  /** Walks over one value; `undefined` after an error. */
  readonly value: () => Span | undefined;
  /** Enters an object and stops before its first value; gives the key with its quotes, `undefined` if there is none. */
  readonly openObject: () => Span | undefined;
  /** After a value of an object: the next key, or `undefined` at the object's end or after an error. */
  readonly nextKey: () => Span | undefined;
  /** Checks that nothing but white space follows and that the bytes are UTF-8; gives the first error. */
  readonly finish: () => HeadError | undefined;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;

/** The state of a walk. The functions below take an index and give the next one, or `FAILED` after an error. */
type Walk = {
  readonly bytes: Uint8Array;
  readonly strings: StringWalk;
  readonly maxDepth: number;
  /** The bytes that close the containers which are open, outermost first. */
  readonly open: number[];
  problem: HeadError | undefined;
};

/** Starts a walk. */
export function createScanner(bytes: Uint8Array, maxDepth: number): Scanner {
  const strings = createStringWalk(bytes);
  const walk: Walk = { bytes, strings, maxDepth, open: [], problem: undefined };
  const start = skipSpace(bytes, 0);
  let at = start;
  const key = (): Span | undefined => {
    const from = skipSpace(bytes, at);
    const end = keyEnd(walk, from);
    at = end === FAILED ? FAILED : colonEnd(walk, end);
    return at === FAILED ? undefined : { start: from, end };
  };
  return {
    start: () => start,
    value: () => {
      const from = skipSpace(bytes, at);
      at = valueEnd(walk, from);
      return at === FAILED ? undefined : { start: from, end: at };
    },
    openObject: () => {
      at = skipSpace(bytes, start + 1);
      if (bytes[at] !== CLOSE_BRACE) return key();
      at++;
      return undefined;
    },
    nextKey: () => {
      if (walk.problem !== undefined) return undefined;
      at = skipSpace(bytes, at);
      const byte = bytes[at];
      if (byte !== COMMA && byte !== CLOSE_BRACE) {
        fail(walk, "expected a comma or a closing brace", at);
        return undefined;
      }
      at++;
      return byte === COMMA ? key() : undefined;
    },
    finish: () => finish(walk, at),
  };
}

function finish(walk: Walk, from: number): HeadError | undefined {
  if (walk.problem !== undefined) return walk.problem;
  const { bytes } = walk;
  const at = skipSpace(bytes, from);
  if (at < bytes.byteLength) return { message: "something follows the document", offset: at };
  // Outside strings all bytes were ASCII.
  if (!walk.strings.beyondAscii || isUtf8(bytes)) return undefined;
  return { message: "the body is not valid UTF-8", offset: 0 };
}

/** Remembers the first error. */
function fail(walk: Walk, message: string, offset: number): typeof FAILED {
  walk.problem ??= { message, offset };
  return FAILED;
}

/** Index of the next byte that is not white space. */
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}

/** Walks over a value, with its own list of open containers instead of recursion. */
function valueEnd(walk: Walk, from: number): number {
  const { bytes, open } = walk;
  let at = from;
  do {
    const first = bytes[at];
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      at = enter(walk, at, first === OPEN_BRACKET ? CLOSE_BRACKET : CLOSE_BRACE);
    } else {
      at = first === QUOTE ? checkedStringEnd(walk, at) : scalarEnd(walk, at);
      if (at !== FAILED) at = leave(walk, at);
    }
  } while (at !== FAILED && open.length > 0);
  return at;
}

/** Enters a container: to its first value, or, if it is empty, to what follows it. */
function enter(walk: Walk, from: number, close: number): number {
  const { bytes, open } = walk;
  // One more for the document's own object or array.
  if (open.length + 1 >= walk.maxDepth) {
    return fail(walk, `nested deeper than ${walk.maxDepth} levels`, from);
  }
  const at = skipSpace(bytes, from + 1);
  if (bytes[at] === close) return leave(walk, at + 1);
  open.push(close);
  return close === CLOSE_BRACKET ? at : valueStart(walk, at);
}

/** After a value: out of the containers that end here, then to the next value. */
function leave(walk: Walk, from: number): number {
  const { bytes, open } = walk;
  let at = from;
  while (open.length > 0) {
    const close = open[open.length - 1];
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    if (byte === COMMA) {
      at = skipSpace(bytes, at + 1);
      return close === CLOSE_BRACKET ? at : valueStart(walk, at);
    }
    if (byte !== close) return fail(walk, "expected a comma or a closing bracket", at);
    at++;
    open.pop();
  }
  return at;
}

/** From a key to the value behind it. */
function valueStart(walk: Walk, from: number): number {
  const end = keyEnd(walk, from);
  if (end === FAILED) return FAILED;
  const at = colonEnd(walk, end);
  return at === FAILED ? FAILED : skipSpace(walk.bytes, at);
}

function keyEnd(walk: Walk, from: number): number {
  if (walk.bytes[from] !== QUOTE) return fail(walk, "expected a key", from);
  return checkedStringEnd(walk, from);
}

function colonEnd(walk: Walk, from: number): number {
  const at = skipSpace(walk.bytes, from);
  return walk.bytes[at] === COLON ? at + 1 : fail(walk, "expected a colon", at);
}

function checkedStringEnd(walk: Walk, from: number): number {
  const end = stringEnd(walk.strings, from + 1);
  if (end !== FAILED) return end;
  const { message, offset } = walk.strings.problem;
  return fail(walk, message, offset);
}

/** Walks over a number or a literal. */
function scalarEnd(walk: Walk, from: number): number {
  const { bytes } = walk;
  const first = bytes[from] ?? -1;
  const end = first === MINUS || isDigit(first) ? numberEnd(bytes, from) : wordEnd(bytes, from);
  if (end !== from) return end;
  return fail(walk, first < 0 ? "the document ends too early" : "unexpected character", from);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Index after the number at `from` (RFC 8259, section 6), or `from` if it is not one. */
function numberEnd(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  const integer = digitsEnd(bytes, at);
  const leadingZero = bytes[at] === 0x30 && integer > at + 1;
  if (integer === at || leadingZero) return from;
  at = integer;
  if (bytes[at] === 0x2e) {
    const fraction = digitsEnd(bytes, at + 1);
    if (fraction === at + 1) return from;
    at = fraction;
  }
  if (((bytes[at] ?? 0) | 0x20) !== 0x65) return at;
  const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? 1 : 0;
  const exponent = digitsEnd(bytes, at + 1 + sign);
  return exponent === at + 1 + sign ? from : exponent;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at] ?? -1)) at++;
  return at;
}

const WORDS = ["true", "false", "null"] as const;

/** Index after the literal at `from`, or `from` if there is none. */
function wordEnd(bytes: Uint8Array, from: number): number {
  for (const word of WORDS) {
    let matched = 0;
    while (matched < word.length && bytes[from + matched] === word.charCodeAt(matched)) matched++;
    if (matched === word.length) return from + matched;
  }
  return from;
}
