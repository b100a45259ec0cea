import { expect, test } from "bun:test";
import { jsonFault } from "../../src/lib/json-fault.ts";

test.each([
  ['{"a": [1, 2,]}', "expected a value, found ]}", 12],
  ['{"a": 1,}', "expected a member's name in double quotes, found }", 8],
  ["{'a': 1}", "expected a member's name in double quotes, or }, found 'a': 1}", 1],
  ['{"a" 1}', "expected a colon, found 1}", 5],
  ['{"a": 1 "b": 2}', 'expected a comma or the end of the list, found "b": 2}', 8],
  ['{"a": tru}', "expected a value, found tru}", 6],
  ['{"a": 01}', "expected a value, found 01}", 6],
  ['["a\nb"]', 'expected a value or ], found "a', 1],
  ['[1, "\\x"]', 'expected a value, found "\\x"]', 4],
  ["[1] x", "expected nothing after the document, found x", 4],
  ['{"a": [1', "expected a comma or the end of the list, but it ends", 8],
  ["", "expected a value, but it ends", 0],
  ["[1}", "expected a comma or the end of the list, found }", 2],
])("%s", (text, message, offset) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(jsonFault(text)).toEqual({ message, offset });
});

test.each(["1", ' {"a":[true,false,null,-0.5e+3,"\\u00e9\\"",{},[]]} ', '"x"', "[[[]]]"])(
  "%s is JSON",
  (text) => {
    JSON.parse(text);
    expect(jsonFault(text)).toBeUndefined();
  },
);

test("a long text is passed over once", () => {
  const long = `[${'"x\\n",'.repeat(200_000)}`;
  expect(jsonFault(long)?.offset).toBe(long.length);
});

test("it agrees with the engine on what is JSON, however a text is damaged", () => {
  const texts = ['{"a":[1,2,{"b":"x\\n"}],"c":null}', '[1,-2.5e3,true,"\\u00e9"]'];
  const pieces = ["", ",", '"', "}", "]", "1", " ", "x", "\\"];
  for (const text of texts) {
    for (let at = 0; at <= text.length; at += 1) {
      for (const piece of pieces) {
        for (const gone of [0, 1, 2]) {
          const damaged = text.slice(0, at) + piece + text.slice(at + gone);
          expect([damaged, jsonFault(damaged) === undefined]).toEqual([damaged, isJson(damaged)]);
        }
      }
    }
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
