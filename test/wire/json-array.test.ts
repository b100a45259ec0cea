import { expect, test } from "bun:test";
import fc from "fast-check";
import { utf8 } from "../../src/lib/bytes.ts";
import { jsonArrayDeframer, jsonArrayFramer } from "../../src/wire/json-array.ts";

const MAX = { maxSize: 1024 * 1024 };

function read(chunks: readonly Uint8Array[]): string[] {
  const deframer = jsonArrayDeframer(MAX);
  const seen: string[] = [];
  for (const chunk of chunks) {
    const pushed = deframer.push(chunk);
    if (!pushed.ok) throw new Error(pushed.error.message);
    for (const frame of pushed.value) if (frame.kind === "element") seen.push(frame.text);
  }
  if (!deframer.end().ok) throw new Error("not closed");
  return seen;
}

test("elements come out verbatim, whole or byte by byte, with any white space between", () => {
  const text = '[{"a": "}]\\"{"}\r\n,\r\n{"b":[{"c":1}, 2]} ,{}\n]\n';
  const elements = ['{"a": "}]\\"{"}', '{"b":[{"c":1}, 2]}', "{}"];
  expect(read([utf8(text)])).toEqual(elements);
  expect(read([...utf8(text)].map((byte) => Uint8Array.of(byte)))).toEqual(elements);
});

test.each([
  '{"a":1}',
  "[1]",
  '[{"a":1}]]',
  "nonsense",
  '[{"a":1}{"b":2}]',
  '[,{"a":1}]',
  '[{"a":1},,{"b":2}]',
  '[{"a":1},]',
  "[[]]",
])("%s is malformed", (text) => {
  expect(jsonArrayDeframer(MAX).push(utf8(text)).ok).toBe(false);
});

test("an array that is not closed is truncated", () => {
  const deframer = jsonArrayDeframer(MAX);
  deframer.push(utf8('[{"a":1}'));
  expect(deframer.end()).toMatchObject({ error: { kind: "truncated" } });
});

test("an element above the cap is refused", () => {
  const deframer = jsonArrayDeframer({ maxSize: 10 });
  expect(deframer.push(utf8('[{"a":"0123456789'))).toMatchObject({ error: { kind: "too-large" } });
});

test("an element above the cap is refused also when it comes whole", () => {
  const deframer = jsonArrayDeframer({ maxSize: 10 });
  expect(deframer.push(utf8('[{"a":1},{"a":"0123456789"}]'))).toMatchObject({
    error: { kind: "too-large" },
  });
});

test("strings keep their brackets, quotes and escapes wherever the bytes are cut", () => {
  const elements = ['{"a":"\\\\"}', '{"a":"\\"}{"}', '{"é":["]",{"b":"\\\\\\""}]}'];
  const bytes = utf8(`[${elements.join(" ,\n")}]`);
  for (let cut = 0; cut <= bytes.byteLength; cut++) {
    expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(elements);
  }
});

test("a huge element in tiny pieces is read in time that grows with its size alone", () => {
  const element = `{"a":"${"x".repeat(512 * 1024)}"}`;
  const bytes = utf8(`[${element}]`);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.byteLength; from += 8)
    pieces.push(bytes.subarray(from, from + 8));
  expect(read(pieces)).toEqual([element]);
});

test("what is written is an array of exactly the elements", () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (values) => {
      const framer = jsonArrayFramer();
      const pieces = values.map((value) =>
        framer.frame({ kind: "element", text: JSON.stringify(value) }),
      );
      const text = new TextDecoder().decode(Buffer.concat([...pieces, framer.end()]));
      expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(values));
      expect(read([utf8(text)])).toEqual(values.map((value) => JSON.stringify(value)));
    }),
  );
});
