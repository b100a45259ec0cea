import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { concat, utf8 } from "../../src/lib/bytes.ts";
import { encodeMessage, eventMessage } from "../../src/wire/eventstream.ts";
import { splitter, type SplitFraming } from "../../src/wire/split.ts";

const CAP = 1024 * 1024;

function run(framing: SplitFraming, chunks: readonly Uint8Array[]) {
  const split = splitter(framing, CAP);
  const frames: string[] = [];
  const ready: Uint8Array[] = [];
  for (const chunk of chunks) {
    const pushed = split.push(chunk);
    if (!pushed.ok) throw new Error(pushed.error.message);
    ready.push(pushed.value.ready);
    frames.push(...pushed.value.frames.map((frame) => Buffer.from(frame).toString("latin1")));
    expect(concat(pushed.value.frames)).toEqual(pushed.value.ready);
  }
  const all = concat([...ready, split.rest()]);
  return { frames, rest: new TextDecoder().decode(split.rest()), all };
}

const MESSAGES = [eventMessage("a", '{"x":1}'), eventMessage("b", "{}")].map(encodeMessage);
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const CASES: readonly {
  name: string;
  framing: SplitFraming;
  bytes: Uint8Array;
  frames: readonly string[];
  rest: string;
}[] = [
  {
    name: "SSE with LF",
    framing: "sse",
    bytes: utf8(": c\n\ndata: a\ndata: b\n\ndata: cut"),
    frames: [": c\n\n", "data: a\ndata: b\n\n"],
    rest: "data: cut",
  },
  {
    name: "SSE with CRLF",
    framing: "sse",
    bytes: utf8("data: a\r\n\r\ndata: b\r\n\r\ndata"),
    frames: ["data: a\r\n\r\n", "data: b\r\n\r\n"],
    rest: "data",
  },
  {
    name: "SSE with CR and mixtures",
    framing: "sse",
    bytes: utf8("data: a\r\rdata: b\n\r\ndata: c\r\n\nx"),
    frames: ["data: a\r\r", "data: b\n\r\n", "data: c\r\n\n"],
    rest: "x",
  },
  {
    name: "AWS event stream",
    framing: "eventstream",
    bytes: concat([...MESSAGES, utf8("\0\0\0")]),
    frames: MESSAGES.map(latin),
    rest: "\0\0\0",
  },
  {
    name: "JSON array",
    framing: "json-array",
    bytes: utf8('[{"a":"}\\"{"}\r\n,\r\n{"b":[{"c":{}}]}\n]'),
    frames: ['[{"a":"}\\"{"}', '\r\n,\r\n{"b":[{"c":{}}]}'],
    rest: "\n]",
  },
];

describe.each([...CASES])("$name", ({ framing, bytes, frames, rest }) => {
  test("frames are whole and no byte is lost, whole or one byte at a time", () => {
    for (const chunks of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
      const seen = run(framing, chunks);
      expect(seen.frames).toEqual([...frames]);
      expect(seen.rest).toBe(rest);
      expect(seen.all).toEqual(bytes);
    }
  });

  test("nor however else it is cut", () => {
    const cuts = fc.array(fc.nat({ max: bytes.byteLength }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, (given) => {
        const edges = [0, ...given.sort((a, b) => a - b), bytes.byteLength];
        const chunks = edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
        const seen = run(framing, chunks);
        expect(seen.frames).toEqual([...frames]);
        expect(seen.all).toEqual(bytes);
      }),
    );
  });
});

test.each([
  ["that grows", ["data: 01", "23456789"]],
  ["that comes whole", ["data: 0123456789\n\n"]],
  ["behind a small one", ["x\n\n", "data: 0123456789\n\n"]],
])("a frame above the cap %s is refused", (_name, chunks) => {
  const split = splitter("sse", 10);
  const results = chunks.map((chunk) => split.push(utf8(chunk)));
  expect(results.slice(0, -1).every((result) => result.ok)).toBe(true);
  expect(results.at(-1)).toMatchObject({ ok: false, error: { kind: "too-large" } });
});

test("a large frame in many small chunks is cut in time that grows with its size alone", () => {
  // Eight megabytes in pieces of 256 bytes would take minutes if each piece were joined to all before it.
  const size = 8 * 1024 * 1024;
  const bytes = utf8(`data: ${"x".repeat(size)}\n\ndata: y\n\nda`);
  const split = splitter("sse", 2 * size);
  const seen: number[] = [];
  for (let from = 0; from < bytes.byteLength; from += 256) {
    const pushed = split.push(bytes.subarray(from, from + 256));
    if (!pushed.ok) throw new Error(pushed.error.message);
    seen.push(...pushed.value.frames.map((frame) => frame.byteLength));
  }
  expect(seen).toEqual([size + 8, 9]);
  expect(split.rest().byteLength).toBe(2);
});

test("what was handed out stays as it was when more comes", () => {
  const split = splitter("sse", CAP);
  split.push(utf8("data: first"));
  const first = split.push(utf8(" half\n\ndata: se"));
  split.push(utf8("cond\n\ndata: third"));
  split.push(utf8("!\n\n"));
  if (!first.ok) throw new Error(first.error.message);
  expect(new TextDecoder().decode(first.value.ready)).toBe("data: first half\n\n");
});

test("a corrupt prelude is noticed", () => {
  const bytes = encodeMessage(eventMessage("a", "{}"));
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  expect(splitter("eventstream", CAP).push(bytes).ok).toBe(false);
});
