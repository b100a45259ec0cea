// Bytes: joining, searching, and a queue that grows as chunks arrive and shrinks as they are taken.

const ENCODER = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** Encodes text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Joins pieces; a single piece is returned as it is, without a copy. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only === undefined) return EMPTY;
  if (pieces.length === 1) return only;
  let size = 0;
  for (const piece of pieces) size += piece.byteLength;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

/** The byte at an index, or -1 beyond the end, so that a loop over bytes never meets `undefined`. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? -1;
}

/** First index of `needle` at or after `from`, or -1. The needle's first byte is found by the runtime's own search. */
export function indexOf(haystack: Uint8Array, needle: Uint8Array, from = 0): number {
  const [first] = needle;
  if (first === undefined) return from;
  const last = haystack.byteLength - needle.byteLength;
  for (let at = haystack.indexOf(first, from); at >= 0 && at <= last;) {
    if (startsWith(haystack, needle, at)) return at;
    at = haystack.indexOf(first, at + 1);
  }
  return -1;
}

/** Whether `needle` stands in `bytes` at `at`. */
export function startsWith(bytes: Uint8Array, needle: Uint8Array, at = 0): boolean {
  if (at + needle.byteLength > bytes.byteLength) return false;
  for (let i = 0; i < needle.byteLength; i++) {
    if (bytes[at + i] !== needle[i]) return false;
  }
  return true;
}

/** Bytes that arrived and were not taken yet. */
export type ByteQueue = {
  readonly length: () => number;
  readonly append: (chunk: Uint8Array) => void;
  /** Everything in the queue as one array, without taking it. Joins chunks at most once. */
  readonly peek: () => Uint8Array;
  /** Takes the first `count` bytes (at most what is there). */
  readonly take: (count: number) => Uint8Array;
};

/** An empty queue. Appending never copies; many small chunks are joined once, when somebody looks. */
export function byteQueue(): ByteQueue {
  let chunks: Uint8Array[] = [];
  let size = 0;
  const peek = (): Uint8Array => {
    if (chunks.length > 1) chunks = [concat(chunks)];
    return chunks[0] ?? EMPTY;
  };
  return {
    length: () => size,
    append: (chunk) => {
      if (chunk.byteLength === 0) return;
      chunks.push(chunk);
      size += chunk.byteLength;
    },
    peek,
    take: (count) => {
      const all = peek();
      const taken = all.subarray(0, count);
      const rest = all.subarray(taken.byteLength);
      chunks = rest.byteLength === 0 ? [] : [rest];
      size = rest.byteLength;
      return taken;
    },
  };
}
