// The replies on one connection as a push machine: heads, interim replies, body framing, surplus bytes. Pure.
import { dechunk, newDechunker, type Dechunker } from "./http1-chunked.ts";
import { parseReplyHead, type HeaderNames, type ReplyHead } from "./http1-head.ts";

/** Where the parts of a reply go, in this order: one head, any number of body pieces, one end. */
export type ReplySink = {
  readonly onHead: (head: ReplyHead) => void;
  /** A piece of the body, never empty; a view into the bytes that were pushed. */
  readonly onBody: (bytes: Uint8Array) => void;
  /** The reply is complete; `reusable` tells whether another exchange may follow on the connection. */
  readonly onEnd: (reusable: boolean) => void;
};

/** What the peer's closing of its side means. */
export type EndOfInput = "between-replies" | "no-reply" | "truncated" | "complete";

/** Reads the replies of one connection, one after the other. Changed by this file's functions alone. */
export type ReplyReader = {
  readonly sink: ReplySink;
  readonly names: HeaderNames;
  state: "between" | "head" | "length" | "chunked" | "until-close";
  method: string;
  maxHeadBytes: number;
  /** Size of the interim heads read so far, and their number. */
  headBytes: number;
  interim: number;
  persistent: boolean;
  remaining: number;
  dechunker: Dechunker | undefined;
  /** The beginning of a head that is not complete; grows by doubling, so that single bytes cost linear time. */
  held: Buffer;
  heldLength: number;
};

const HEAD_END = Buffer.from("\r\n\r\n");
const START = "HTTP/1.";
const NOTHING = Buffer.alloc(0);
const FIRST_HELD = 1024;
/** Far more than any server sends before one reply. */
const MAX_INTERIM = 32;

const NOT_HTTP = "the status line is not HTTP/1.x";

/** A reader for a new connection; `names` is shared by many. */
export function newReplyReader(sink: ReplySink, names: HeaderNames): ReplyReader {
  return {
    sink,
    names,
    state: "between",
    method: "GET",
    maxHeadBytes: 0,
    headBytes: 0,
    interim: 0,
    persistent: true,
    remaining: 0,
    dechunker: undefined,
    held: NOTHING,
    heldLength: 0,
  };
}

/**
 * Expects a reply to a request with this method. Its head may have so many bytes, the interim heads before it included.
 */
export function beginReply(reader: ReplyReader, method: string, maxHeadBytes: number): void {
  reader.state = "head";
  reader.method = method;
  reader.maxHeadBytes = maxHeadBytes;
  reader.headBytes = 0;
  reader.interim = 0;
}

/** Takes bytes, which must belong to the reader: a chunked body is decoded in place. Returns why they are malformed. */
export function pushReply(reader: ReplyReader, chunk: Buffer): string | undefined {
  if (chunk.byteLength === 0) return undefined;
  if (reader.state === "between") return "bytes that nobody asked for";
  return reader.state === "head" ? readHead(reader, chunk, 0) : readBody(reader, chunk, 0);
}

/** The peer closed its side in an orderly way, which ends a body that runs until then. */
export function closeReply(reader: ReplyReader): EndOfInput {
  if (reader.state === "between") return "between-replies";
  if (reader.state === "head") return "no-reply";
  if (reader.state !== "until-close") return "truncated";
  finish(reader, false);
  return "complete";
}

/** Reads a head and what follows it from `from` on. */
function readHead(reader: ReplyReader, chunk: Buffer, from: number): string | undefined {
  const before = reader.heldLength;
  if (before > 0) hold(reader, chunk, from);
  const source = before > 0 ? reader.held.subarray(0, reader.heldLength) : chunk;
  const start = before > 0 ? 0 : from;
  // The end may have begun in the bytes that were held.
  const end = source.indexOf(HEAD_END, Math.max(start, before - 3));
  const size = (end < 0 ? source.byteLength : end + HEAD_END.byteLength) - start;
  if (reader.headBytes + size > reader.maxHeadBytes) return "the head is too long";
  if (end < 0) {
    if (before === 0) hold(reader, chunk, from);
    const seen = source.toString("latin1", start, start + START.length);
    return START.startsWith(seen) ? undefined : NOT_HTTP;
  }
  reader.headBytes += size;
  reader.heldLength = 0;
  const text = source.toString("latin1", start, end + 2);
  const head = parseReplyHead(text, reader.method, reader.names);
  reader.held = NOTHING;
  return head.ok ? enter(reader, head.value, { chunk, from: from + size - before }) : head.error;
}

function hold(reader: ReplyReader, chunk: Buffer, from: number): void {
  const length = reader.heldLength + chunk.byteLength - from;
  if (length > reader.held.byteLength) {
    const grown = Buffer.allocUnsafe(Math.max(FIRST_HELD, length * 2));
    reader.held.copy(grown, 0, 0, reader.heldLength);
    reader.held = grown;
  }
  chunk.copy(reader.held, reader.heldLength, from);
  reader.heldLength = length;
}

/** Goes on after a head. */
function enter(
  reader: ReplyReader,
  head: ReplyHead,
  { chunk, from }: { readonly chunk: Buffer; readonly from: number },
): string | undefined {
  if (head.status < 200) {
    // Interim replies are read over (RFC 9110 15.2); nobody here asks for another protocol.
    if (head.status === 101) return "switching protocols was not asked for";
    reader.interim += 1;
    if (reader.interim > MAX_INTERIM) return "too many interim replies";
    return from < chunk.byteLength ? readHead(reader, chunk, from) : undefined;
  }
  const { framing } = head;
  reader.persistent = head.persistent;
  reader.remaining = framing.kind === "length" ? framing.length : 0;
  reader.dechunker = framing.kind === "chunked" ? newDechunker(reader.maxHeadBytes) : undefined;
  reader.state = framing.kind;
  reader.sink.onHead(head);
  if (framing.kind === "length" && framing.length === 0) {
    finish(reader, from < chunk.byteLength);
    return undefined;
  }
  return from < chunk.byteLength ? readBody(reader, chunk, from) : undefined;
}

function readBody(reader: ReplyReader, chunk: Buffer, from: number): string | undefined {
  if (reader.dechunker !== undefined) {
    const read = dechunk(reader.dechunker, chunk, from);
    if (read.kind === "malformed") return read.reason;
    if (read.payloadEnd > from) reader.sink.onBody(chunk.subarray(from, read.payloadEnd));
    if (read.kind === "done") finish(reader, read.next < chunk.byteLength);
    return undefined;
  }
  const untilClose = reader.state === "until-close";
  const end = untilClose ? chunk.byteLength : Math.min(from + reader.remaining, chunk.byteLength);
  reader.sink.onBody(from === 0 && end === chunk.byteLength ? chunk : chunk.subarray(from, end));
  if (untilClose) return undefined;
  reader.remaining -= end - from;
  if (reader.remaining === 0) finish(reader, end < chunk.byteLength);
  return undefined;
}

/** Ends the reply; bytes after its end belong to nobody, so the connection cannot be used again. */
function finish(reader: ReplyReader, surplus: boolean): void {
  reader.state = "between";
  reader.dechunker = undefined;
  reader.sink.onEnd(reader.persistent && !surplus);
}
