import { expect, test } from "bun:test";
import fc from "fast-check";
import { byteAt, byteQueue, concat, indexOf, startsWith, utf8 } from "../../src/lib/bytes.ts";

test("one piece is returned without a copy, several are joined in order", () => {
  const one = utf8("a");
  expect(concat([one])).toBe(one);
  expect(concat([utf8("a"), utf8(""), utf8("bc")])).toEqual(utf8("abc"));
  expect(concat([])).toEqual(new Uint8Array(0));
});

test("a byte beyond the end is -1", () => {
  expect([byteAt(utf8("a"), 0), byteAt(utf8("a"), 1)]).toEqual([97, -1]);
});

test("searching agrees with Buffer.indexOf", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 30 });
  const needle = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(text, needle, fc.nat({ max: 31 }), (haystack, wanted, from) => {
      const expected = from > haystack.length ? -1 : Buffer.from(haystack).indexOf(wanted, from);
      expect(indexOf(utf8(haystack), utf8(wanted), from)).toBe(expected);
    }),
  );
});

test("a prefix is found at its place only", () => {
  expect(startsWith(utf8("abc"), utf8("bc"), 1)).toBe(true);
  expect(startsWith(utf8("abc"), utf8("bcd"), 1)).toBe(false);
});

test("a queue gives back what was appended, however it is taken", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 9 })),
      fc.array(fc.nat({ max: 9 })),
      (chunks, takes) => {
        const queue = byteQueue();
        for (const chunk of chunks) queue.append(chunk);
        const all = concat(chunks);
        expect(queue.length()).toBe(all.byteLength);
        expect(Buffer.from(queue.peek())).toEqual(Buffer.from(all));
        const taken = takes.map((count) => queue.take(count));
        expect(Buffer.from(concat([...taken, queue.peek()]))).toEqual(Buffer.from(all));
      },
    ),
  );
});
