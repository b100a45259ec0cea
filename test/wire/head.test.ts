import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { concat, utf8 } from "../../src/lib/bytes.ts";
import {
  insertMember,
  scanHead,
  spliceString,
  spliceValue,
  type Head,
} from "../../src/wire/head.ts";
import { shared } from "../support/shared.ts";

const WANTED = new Set(["model", "stream", "n"]);

function scan(text: string | Uint8Array): ReturnType<typeof scanHead> {
  return scanHead(typeof text === "string" ? utf8(text) : text, { wanted: WANTED });
}

function head(text: string): Head {
  const scanned = scan(text);
  if (!scanned.ok) throw new Error(scanned.error.message);
  return scanned.value;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("finding members", () => {
  test("strings, booleans and other values at the top level are found, those below are not", () => {
    const text =
      ' {"messages":[{"model":"no","stream":true}], "stream" : true,\n"n":{"stream":1},"model":"gpt\\u002d4"}';
    const { members, object } = head(text);
    expect(object).toBe(true);
    expect(members.get("model")?.string).toBe("gpt-4");
    expect(members.get("stream")?.boolean).toBe(true);
    const start = text.indexOf('{"stream":1}');
    expect(members.get("n")).toEqual({ spans: [{ start, end: start + 12 }] });
  });

  test("an escaped key is recognised", () => {
    expect(head('{"mod\\u0065l":"x"}').members.get("model")?.string).toBe("x");
  });

  test("of duplicates the last one counts", () => {
    const { members } = head('{"model":"a","stream":true,"model":"b","stream":false}');
    expect(members.get("model")).toMatchObject({ string: "b", spans: [{}, {}] });
    expect(members.get("stream")?.boolean).toBe(false);
  });

  test("a document that is not an object has no members", () => {
    expect(head('["model"]')).toMatchObject({ object: false });
  });
});

describe("splicing", () => {
  test("E002 only the bytes of the model change: 1.0, long integers, duplicates and white space stay", () => {
    const text =
      '{ "model" : "fast" ,"t":1.0,"seed":12345678901234567890, "a":1,"a":2,\t"u":"é🎉"}';
    const member = head(text).members.get("model");
    if (member === undefined) throw new Error("no model");
    const spliced = spliceString(utf8(text), member, 'o"x');
    expect(new TextDecoder().decode(spliced)).toBe(text.replace('"fast"', '"o\\"x"'));
  });

  test("every duplicate is replaced", () => {
    const text = '{"model":"a","x":1,"model":"b"}';
    const member = head(text).members.get("model");
    if (member === undefined) throw new Error("no model");
    expect(new TextDecoder().decode(spliceValue(utf8(text), member, "null"))).toBe(
      '{"model":null,"x":1,"model":null}',
    );
  });

  test.each([
    ["{}", '{"model":"m"}'],
    [' { "a":1}', ' {"model":"m", "a":1}'],
  ])("a member can be inserted into %s", (text, expected) => {
    const inserted = insertMember(utf8(text), head(text), '"model":"m"');
    expect(new TextDecoder().decode(inserted)).toBe(expected);
  });
});

describe("validity", () => {
  test.each([
    '{"a":"x',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"tab\there and a long enough string"}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":-}',
    '{"a":1e}',
    '{"a":tru}',
    '{"a":1,}',
    '{"a" 1}',
    "{a:1}",
    '{"a":[1 2]}',
    '{"a":[1,]}',
    "{} {}",
    "",
    "[",
    '{"a":1',
  ])("%s is refused", (text) => {
    expect(scan(text).ok).toBe(false);
  });

  test("ten thousand levels are refused without a stack overflow", () => {
    expect(scan('{"a":'.repeat(10_000))).toMatchObject({
      ok: false,
      error: { message: "nested deeper than 512 levels" },
    });
    expect(scan(`{"a":${"[".repeat(400)}${"]".repeat(400)}}`).ok).toBe(true);
  });

  test("bytes that are not UTF-8 are refused, in short and in long strings", () => {
    for (const filler of ["", "x".repeat(100)]) {
      const bytes = utf8(`{"a":"${filler}?"}`);
      bytes[bytes.byteLength - 3] = 0xff;
      expect(scan(bytes).ok).toBe(false);
    }
  });

  // Strings are walked in steps of different sizes: each byte is tried at each place of each length.
  const SPECIAL: readonly (readonly [string, readonly number[]])[] = [
    ["a control character", [0x1f]],
    ["the lowest control character", [0x00]],
    ["a quote", [0x22]],
    ["an escaped quote", [0x5c, 0x22]],
    ["an escape", [0x5c, 0x75, 0x30, 0x30, 0x65, 0x39]],
    ["half an escape", [0x5c, 0x75, 0x30]],
    ["a backslash", [0x5c]],
    ["two bytes of UTF-8", [0xc3, 0xa9]],
    ["half a character", [0xc3]],
    ["the delete character", [0x7f]],
  ];
  test.each(SPECIAL)("agrees with JSON.parse on %s anywhere in a string", (_name, special) => {
    const strict = new TextDecoder("utf-8", { fatal: true });
    for (const length of [0, 1, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100]) {
      for (let at = 0; at <= length; at++) {
        const content = new Uint8Array(length).fill(0x78);
        const bytes = concat([
          utf8('{"a":"'),
          content.subarray(0, at),
          Uint8Array.from(special),
          content.subarray(at),
          utf8('"}'),
        ]);
        let text: string | undefined;
        try {
          text = strict.decode(bytes);
        } catch {
          text = undefined;
        }
        expect(scan(bytes).ok).toBe(text !== undefined && parses(text));
      }
    }
  });

  test("says where the first fault is", () => {
    expect(scan(`{"a":"${"x".repeat(50)}\t"}`)).toMatchObject({ error: { offset: 56 } });
    expect(scan('{"a":[1,{"b":2]}')).toMatchObject({ error: { offset: 14 } });
    expect(scan('{"a":1}x')).toMatchObject({ error: { offset: 7 } });
    expect(scan('{"a":"\\q"}')).toMatchObject({ error: { offset: 6 } });
  });

  test("a body that is all keys, or all duplicates, costs no more than its size", () => {
    // Work that grew with the square of the size would take minutes here.
    const keys = Array.from({ length: 200_000 }, (_, index) => `"k${index}":"0123456789"`);
    expect(head(`{${keys.join(",")}}`).members.size).toBe(0);
    const models = Array.from({ length: 300_000 }, (_, index) => `"model":"${index}"`);
    const model = head(`{${models.join(",")}}`).members.get("model");
    expect(model?.spans.length).toBe(300_000);
    expect(model?.string).toBe("299999");
  });

  test("agrees with JSON.parse on values and on damaged values", () => {
    const damaged = fc.record({
      value: fc.jsonValue({ maxDepth: 5 }),
      at: fc.nat(),
      patch: fc.string({ maxLength: 2 }),
      cut: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(damaged, ({ value, at, patch, cut }) => {
        const text = JSON.stringify({ model: value, stream: [value] });
        expect(scan(text).ok).toBe(true);
        const where = at % text.length;
        const broken = text.slice(0, where) + patch + text.slice(where + cut);
        // Lone surrogates cannot be written as UTF-8, so they never reach the scanner.
        if (broken.isWellFormed()) expect(scan(broken).ok).toBe(parses(broken));
      }),
      { numRuns: 2000 },
    );
  });
});

const folder = shared("vectors", "json");
if (folder !== undefined) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".json"),
  );
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  describe("JSONTestSuite", () => {
    test.each(files)("%s", (file) => {
      const bytes = new Uint8Array(readFileSync(join(folder, file)));
      const name = file.split("/").at(-1) ?? "";
      const scanned = scan(bytes).ok;
      if (name.startsWith("y_")) expect(scanned).toBe(true);
      else if (name.startsWith("n_")) expect(scanned).toBe(false);
      else {
        // Free to choose: as JSON.parse does, but for bytes that are not UTF-8 and for nesting beyond the cap.
        let text: string | undefined;
        try {
          text = strict.decode(bytes);
        } catch {
          text = undefined;
        }
        const deep = /^\[{500,}/.test(text ?? "");
        expect(scanned).toBe(text !== undefined && parses(text) && (!deep || text.length < 1100));
      }
    });
  });
}
