// Residues and options find their places.
import { expect, test } from "bun:test";
import { jsonText, printJson, raw } from "../../../src/lib/json.ts";
import type { Residue } from "../../../src/ir/request.ts";
import { dotted, isWithin, pointer, segments } from "../../../src/protocols/kit/pointer.ts";
import { graft, mergeOptions, ownResidues, spells } from "../../../src/protocols/kit/residue.ts";

function residue(path: string, text: string, dialect = "d"): Residue {
  const checked = jsonText(text);
  if (checked === undefined) throw new Error(text);
  return { dialect, path, text: checked, id: "R00" };
}

const ROOT = { dialect: "d", depth: 0 };

test("a residue returns with its spelling, below records that may have to be made", () => {
  const draft = graft({ a: 1 }, [residue("/b", "1.0"), residue("/c/d", "[ 1 ]")], ROOT);
  expect(printJson(draft)).toBe('{"a":1,"b":1.0,"c":{"d":[ 1 ]}}');
});

test("other dialects' residues stay out", () => {
  expect(printJson(graft({}, [residue("/b", "1", "other")], ROOT))).toBe("{}");
  expect(ownResidues(undefined, "d")).toEqual([]);
});

test("the depth says how much of the pointer is above", () => {
  const place = { dialect: "d", depth: 2 };
  expect(printJson(graft({}, [residue("/messages/3/x", "1")], place))).toBe('{"x":1}');
  expect(spells([residue("/messages/3/x/y", "1")], place, "x")).toBe(true);
  expect(spells([residue("/messages/3/x/y", "1")], place, "y")).toBe(false);
});

test("E115 __proto__ is data", () => {
  const draft = graft({}, [residue("/__proto__", '{"polluted":1}')], ROOT);
  expect(printJson(draft)).toBe('{"__proto__":{"polluted":1}}');
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("a list or a spliced text cannot be extended", () => {
  expect(printJson(graft({ a: [1] }, [residue("/a/b", "1")], ROOT))).toBe('{"a":[1]}');
  const spliced = raw(residue("/", '{"x":1}').text);
  expect(printJson(graft({ a: spliced }, [residue("/a/b", "1")], ROOT))).toBe('{"a":{"x":1}}');
});

test("options go deep into records, replace anything else, and keep their spelling", () => {
  const options = residue("/", '{"a":{"y":1.0},"b":[2],"c":null,"n":12345678901234567890}').text;
  const merged = mergeOptions({ a: { x: 1 }, b: [1], d: 1 }, options);
  expect(printJson(merged)).toBe(
    '{"a":{"x":1,"y":1.0},"b":[2],"d":1,"c":null,"n":12345678901234567890}',
  );
  expect(mergeOptions({ a: 1 }, undefined)).toEqual({ a: 1 });
  expect(mergeOptions({ a: 1 }, residue("/", "[1]").text)).toEqual({ a: 1 });
});

test("pointers escape what they must, and read it back", () => {
  const path = pointer(pointer("", "a/b"), "c~d");
  expect(path).toBe("/a~1b/c~0d");
  expect(segments(path)).toEqual(["a/b", "c~d"]);
  expect(segments("")).toEqual([]);
  expect([
    isWithin("/a/b", "/a"),
    isWithin("/ab", "/a"),
    isWithin("/a", "/a"),
    isWithin("/a", ""),
  ]).toEqual([true, false, true, true]);
  expect(dotted("/messages/0/content/1/text")).toBe("messages[0].content[1].text");
});
