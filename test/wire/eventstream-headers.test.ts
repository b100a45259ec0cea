import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeMessage, encodeMessage, type Message } from "../../src/wire/eventstream.ts";
import { decodeHeaders, encodeHeaders } from "../../src/wire/eventstream-headers.ts";
import type { HeaderValue } from "../../src/wire/frame.ts";

/** Every type, spelt by hand from "Headers wire format": name length, name `h`, type, value in big endian. */
const TYPES: readonly (readonly [string, HeaderValue])[] = [
  ["00", { type: "boolean", value: true }],
  ["01", { type: "boolean", value: false }],
  ["02 ff", { type: "byte", value: -1 }],
  ["03 ff80", { type: "short", value: -128 }],
  ["04 00010203", { type: "integer", value: 66_051 }],
  ["05 fffffffffffffffe", { type: "long", value: -2n }],
  ["06 0003 00ff10", { type: "binary", value: Uint8Array.of(0, 255, 16) }],
  ["07 0003 c3a92e", { type: "string", value: "é." }],
  ["08 0000014f7e0a4880", { type: "timestamp", value: 0x14f7e0a4880 }],
  [
    "09 0123456789abcdef0123456789abcdef",
    { type: "uuid", value: "01234567-89ab-cdef-0123-456789abcdef" },
  ],
];

const bytesOf = (hex: string): Uint8Array => Uint8Array.fromHex(`0168${hex.replaceAll(" ", "")}`);

test.each([...TYPES])("the bytes %s are read and written", (hex, value) => {
  const headers = new Map([["h", value]]);
  expect(decodeHeaders(bytesOf(hex))).toEqual({ ok: true, value: headers });
  expect(encodeHeaders(headers)).toEqual(bytesOf(hex));
});

test.each([...TYPES])("the bytes %s are malformed when cut short anywhere", (hex) => {
  const bytes = bytesOf(hex);
  for (let length = 1; length < bytes.byteLength; length++) {
    expect(decodeHeaders(bytes.subarray(0, length)).ok).toBe(false);
  }
});

test.each([
  ["an unknown type", "0a"],
  ["a string that is not UTF-8", "07 0001 ff"],
  ["a string that is longer than the headers", "07 ffff 61"],
])("%s is malformed", (_name, hex) => {
  expect(decodeHeaders(bytesOf(hex)).ok).toBe(false);
});

test("a name that is not UTF-8 is malformed", () => {
  expect(decodeHeaders(Uint8Array.fromHex("01ff00")).ok).toBe(false);
});

test("what the lengths on the wire cannot say is our own mistake", () => {
  const value: HeaderValue = { type: "string", value: "x".repeat(65_536) };
  expect(() => encodeHeaders(new Map([["h", value]]))).toThrow("longer than 65535 bytes");
  const name = "x".repeat(256);
  expect(() => encodeHeaders(new Map([[name, { type: "boolean", value: true }]]))).toThrow(
    "too long",
  );
});

// AWS's own codec, which comes with the Bedrock SDK; its types are not at hand, being a dependency of a dependency.
type SdkHeader = { type: string; value: unknown };
type SdkMessage = { headers: Record<string, SdkHeader>; body: Uint8Array };
type SdkModule = {
  EventStreamCodec: new (
    toUtf8: (bytes: Uint8Array) => string,
    fromUtf8: (text: string) => Uint8Array,
  ) => { encode(message: SdkMessage): Uint8Array; decode(bytes: Uint8Array): SdkMessage };
  Int64: new (bytes: Uint8Array) => { bytes: Uint8Array };
};
const client = Bun.resolveSync("@aws-sdk/client-bedrock-runtime", import.meta.dir);
const { EventStreamCodec, Int64 }: SdkModule = await import(
  Bun.resolveSync("@smithy/core/event-streams", client)
);

function toSdk(header: HeaderValue): SdkHeader {
  switch (header.type) {
    case "long": {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, header.value);
      return { type: "long", value: new Int64(bytes) };
    }
    case "timestamp":
      return { type: "timestamp", value: new Date(header.value) };
    case "boolean":
    case "byte":
    case "short":
    case "integer":
    case "binary":
    case "string":
    case "uuid":
      return header;
  }
}

const header: fc.Arbitrary<HeaderValue> = fc.oneof(
  fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }),
  fc.record({ type: fc.constant("byte" as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({
    type: fc.constant("short" as const),
    value: fc.integer({ min: -32768, max: 32767 }),
  }),
  fc.record({ type: fc.constant("integer" as const), value: fc.integer() }),
  fc.record({
    type: fc.constant("long" as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant("binary" as const), value: fc.uint8Array() }),
  fc.record({
    type: fc.constant("string" as const),
    value: fc
      .string({ unit: "grapheme" })
      .filter((text) => text.isWellFormed() && !text.startsWith("\ufeff")),
  }),
  fc.record({ type: fc.constant("timestamp" as const), value: fc.integer({ min: 0, max: 4e12 }) }),
  fc.record({ type: fc.constant("uuid" as const), value: fc.uuid() }),
);

test("any message has the bytes that AWS's own codec writes, and each reads the other's", () => {
  const codec = new EventStreamCodec(
    (bytes) => new TextDecoder().decode(bytes),
    (text) => new TextEncoder().encode(text),
  );
  const headers = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[:a-z-]{1,20}$/), header), {
    selector: ([name]) => name,
    maxLength: 8,
  });
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 500 }), (pairs, payload) => {
      const message: Message = { kind: "message", headers: new Map(pairs), payload };
      const theirs = codec.encode({
        headers: Object.fromEntries(pairs.map(([name, value]) => [name, toSdk(value)])),
        body: payload,
      });
      expect(encodeMessage(message)).toEqual(theirs);
      expect(decodeMessage(theirs)).toEqual({ ok: true, value: message });
      expect(codec.decode(encodeMessage(message)).body).toEqual(payload);
    }),
    { numRuns: 300 },
  );
});
