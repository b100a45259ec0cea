// Headers of an AWS event stream message: a name, a type byte and a value each; ten types.
import { concat, utf8 } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { HeaderValue } from "./frame.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A position in the header bytes. */
type Cursor = { readonly view: DataView; readonly bytes: Uint8Array; at: number };

/** Decodes all headers; fails with a sentence on anything that is cut short, unknown or not UTF-8. */
export function decodeHeaders(bytes: Uint8Array): Result<ReadonlyMap<string, HeaderValue>, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { view, bytes, at: 0 };
  const headers = new Map<string, HeaderValue>();
  try {
    while (cursor.at < bytes.byteLength) {
      const name = UTF8.decode(takeBytes(cursor, takeUint8(cursor)));
      const value = decodeValue(cursor, takeUint8(cursor));
      if (value === undefined) return err(`header ${name} has an unknown type`);
      headers.set(name, value);
    }
  } catch {
    // DataView and the decoder throw on what is cut short or not UTF-8.
    return err("the headers of a message are malformed");
  }
  return ok(headers);
}

function decodeValue(cursor: Cursor, type: number): HeaderValue | undefined {
  switch (type) {
    case 0:
    case 1:
      return { type: "boolean", value: type === 0 };
    case 2:
      return { type: "byte", value: cursor.view.getInt8(advance(cursor, 1)) };
    case 3:
      return { type: "short", value: cursor.view.getInt16(advance(cursor, 2)) };
    case 4:
      return { type: "integer", value: cursor.view.getInt32(advance(cursor, 4)) };
    case 5:
      return { type: "long", value: cursor.view.getBigInt64(advance(cursor, 8)) };
    case 6:
      return { type: "binary", value: takeBytes(cursor, takeUint16(cursor)) };
    case 7:
      return { type: "string", value: UTF8.decode(takeBytes(cursor, takeUint16(cursor))) };
    case 8:
      return { type: "timestamp", value: Number(cursor.view.getBigInt64(advance(cursor, 8))) };
    case 9:
      return { type: "uuid", value: uuidText(takeBytes(cursor, 16)) };
    default:
      return undefined;
  }
}

function advance(cursor: Cursor, count: number): number {
  const at = cursor.at;
  cursor.at += count;
  return at;
}

function takeUint8(cursor: Cursor): number {
  return cursor.view.getUint8(advance(cursor, 1));
}

function takeUint16(cursor: Cursor): number {
  return cursor.view.getUint16(advance(cursor, 2));
}

function takeBytes(cursor: Cursor, count: number): Uint8Array {
  const start = advance(cursor, count);
  if (cursor.at > cursor.bytes.byteLength) throw new RangeError("cut short");
  return cursor.bytes.subarray(start, cursor.at);
}

function uuidText(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join("-");
}

/** Encodes all headers in the order of the map. */
export function encodeHeaders(headers: ReadonlyMap<string, HeaderValue>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const [name, value] of headers) {
    const spelt = utf8(name);
    if (spelt.byteLength > 255) throw new Error(`header name ${name} is too long`);
    pieces.push(Uint8Array.of(spelt.byteLength), spelt, encodeValue(value));
  }
  return concat(pieces);
}

function encodeValue(header: HeaderValue): Uint8Array {
  switch (header.type) {
    case "boolean":
      return Uint8Array.of(header.value ? 0 : 1);
    case "byte":
      return number(2, 1, (view) => view.setInt8(1, header.value));
    case "short":
      return number(3, 2, (view) => view.setInt16(1, header.value));
    case "integer":
      return number(4, 4, (view) => view.setInt32(1, header.value));
    case "long":
      return number(5, 8, (view) => view.setBigInt64(1, header.value));
    case "binary":
      return sized(6, header.value);
    case "string":
      return sized(7, utf8(header.value));
    case "timestamp":
      return number(8, 8, (view) => view.setBigInt64(1, BigInt(header.value)));
    case "uuid": {
      const digits = header.value.replaceAll("-", "").match(/../g) ?? [];
      return Uint8Array.of(9, ...digits.map((pair) => Number.parseInt(pair, 16)));
    }
  }
}

function number(type: number, size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(1 + size);
  bytes[0] = type;
  write(new DataView(bytes.buffer));
  return bytes;
}

function sized(type: number, value: Uint8Array): Uint8Array {
  if (value.byteLength > 0xffff) throw new Error("a header value is longer than 65535 bytes");
  const prefix = Uint8Array.of(type, value.byteLength >> 8, value.byteLength & 0xff);
  return concat([prefix, value]);
}
