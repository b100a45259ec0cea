// Takes the chunked transfer coding off (RFC 9112 section 7.1). Pure; extensions and trailers are read over.

/** Where the reading of a chunked body stands. Made by `newDechunker`, changed by `dechunk` alone. */
export type Dechunker = {
  state: State;
  /** Digits of the present size line. */
  digits: number;
  /** Bytes that the present chunk still has. */
  remaining: number;
  /** Bytes of the present size line's extension, or of all trailers. */
  overhead: number;
  readonly maxOverhead: number;
};

/** What one step made of its bytes. */
export type Dechunked =
  | {
      readonly kind: "more" | "done";
      /** The payload stands in the input from where the step began up to here. */
      readonly payloadEnd: number;
      /** First byte that was not read; differs from the input's length only when done. */
      readonly next: number;
    }
  | { readonly kind: "malformed"; readonly reason: string };

type State =
  | "size"
  | "after-size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer"
  | "trailer-lf"
  | "end-lf"
  | "done";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const SEMICOLON = 0x3b;
/** 13 hexadecimal digits: below 2^52, so sums stay exact. */
const MAX_DIGITS = 13;

const NO_LINE_END = "a line of the chunked coding does not end in CR LF";
const NO_SIZE = "a chunk size is not a hexadecimal number";
const OVERRUN = "a chunk is longer than its size";

/** The beginning of a body; `maxOverhead` caps the bytes of a size line's extension, and of all trailers together. */
export function newDechunker(maxOverhead: number): Dechunker {
  return { state: "size", digits: 0, remaining: 0, overhead: 0, maxOverhead };
}

/**
 * Reads on from `from`. The payload is moved together inside `bytes`, which therefore must belong to the caller: several
 * small chunks of one read become one piece without an allocation.
 */
export function dechunk(dechunker: Dechunker, bytes: Uint8Array, from: number): Dechunked {
  let at = from;
  let payloadEnd = from;
  while (at < bytes.byteLength && dechunker.state !== "done") {
    if (dechunker.state === "data") {
      const take = Math.min(dechunker.remaining, bytes.byteLength - at);
      if (payloadEnd !== at) bytes.copyWithin(payloadEnd, at, at + take);
      payloadEnd += take;
      at += take;
      dechunker.remaining -= take;
      if (dechunker.remaining === 0) dechunker.state = "data-cr";
    } else {
      const reason = step(dechunker, bytes[at] ?? 0);
      if (reason !== undefined) return { kind: "malformed", reason };
      at += 1;
    }
  }
  return { kind: dechunker.state === "done" ? "done" : "more", payloadEnd, next: at };
}

/** Reads one byte outside of the payload; returns what is wrong with it. */
function step(dechunker: Dechunker, byte: number): string | undefined {
  switch (dechunker.state) {
    case "size":
      return readSize(dechunker, byte);
    case "after-size":
    case "extension":
      return readExtension(dechunker, byte);
    case "size-lf":
      dechunker.overhead = 0;
      dechunker.state = dechunker.remaining === 0 ? "trailer-start" : "data";
      return byte === LF ? undefined : NO_LINE_END;
    case "data-cr":
      dechunker.state = "data-lf";
      return byte === CR ? undefined : OVERRUN;
    case "data-lf":
      dechunker.state = "size";
      dechunker.digits = 0;
      return byte === LF ? undefined : OVERRUN;
    case "trailer-start":
    case "trailer":
      return readTrailer(dechunker, byte);
    case "trailer-lf":
      dechunker.state = "trailer-start";
      return byte === LF ? undefined : NO_LINE_END;
    case "end-lf":
      dechunker.state = "done";
      return byte === LF ? undefined : NO_LINE_END;
    case "data":
    case "done":
      return undefined;
  }
}

function readSize(dechunker: Dechunker, byte: number): string | undefined {
  const digit = hexDigit(byte);
  if (digit >= 0) {
    dechunker.remaining = dechunker.digits === 0 ? digit : dechunker.remaining * 16 + digit;
    dechunker.digits += 1;
    return dechunker.digits > MAX_DIGITS ? "a chunk size is too large" : undefined;
  }
  if (dechunker.digits === 0) return NO_SIZE;
  dechunker.state = "after-size";
  return readExtension(dechunker, byte);
}

function readExtension(dechunker: Dechunker, byte: number): string | undefined {
  if (byte === CR) {
    dechunker.state = "size-lf";
    return undefined;
  }
  if (dechunker.state === "after-size" && byte !== SPACE && byte !== TAB) {
    if (byte !== SEMICOLON) return NO_SIZE;
    dechunker.state = "extension";
  }
  return overhead(dechunker, byte);
}

function readTrailer(dechunker: Dechunker, byte: number): string | undefined {
  if (byte === CR) {
    dechunker.state = dechunker.state === "trailer-start" ? "end-lf" : "trailer-lf";
    return undefined;
  }
  dechunker.state = "trailer";
  return overhead(dechunker, byte);
}

/** Judges a byte that is read over. */
function overhead(dechunker: Dechunker, byte: number): string | undefined {
  dechunker.overhead += 1;
  if (byte === LF || byte === 0) return NO_LINE_END;
  return dechunker.overhead > dechunker.maxOverhead
    ? "the extensions or trailers are too long"
    : undefined;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
