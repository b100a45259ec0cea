// The AWS event stream encoding, both ways: prelude, headers, payload, two CRC-32 checksums ("Amazon Event Stream
// encoding" in the AWS documentation). Headers have their own file.
import { crc32 } from "node:zlib";
import { byteQueue, utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { decodeHeaders, encodeHeaders } from "./eventstream-headers.ts";
import type { Deframer, Frame, Framer, FramingError, HeaderValue } from "./frame.ts";

/** A message of an event stream. */
export type Message = Extract<Frame, { kind: "message" }>;

/** Bytes of the prelude: two lengths and their checksum. */
export const PRELUDE = 12;
/** Prelude and the checksum of the message: the smallest message there is. */
const OVERHEAD = PRELUDE + 4;
/** Limit of the encoding on the headers of a message. */
const MAX_HEADERS = 128 * 1024;

/** Reads messages; both checksums of each are verified. */
export function eventStreamDeframer(options: { readonly maxSize: number }): Deframer {
  const queue = byteQueue();
  /** Whole length of the message at the front, once its prelude was there and verified. */
  let expected: number | undefined;
  return {
    push: (bytes) => {
      queue.append(bytes);
      const frames: Frame[] = [];
      for (;;) {
        if (expected === undefined) {
          if (queue.length() < PRELUDE) return ok(frames);
          const length = messageLength(queue.peek(), options.maxSize);
          if (!length.ok) return length;
          expected = length.value;
        }
        if (queue.length() < expected) return ok(frames);
        const message = decodeMessage(queue.take(expected));
        if (!message.ok) return message;
        frames.push(message.value);
        expected = undefined;
      }
    },
    end: () => {
      if (queue.length() === 0) return ok([]);
      return err({ kind: "truncated", message: "the stream ended inside a message" });
    },
  };
}

/** Reads and verifies the prelude at the front of `bytes`; gives the length of the whole message. */
export function messageLength(bytes: Uint8Array, maxSize: number): Result<number, FramingError> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PRELUDE);
  const total = view.getUint32(0);
  const headers = view.getUint32(4);
  if (view.getUint32(8) !== crc32(bytes.subarray(0, 8))) {
    return malformed("the checksum of a message's prelude is wrong");
  }
  if (headers > MAX_HEADERS || total < headers + OVERHEAD) {
    return malformed("the lengths in a message's prelude are impossible");
  }
  if (total <= maxSize) return ok(total);
  return err({ kind: "too-large", message: `a message is larger than ${maxSize} bytes` });
}

/** Decodes exactly one message. */
export function decodeMessage(bytes: Uint8Array): Result<Message, FramingError> {
  if (bytes.byteLength < OVERHEAD) return malformed("a message is shorter than its frame");
  const length = messageLength(bytes, bytes.byteLength);
  if (!length.ok) return length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.byteLength - 4;
  if (length.value !== bytes.byteLength || view.getUint32(end) !== crc32(bytes.subarray(0, end))) {
    return malformed("the checksum of a message is wrong");
  }
  const headersEnd = PRELUDE + view.getUint32(4);
  const headers = decodeHeaders(bytes.subarray(PRELUDE, headersEnd));
  if (!headers.ok) return malformed(headers.error);
  return ok({ kind: "message", headers: headers.value, payload: bytes.subarray(headersEnd, end) });
}

function malformed(message: string): Result<never, FramingError> {
  return err({ kind: "malformed", message });
}

/** Encodes one message. */
export function encodeMessage(message: Message): Uint8Array {
  const headers = encodeHeaders(message.headers);
  const total = OVERHEAD + headers.byteLength + message.payload.byteLength;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total);
  view.setUint32(4, headers.byteLength);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  bytes.set(headers, PRELUDE);
  bytes.set(message.payload, PRELUDE + headers.byteLength);
  view.setUint32(total - 4, crc32(bytes.subarray(0, total - 4)));
  return bytes;
}

/** Writes messages; the stream just ends, without a mark. */
export function eventStreamFramer(): Framer {
  return {
    frame: (frame) => {
      // The encoding has no comments; they only keep other framings alive.
      if (frame.kind === "comment") return new Uint8Array(0);
      if (frame.kind !== "message") throw new Error(`a ${frame.kind} frame is not a message`);
      return encodeMessage(frame);
    },
    end: () => new Uint8Array(0),
  };
}

/** An event with a JSON payload. */
export function eventMessage(eventType: string, json: string): Message {
  return jsonMessage([":event-type", eventType], "event", json);
}

/** A modelled exception with a JSON payload. */
export function exceptionMessage(exceptionType: string, json: string): Message {
  return jsonMessage([":exception-type", exceptionType], "exception", json);
}

function jsonMessage(type: readonly [string, string], kind: string, json: string): Message {
  const headers = new Map<string, HeaderValue>([
    [type[0], { type: "string", value: type[1] }],
    [":content-type", { type: "string", value: "application/json" }],
    [":message-type", { type: "string", value: kind }],
  ]);
  return { kind: "message", headers, payload: utf8(json) };
}

/** A header's value if it is a string. */
export function stringHeader(message: Message, name: string): string | undefined {
  const header = message.headers.get(name);
  return header?.type === "string" ? header.value : undefined;
}
