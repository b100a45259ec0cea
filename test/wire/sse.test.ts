import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { utf8 } from "../../src/lib/bytes.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { sseDeframer, sseFramer } from "../../src/wire/sse.ts";

const MAX = { maxSize: 16 * 1024 * 1024 };

function read(chunks: readonly Uint8Array[], options = MAX): Frame[] {
  const deframer = sseDeframer(options);
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    const pushed = deframer.push(chunk);
    if (!pushed.ok) throw new Error(pushed.error.message);
    frames.push(...pushed.value);
  }
  const last = deframer.end();
  if (last.ok) frames.push(...last.value);
  return frames;
}

const event = (data: string, name?: string): Frame => ({ kind: "sse", event: name, data });

// Cases from the WHATWG HTML standard, section 9.2.6.
const CASES: readonly (readonly [string, string, readonly Frame[]])[] = [
  ["LF line ends", "data: a\n\ndata: b\n\n", [event("a"), event("b")]],
  ["CRLF line ends", "data: a\r\n\r\ndata: b\r\n\r\n", [event("a"), event("b")]],
  ["CR line ends", "data: a\r\rdata: b\r\r", [event("a"), event("b")]],
  ["mixed line ends", "data: a\r\ndata: b\n\rdata: c\n\n", [event("a\nb"), event("c")]],
  ["a byte order mark", "\ufeffdata: a\n\n", [event("a")]],
  ["no space after the colon", "data:a\n\ndata:  b\n\n", [event("a"), event(" b")]],
  ["multi-line data", "data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]],
  ["comments and retry", ": hi\n\nretry: 10\ndata: x\n\n", [event("x")]],
  [
    "ids, each with its own event",
    "id: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n",
    [
      { kind: "sse", event: undefined, data: "x", id: "1" },
      event("y"),
      { kind: "sse", event: undefined, data: "z", id: "" },
    ],
  ],
  ["an id with a null character", "id: a\0b\ndata: x\n\n", [event("x")]],
  ["an empty name", "event:\ndata: x\n\n", [event("x")]],
  ["unknown fields", "Data: no\ndat: no\ndata : no\ndata: x\n\n", [event("x")]],
  ["a colon in the data", "data: a: b:c\n\n", [event("a: b:c")]],
  ["a name whose event has no data", "event: a\n\ndata: x\n\n", [event("x")]],
  ["a second byte order mark", "\ufeff\ufeffdata: a\n\ndata: b\n\n", [event("b")]],
  ["a field without a colon", "data\n\ndata\ndata\n\n", [event(""), event("\n")]],
  ["named events", "event: ping\ndata: {}\n\ndata: y\n\n", [event("{}", "ping"), event("y")]],
  ["an event without data", "event: nothing\n\ndata: z\n\n", [event("z")]],
  ["an event without its blank line", "data: a\n\ndata: cut", [event("a")]],
  ["multi-byte characters", "data: grüße 🎉 é\n\n", [event("grüße 🎉 é")]],
];

describe("reading", () => {
  test.each(CASES)("E004 E005 %s, whole and cut anywhere", (_name, text, frames) => {
    const bytes = utf8(text);
    expect(read([bytes])).toEqual([...frames]);
    expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([...frames]);
    for (let cut = 1; cut < bytes.byteLength; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([...frames]);
    }
  });

  test("comments are reported when asked for", () => {
    const deframer = sseDeframer({ ...MAX, comments: true });
    expect(deframer.push(utf8(": ping\n\n"))).toEqual({
      ok: true,
      value: [{ kind: "comment", text: "ping" }],
    });
    expect(deframer.push(utf8(":ping\n:  ping\n:\n"))).toEqual({
      ok: true,
      value: ["ping", " ping", ""].map((text) => ({ kind: "comment", text })),
    });
  });

  test("an event that is cut short is told apart from a clean end", () => {
    const cut = sseDeframer(MAX);
    cut.push(utf8("data: a\n"));
    expect(cut.end()).toMatchObject({ ok: false, error: { kind: "truncated" } });
    const clean = sseDeframer(MAX);
    clean.push(utf8("data: a\n\n"));
    expect(clean.end()).toEqual({ ok: true, value: [] });
  });

  test.each([
    ["one endless line", ["data: ", "x".repeat(60), "x".repeat(60)]],
    ["endless data lines", Array.from({ length: 30 }, () => "data: 12345\n")],
    ["endless empty data lines", Array.from({ length: 101 }, () => "data\n")],
  ])("%s is refused at the cap", (_name, pieces) => {
    const deframer = sseDeframer({ maxSize: 100 });
    const results = pieces.map((piece) => deframer.push(utf8(piece)));
    expect(results.at(-1)).toMatchObject({ ok: false, error: { kind: "too-large" } });
  });
});

test("a huge line in tiny pieces is read in time that grows with its size alone", () => {
  const bytes = utf8(`data: ${"x".repeat(4 * 1024 * 1024)}\n\n`);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.byteLength; from += 16)
    pieces.push(bytes.subarray(from, from + 16));
  const [only] = read(pieces);
  expect(only?.kind === "sse" && only.data.length).toBe(4 * 1024 * 1024);
});

test("what was written is read again, whatever the data", () => {
  const data = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\r"));
  const name = fc.option(fc.stringMatching(/^[a-z._]{1,20}$/), { nil: undefined });
  fc.assert(
    fc.property(fc.array(fc.record({ data, name, id: name }), { maxLength: 5 }), (events) => {
      const framer = sseFramer();
      const frames = events.map((entry): Frame => ({
        kind: "sse",
        event: entry.name,
        data: entry.data,
        ...(entry.id === undefined ? {} : { id: entry.id }),
      }));
      expect(read(frames.map((frame) => framer.frame(frame)))).toEqual(frames);
    }),
  );
});

test("a comment stands in a block of its own", () => {
  expect(new TextDecoder().decode(sseFramer().frame({ kind: "comment", text: "a\nb" }))).toBe(
    ": a b\n\n",
  );
});
