// Walks a JSON text in bytes and checks it against RFC 8259 without building anything. Errors are remembered and end the
// walk; `finish` tells the first one.
import type { HeadError, Span } from "./head.ts";

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
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;

/** The state of a walk; the functions below move it on. */
type Walk = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly maxDepth: number;
  at: number;
  problem: HeadError | undefined;
  /** Whether any string has bytes beyond ASCII: only then must UTF-8 be checked. */
  beyondAscii: boolean;
  /** Next backslash at or after the last search: strings without escapes then cost no search of their own. */
  slash: number;
};

/** Starts a walk. */
export function createScanner(bytes: Uint8Array, maxDepth: number): Scanner {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const walk: Walk = {
    bytes,
    view,
    maxDepth,
    at: 0,
    problem: undefined,
    beyondAscii: false,
    slash: NOT_SEARCHED,
  };
  return {
    start: () => {
      skipSpace(walk);
      return walk.at;
    },
    value: () => readValue(walk),
    openObject: () => {
      walk.at++;
      if (skipSpace(walk) !== CLOSE_BRACE) return readKey(walk);
      walk.at++;
      return undefined;
    },
    nextKey: () => {
      if (walk.problem !== undefined) return undefined;
      const next = skipSpace(walk);
      if (next !== COMMA && next !== CLOSE_BRACE) fail(walk, "expected a comma or a closing brace");
      walk.at++;
      return next === COMMA ? readKey(walk) : undefined;
    },
    finish: () => finish(walk),
  };
}

function finish(walk: Walk): HeadError | undefined {
  if (walk.problem !== undefined) return walk.problem;
  if (skipSpace(walk) !== -1) fail(walk, "something follows the document");
  else if (walk.beyondAscii && !isUtf8(walk.bytes)) fail(walk, "the body is not valid UTF-8", 0);
  return walk.problem;
}

/** Remembers the first error; always `false`, so that a walk can end with it. */
function fail(walk: Walk, message: string, offset = walk.at): false {
  walk.problem ??= { message, offset };
  return false;
}

/** Moves to the next byte that is not white space and gives it; -1 at the end. */
function skipSpace(walk: Walk): number {
  const { bytes } = walk;
  let byte = bytes[walk.at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++walk.at];
  return byte ?? -1;
}

function readValue(walk: Walk): Span | undefined {
  // The containers that are open: `true` for an array, `false` for an object.
  const open: boolean[] = [];
  skipSpace(walk);
  const start = walk.at;
  do {
    const first = skipSpace(walk);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const entered = enter(walk, open, first === OPEN_BRACKET);
      if (entered === "failed") return undefined;
      if (entered === "inside") continue;
    } else if (!readScalar(walk, first)) return undefined;
    if (!leave(walk, open)) return undefined;
  } while (open.length > 0);
  return { start, end: walk.at };
}

/** Enters a container and, in an object, reads the first key; an empty one is walked over whole. */
function enter(walk: Walk, open: boolean[], array: boolean): "inside" | "empty" | "failed" {
  if (open.length + 1 >= walk.maxDepth) {
    fail(walk, `nested deeper than ${walk.maxDepth} levels`);
    return "failed";
  }
  walk.at++;
  if (skipSpace(walk) === (array ? CLOSE_BRACKET : CLOSE_BRACE)) {
    walk.at++;
    return "empty";
  }
  open.push(array);
  return array || readKey(walk) !== undefined ? "inside" : "failed";
}

/** After a value: out of the containers that end here, then past a comma and the key behind it. */
function leave(walk: Walk, open: boolean[]): boolean {
  while (open.length > 0) {
    const array = open.at(-1) === true;
    const next = skipSpace(walk);
    if (next === COMMA) {
      walk.at++;
      return array || readKey(walk) !== undefined;
    }
    if (next !== (array ? CLOSE_BRACKET : CLOSE_BRACE)) {
      return fail(walk, "expected a comma or a closing bracket");
    }
    walk.at++;
    open.pop();
  }
  return true;
}

function readKey(walk: Walk): Span | undefined {
  if (skipSpace(walk) !== QUOTE) {
    fail(walk, "expected a key");
    return undefined;
  }
  const start = walk.at;
  if (!readString(walk)) return undefined;
  const end = walk.at;
  if (skipSpace(walk) !== COLON) {
    fail(walk, "expected a colon");
    return undefined;
  }
  walk.at++;
  return { start, end };
}

/** Walks over a scalar; the caller has seen that no container starts here. */
function readScalar(walk: Walk, first: number): boolean {
  if (first === QUOTE) return readString(walk);
  const { bytes, at } = walk;
  const end = first === MINUS || isDigit(first) ? numberEnd(bytes, at) : wordEnd(bytes, at);
  if (end === at) {
    return fail(walk, first < 0 ? "the document ends too early" : "unexpected character");
  }
  walk.at = end;
  return true;
}

/** Walks over a string from its opening quote to after its closing one. */
function readString(walk: Walk): boolean {
  const { bytes } = walk;
  let from = walk.at + 1;
  let quote = bytes.indexOf(QUOTE, from);
  for (;;) {
    if (quote < 0) return fail(walk, "a string is not closed");
    const escape = nextBackslash(walk, from);
    const plain = inspectPlain(walk.view, from, Math.min(quote, escape));
    if (plain === CONTROL) return fail(walk, "a control character stands in a string", from);
    walk.beyondAscii ||= plain === BEYOND_ASCII;
    if (escape > quote) break;
    const length = escapeLength(bytes, escape);
    if (length === 0) return fail(walk, "a string has an invalid escape", escape);
    from = escape + length;
    if (quote < from) quote = bytes.indexOf(QUOTE, from);
  }
  walk.at = quote + 1;
  return true;
}

const NOT_SEARCHED = -2;
const NONE = -1;

function nextBackslash(walk: Walk, from: number): number {
  if (walk.slash !== NONE && walk.slash < from) walk.slash = walk.bytes.indexOf(BACKSLASH, from);
  return walk.slash === NONE ? walk.bytes.byteLength : walk.slash;
}

const PLAIN = 0;
const CONTROL = 1;
const BEYOND_ASCII = 2;

/** Looks at string content without quotes and backslashes, four bytes at a time. */
function inspectPlain(view: DataView, from: number, to: number): number {
  let at = from;
  let high = 0;
  for (; at + 4 <= to; at += 4) {
    const word = view.getInt32(at, true);
    // A byte below 0x20 borrows into its top bit; a byte that has its own top bit set is masked out.
    if (((word - 0x20202020) & ~word & 0x80808080) !== 0 && hasControl(view, at, at + 4))
      return CONTROL;
    high |= word & 0x80808080;
  }
  if (hasControl(view, at, to)) return CONTROL;
  for (; at < to; at++) high |= view.getUint8(at) & 0x80;
  return high === 0 ? PLAIN : BEYOND_ASCII;
}

function hasControl(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (view.getUint8(at) < 0x20) return true;
  }
  return false;
}

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

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
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

const STRICT = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
