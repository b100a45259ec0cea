// Reads HTTP/1.1 requests off a connection (RFC 9112): heads, bodies with a length, chunked bodies. Only what a provider
// needs to play its part; anything unusual is refused.
import { byteQueue, concat, indexOf, utf8, type ByteQueue } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { HeaderList } from "../protocols/protocol.ts";

/** One whole request as it came. */
export type HttpRequest = {
  readonly method: string;
  /** Path and query, untouched. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
};

/** What some bytes completed; `continue`: the client waits for `100 Continue` before it sends the body. */
export type RequestEvent =
  { readonly kind: "request"; readonly request: HttpRequest } | { readonly kind: "continue" };

/** Why a connection cannot be understood: the status to answer with before closing it. */
export type HttpProblem = { readonly status: 400 | 413 | 431; readonly message: string };

/** Turns the bytes of one connection into requests. */
export type RequestReader = {
  readonly push: (bytes: Uint8Array) => Result<readonly RequestEvent[], HttpProblem>;
};

const MAX_HEAD = 64 * 1024;
/** Longest line that gives a chunk's size. */
const MAX_SIZE_LINE = 256;
const HEAD_END = utf8("\r\n\r\n");
const LINE_END = utf8("\r\n");
const DECODER = new TextDecoder("latin1");

type Head = Omit<HttpRequest, "body">;

/** Where the reader stands between two calls. */
type Place =
  | { readonly kind: "head" }
  | { readonly kind: "body"; readonly head: Head; readonly length: number }
  | { readonly kind: "chunks"; readonly head: Head; readonly pieces: Uint8Array[]; size: number }
  | { readonly kind: "trailers"; readonly head: Head; readonly body: Uint8Array };

/** A step of the reader: it needs more bytes, it moved on, or it has something to tell. */
type Step = "more" | { readonly place: Place; readonly event?: RequestEvent };

/** Starts reading; a body of more than `maxBody` bytes is refused. */
export function requestReader(maxBody: number): RequestReader {
  const queue = byteQueue();
  let place: Place = { kind: "head" };
  return {
    push: (bytes) => {
      queue.append(bytes);
      const events: RequestEvent[] = [];
      for (;;) {
        const step = take(queue, place, maxBody);
        if (!step.ok) return step;
        if (step.value === "more") return ok(events);
        place = step.value.place;
        if (step.value.event !== undefined) events.push(step.value.event);
      }
    },
  };
}

function take(queue: ByteQueue, place: Place, maxBody: number): Result<Step, HttpProblem> {
  switch (place.kind) {
    case "head":
      return takeHead(queue, maxBody);
    case "body":
      if (queue.length() < place.length) return ok("more");
      return ok(finished(place.head, queue.take(place.length)));
    case "chunks":
      return takeChunk(queue, place, maxBody);
    case "trailers":
      return takeTrailer(queue, place);
  }
}

function finished(head: Head, body: Uint8Array): Step {
  return { place: { kind: "head" }, event: { kind: "request", request: { ...head, body } } };
}

function takeHead(queue: ByteQueue, maxBody: number): Result<Step, HttpProblem> {
  const end = indexOf(queue.peek(), HEAD_END);
  if (end < 0) {
    return queue.length() > MAX_HEAD ? problem(431, "the head is too large") : ok("more");
  }
  const head = parseHead(DECODER.decode(queue.take(end + HEAD_END.byteLength).subarray(0, end)));
  if (head === undefined) return problem(400, "the head is malformed");
  const next = bodyPlace(head, maxBody);
  if (!next.ok) return next;
  const waits = headerOf(head.headers, "expect")?.toLowerCase() === "100-continue";
  return ok({ place: next.value, ...(waits ? { event: { kind: "continue" } as const } : {}) });
}

function parseHead(text: string): Head | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const match = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const headers: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) return undefined;
    headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return { method: match[1], target: match[2], headers };
}

function bodyPlace(head: Head, maxBody: number): Result<Place, HttpProblem> {
  if (headerOf(head.headers, "transfer-encoding")?.toLowerCase() === "chunked") {
    return ok({ kind: "chunks", head, pieces: [], size: 0 });
  }
  const length = headerOf(head.headers, "content-length") ?? "0";
  if (!/^\d+$/.test(length)) return problem(400, "the content-length is malformed");
  if (Number(length) > maxBody) return problem(413, "the body is too large");
  return ok({ kind: "body", head, length: Number(length) });
}

function takeChunk(
  queue: ByteQueue,
  place: Extract<Place, { kind: "chunks" }>,
  maxBody: number,
): Result<Step, HttpProblem> {
  const bytes = queue.peek();
  const lineEnd = indexOf(bytes, LINE_END);
  if (lineEnd < 0) {
    return bytes.byteLength > MAX_SIZE_LINE ? problem(400, "a chunk is malformed") : ok("more");
  }
  const digits = /^[\da-f]+/i.exec(DECODER.decode(bytes.subarray(0, lineEnd)))?.[0];
  if (digits === undefined) return problem(400, "a chunk is malformed");
  const size = Number.parseInt(digits, 16);
  if (place.size + size > maxBody) return problem(413, "the body is too large");
  const start = lineEnd + LINE_END.byteLength;
  if (size === 0) {
    queue.take(start);
    return ok({ place: { kind: "trailers", head: place.head, body: concat(place.pieces) } });
  }
  if (bytes.byteLength < start + size + LINE_END.byteLength) return ok("more");
  const chunk = queue.take(start + size + LINE_END.byteLength).subarray(start, start + size);
  place.pieces.push(chunk);
  place.size += size;
  return ok({ place });
}

function takeTrailer(
  queue: ByteQueue,
  place: Extract<Place, { kind: "trailers" }>,
): Result<Step, HttpProblem> {
  const lineEnd = indexOf(queue.peek(), LINE_END);
  if (lineEnd < 0) {
    return queue.length() > MAX_HEAD ? problem(431, "the trailers are too large") : ok("more");
  }
  queue.take(lineEnd + LINE_END.byteLength);
  return ok(lineEnd === 0 ? finished(place.head, place.body) : { place });
}

/** The first value of a header; its name in lower case. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}

function problem(status: HttpProblem["status"], message: string): Result<never, HttpProblem> {
  return err({ status, message });
}
