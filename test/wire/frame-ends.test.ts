import { describe, expect, test } from "bun:test";
import { concat, utf8 } from "../../src/lib/bytes.ts";
import { encodeMessage, eventMessage } from "../../src/wire/eventstream.ts";
import { elementEnds, messageEnds, sseEnds, type EndFinder } from "../../src/wire/frame-ends.ts";

function feed(find: EndFinder, chunks: readonly string[]): (readonly number[])[] {
  return chunks.map((chunk) => {
    const ends = find(Buffer.from(chunk, "latin1"));
    if (!ends.ok) throw new Error(ends.error.message);
    return ends.value;
  });
}

/** Chunks, and for each of them where frames end in it, counted by hand. */
type Row = readonly [chunks: readonly string[], ends: readonly (readonly number[])[]];

describe("server-sent events", () => {
  const rows: readonly Row[] = [
    [["data: a\n\ndata: b\n\nda"], [[9, 18]]],
    [
      ["data: a\n", "\nda"],
      [[], [1]],
    ],
    // A blank line between events goes with the one behind it.
    [["a\n\n\nb\n\n"], [[3, 7]]],
    [["a\r\n\r\nb"], [[5]]],
    // A LF may still follow, so the end is known with the next byte only: at once before it, or after it.
    [
      ["a\r\r", "b"],
      [[], [0]],
    ],
    [
      ["a\r\n\r", "\nb"],
      [[], [1]],
    ],
    [
      ["a\r", "\n", "\r", "\n"],
      [[], [], [], [1]],
    ],
    [["a\r\rb\n\nc\n\r\nd"], [[3, 6, 10]]],
    [
      ["a\n", "", "\n"],
      [[], [], [1]],
    ],
  ];
  test.each([...rows])("ends in %j", (chunks, ends) => {
    expect(feed(sseEnds(), chunks)).toEqual([...ends]);
  });
});

describe("elements of an array", () => {
  const rows: readonly Row[] = [
    [['[{"a":1}, {}]'], [[8, 12]]],
    [
      ['[{"}', '"', ":0}"],
      [[], [], [3]],
    ],
    // The second quote is escaped, the third is not.
    [
      ['[{"\\', '"}', '":0}'],
      [[], [], [4]],
    ],
    [['[{"\\\\":0}'], [[9]]],
    [
      ['[{"\\', "", '\\":0}'],
      [[], [], [5]],
    ],
    [
      ['[{"a":{"b":"{"', "}", "}]"],
      [[], [], [1]],
    ],
  ];
  test.each([...rows])("ends in %j", (chunks, ends) => {
    expect(feed(elementEnds(), chunks)).toEqual([...ends]);
  });
});

describe("messages", () => {
  const message = encodeMessage(eventMessage("ping", "{}"));
  const size = message.byteLength;

  test("end where their preludes say, also when a prelude comes in pieces", () => {
    const find = messageEnds(1024);
    const three = concat([message, message, message]);
    expect(find(three.subarray(0, size + 5))).toEqual({ ok: true, value: [size] });
    expect(find(three.subarray(size + 5, size + 12))).toEqual({ ok: true, value: [] });
    expect(find(three.subarray(size + 12))).toEqual({
      ok: true,
      value: [size - 12, 2 * size - 12],
    });
  });

  test("above the cap are refused with their prelude", () => {
    expect(messageEnds(size - 1)(message.subarray(0, 12))).toMatchObject({
      error: { kind: "too-large" },
    });
  });

  test("with a corrupt prelude are refused", () => {
    const corrupt = message.slice();
    corrupt[0] = 1;
    expect(messageEnds(1024)(corrupt)).toMatchObject({ error: { kind: "malformed" } });
  });
});

test("a finder keeps nothing of the chunks, which may change afterwards", () => {
  const find = sseEnds();
  const chunk = utf8("a\n");
  find(chunk);
  chunk.fill(0);
  expect(find(utf8("\n"))).toEqual({ ok: true, value: [1] });
});
