import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { concat } from "../../src/lib/bytes.ts";
import {
  decodeMessage,
  encodeMessage,
  eventMessage,
  eventStreamDeframer,
  eventStreamFramer,
  exceptionMessage,
  stringHeader,
} from "../../src/wire/eventstream.ts";
import type { Frame, HeaderValue } from "../../src/wire/frame.ts";
import { shared } from "../support/shared.ts";

const MAX = { maxSize: 16 * 1024 * 1024 };

// An empty message worked out by hand: length 16, no headers, CRC-32 of the first 8 bytes, CRC-32 of the first 12.
const EMPTY = Uint8Array.fromHex("000000100000000005c248eb7d98c8ff");

test("the empty message decodes to no headers and no payload, and encodes to the same 16 bytes", () => {
  const message = decodeMessage(EMPTY);
  expect(message).toEqual({
    ok: true,
    value: { kind: "message", headers: new Map(), payload: new Uint8Array(0) },
  });
  expect(message.ok && encodeMessage(message.value)).toEqual(EMPTY);
});

const path = shared("vectors", "eventstream", "vectors.json");
if (path !== undefined) {
  const vectors: {
    name: string;
    expectation: string;
    encoded_base64: string;
    headers?: Record<string, { type: string; value: unknown }>;
    body_base64?: string;
  }[] = JSON.parse(readFileSync(path, "utf8"));

  const plain = (value: HeaderValue): unknown => {
    switch (value.type) {
      case "binary":
        return { base64: value.value.toBase64() };
      case "timestamp":
        return { timestamp_ms: value.value };
      case "long": {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigInt64(0, value.value);
        return { int64_base64: bytes.toBase64() };
      }
      case "boolean":
      case "byte":
      case "short":
      case "integer":
      case "string":
      case "uuid":
        return value.value;
    }
  };

  describe("the event stream vectors", () => {
    test.each(vectors)("$name", (vector) => {
      const bytes = Uint8Array.fromBase64(vector.encoded_base64);
      const deframed = eventStreamDeframer(MAX).push(bytes);
      const message = decodeMessage(bytes);
      if (vector.expectation === "failure") {
        expect(message.ok).toBe(false);
        // A corrupt length can only be told once the bytes that it promises are there.
        expect(deframed.ok && deframed.value.length > 0).toBe(false);
        return;
      }
      if (!message.ok) throw new Error(message.error.message);
      const { headers, payload } = message.value;
      const seen = [...headers].map(([name, value]) => [
        name,
        { type: value.type, value: plain(value) },
      ]);
      expect(Object.fromEntries(seen)).toEqual(vector.headers ?? {});
      expect(payload.toBase64()).toBe(vector.body_base64 ?? "");
      expect(encodeMessage(message.value)).toEqual(bytes);
      expect(deframed).toEqual({ ok: true, value: [message.value] });
    });
  });
}

test("E008 messages are the same however the bytes are cut", () => {
  const messages = [
    eventMessage("contentBlockDelta", '{"delta":{"text":"grüß"},"p":"abcdef"}'),
    eventMessage("messageStop", '{"stopReason":"end_turn"}'),
    exceptionMessage("throttlingException", '{"message":"slow down"}'),
  ];
  const bytes = concat(messages.map(encodeMessage));
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: bytes.byteLength }), { maxLength: 8 }),
      (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.byteLength];
        const deframer = eventStreamDeframer(MAX);
        const frames: Frame[] = [];
        for (let i = 1; i < edges.length; i++) {
          const pushed = deframer.push(bytes.slice(edges[i - 1], edges[i]));
          if (!pushed.ok) throw new Error(pushed.error.message);
          frames.push(...pushed.value);
        }
        expect(frames).toEqual(messages);
        expect(deframer.end().ok).toBe(true);
      },
    ),
  );
});

test("every single corrupt byte is noticed", () => {
  const bytes = encodeMessage(eventMessage("messageStart", '{"role":"assistant"}'));
  for (let at = 0; at < bytes.byteLength; at++) {
    const corrupt = bytes.slice();
    corrupt[at] = (corrupt[at] ?? 0) ^ 0x10;
    expect(decodeMessage(corrupt).ok).toBe(false);
  }
});

test("bytes that end inside a message are truncated, not an end", () => {
  const deframer = eventStreamDeframer(MAX);
  deframer.push(EMPTY.subarray(0, 15));
  expect(deframer.end()).toMatchObject({ ok: false, error: { kind: "truncated" } });
});

test("a message above the cap is refused before it is buffered", () => {
  const bytes = encodeMessage(eventMessage("x", `"${"y".repeat(500)}"`));
  const deframer = eventStreamDeframer({ maxSize: 400 });
  expect(deframer.push(bytes.subarray(0, 12))).toMatchObject({
    ok: false,
    error: { kind: "too-large" },
  });
});

test("the type of an event and of an exception stand in their own headers", () => {
  expect(stringHeader(eventMessage("metadata", "{}"), ":event-type")).toBe("metadata");
  const exception = exceptionMessage("validationException", "{}");
  expect(stringHeader(exception, ":exception-type")).toBe("validationException");
  expect(stringHeader(exception, ":message-type")).toBe("exception");
});

test("comments, which keep other framings alive, write nothing", () => {
  expect(eventStreamFramer().frame({ kind: "comment", text: "ping" }).byteLength).toBe(0);
});
