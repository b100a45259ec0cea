import { expect, test } from "bun:test";
import { utf8 } from "../../src/lib/bytes.ts";
import { createScanner } from "../../src/wire/json-scanner.ts";

test("a walk gives the place of each key and value", () => {
  const text = ' {"a" : [1, {"b":"}"}] ,"c":"x\\"y"} ';
  const scanner = createScanner(utf8(text), 10);
  expect(scanner.start()).toBe(1);
  const spans: string[] = [];
  for (let key = scanner.openObject(); key !== undefined; key = scanner.nextKey()) {
    const value = scanner.value();
    spans.push(text.slice(key.start, key.end), text.slice(value?.start, value?.end));
  }
  expect(spans).toEqual(['"a"', '[1, {"b":"}"}]', '"c"', '"x\\"y"']);
  expect(scanner.finish()).toBeUndefined();
});

test("the first error is the one that is told, with its place in bytes", () => {
  const scanner = createScanner(utf8('{"é":tru, x'), 10);
  scanner.start();
  scanner.openObject();
  expect(scanner.value()).toBeUndefined();
  expect(scanner.nextKey()).toBeUndefined();
  expect(scanner.finish()).toEqual({ message: "unexpected character", offset: 6 });
});

test("a control character is found at every position of a string, short or long", () => {
  for (const length of [1, 3, 4, 5, 8, 31, 64]) {
    for (let at = 0; at < length; at++) {
      const inside = `${"x".repeat(at)}\u0001${"x".repeat(length - at - 1)}`;
      const scanner = createScanner(utf8(`"${inside}"`), 10);
      scanner.start();
      scanner.value();
      expect(scanner.finish()?.message).toBe("a control character stands in a string");
    }
  }
});
