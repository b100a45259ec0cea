import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  asArray,
  asBoolean,
  asNumber,
  asRecord,
  asString,
  jsonText,
  member,
  parseJson,
  printJson,
  raw,
  type Json,
  type JsonDocument,
} from "../../src/lib/json.ts";
import { locate } from "../../src/lib/json-spans.ts";
import { isRespelt } from "../../src/lib/json-survey.ts";

function parse(text: string): JsonDocument {
  const document = parseJson(text);
  if (!document.ok) throw new Error(document.error.message);
  return document.value;
}

describe("parsing", () => {
  test("agrees with JSON.parse on every value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parse(text).root).toEqual(JSON.parse(text));
      }),
    );
  });

  test("ten thousand levels are an error with its place, not a stack overflow", () => {
    expect(parseJson("[".repeat(10_000))).toEqual({
      ok: false,
      error: { message: "nested deeper than 512 levels", offset: 512 },
    });
    expect(parseJson("[[]]", 1).ok).toBe(false);
    expect(parseJson('["[[[["]', 1).ok).toBe(true);
  });

  test.each(["", "{", '{"a":tru}', "[1,]", "01", '"\\x"'])("%p is an error", (text) => {
    expect(parseJson(text).ok).toBe(false);
  });

  test("__proto__ is data and touches no prototype, on both paths", () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":1},"n":1.0}']) {
      const root = asRecord(parse(text).root);
      expect(Object.keys(root ?? {})).toContain("__proto__");
      expect(member(root ?? {}, "__proto__")).toEqual({ polluted: 1 });
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    }
  });
});

describe("the source's spelling", () => {
  const SPELT = [
    '{"2":1,"1":2}',
    '{"a":12345678901234567890}',
    "[1.0,1e5,-0]",
    '{"k": [ 1.50 ]}',
    '{"\\u0031":0,"0":1}',
  ];

  test.each(SPELT)("%s stays as it is", (inner) => {
    const document = parse(`{"args": ${inner}, "other":true}`);
    const args = asRecord(document.root)?.["args"] ?? null;
    expect(String(document.textOf(args))).toBe(inner);
  });

  test("numbers that are members keep their digits", () => {
    const document = parse('{"seed":12345678901234567890,"t":0.70,"s":"x"}');
    const root = asRecord(document.root) ?? {};
    expect(document.numberText(root, "seed") as string).toBe("12345678901234567890");
    expect(document.numberText(root, "t") as string).toBe("0.70");
    expect(document.numberText(root, "s")).toBeUndefined();
    expect(parse('{"n":7}').numberText({ n: 7 }, "n") as string | undefined).toBe("7");
  });

  test("whatever the value, its text parses to the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const document = parse(JSON.stringify([value, { "1": 1 }]));
        const [first = null] = asArray(document.root) ?? [];
        expect(JSON.parse(document.textOf(first))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("the survey", () => {
  test.each([
    ['{"a":[1,2.5,"x"],"b":{"c":null}}', false],
    ['{"a":"1.0 and \\"2\\": 3"}', false],
    ['{"1":0}', true],
    ['{"1" \n:0}', true],
    ['["1",2]', false],
    ['{"\\u0031":0}', true],
    ['{"__proto__":0,"a":1}', false],
    ["[1.0]", true],
    ["[1E2]", true],
    ["[1e21]", true],
    ["[1e+21]", false],
    ["[-0]", true],
    ["[123456789012345678]", true],
    ["[123456789012345]", false],
    ["[0.1,-7]", false],
  ])("%s is respelt: %p", (text, respelt) => {
    expect(isRespelt(text)).toBe(respelt);
    // The law: what is not respelt prints as it was.
    if (!respelt) expect(JSON.stringify(JSON.parse(text))).toBe(text);
  });

  test("numbers that are not respelt print as they were", () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(number, (spelt) => {
        expect(isRespelt(`[${spelt}]`)).toBe(JSON.stringify([Number(spelt)]) !== `[${spelt}]`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the places of values", () => {
  /** JSON text with keys and white space drawn freely, duplicates included, not printed by anybody. */
  const { text } = fc.letrec<{ text: string; object: string; array: string; scalar: string }>(
    (tie) => ({
      text: fc.oneof({ maxDepth: 4 }, tie("scalar"), tie("object"), tie("array")),
      scalar: fc.constantFrom("1.0", "2", "-0", "1e5", "true", "null", '"}\\"]"', '""'),
      object: fc
        .array(
          fc.tuple(
            fc.constantFrom('"a"', '"b"', '"\\u0061"', '"1"', '"__proto__"'),
            fc.constantFrom("", " ", "\n\t"),
            tie("text"),
          ),
          { maxLength: 4 },
        )
        .map((members) => `{${members.map(([k, s, v]) => `${s}${k}${s}:${s}${v}${s}`).join(",")}}`),
      array: fc
        .array(tie("text"), { maxLength: 4 })
        .map((elements) => `[ ${elements.join(" , ")}]`),
    }),
  );

  test("each object and array is where its text parses to it, and so is each number", () => {
    fc.assert(
      fc.property(text, (drawn) => {
        const root: Json = JSON.parse(drawn);
        const places = locate(drawn, root);
        const check = (value: Json): void => {
          if (typeof value !== "object" || value === null) return;
          const span = places.ofNode(value);
          expect(JSON.parse(drawn.slice(span?.start, span?.end))).toEqual(value);
          const record = asRecord(value);
          for (const [key, inner] of Object.entries(value)) {
            check(inner);
            const number = record === undefined ? undefined : places.ofNumber(record, key);
            expect(number !== undefined).toBe(record !== undefined && typeof inner === "number");
            if (number !== undefined) {
              expect(Object.is(JSON.parse(drawn.slice(number.start, number.end)), inner)).toBe(
                true,
              );
            }
          }
        };
        check(root);
      }),
      { numRuns: 500 },
    );
  });

  test("of duplicates the last one's text is given, whatever the earlier ones were", () => {
    const document = parse('{"a":{"n":1.0,"x":[1.0]},"a":{"m":2.0},"b":[[1.0]],"b":[[2.0]]}');
    const root = asRecord(document.root) ?? {};
    const a = asRecord(root["a"]) ?? {};
    expect(document.textOf(a) as string).toBe('{"m":2.0}');
    expect(document.numberText(a, "n")).toBeUndefined();
    expect(document.numberText(a, "m") as string).toBe("2.0");
    expect(document.textOf(asArray(root["b"])?.[0] ?? null) as string).toBe("[2.0]");
  });

  test("a value of another document is printed", () => {
    expect(parse('{"a":1.0}').textOf({ b: 1 }) as string).toBe('{"b":1}');
  });
});

describe("narrowing", () => {
  test("each narrower takes its own type only", () => {
    const values = [null, true, 1, "s", [1], { a: 1 }];
    const taken = values.map((value) => [
      asRecord(value) !== undefined,
      asArray(value) !== undefined,
      asString(value) !== undefined,
      asNumber(value) !== undefined,
      asBoolean(value) !== undefined,
    ]);
    expect(taken.map((row) => row.indexOf(true))).toEqual([-1, 4, 3, 2, 1, 0]);
  });

  test("members of the prototype are not members", () => {
    expect(member({}, "constructor")).toBeUndefined();
    expect(member({}, "toString")).toBeUndefined();
    const record = asRecord(parse("{}").root) ?? {};
    for (const key of Object.getOwnPropertyNames(Object.prototype)) {
      const seen = [asRecord, asArray, asString, asNumber, asBoolean].map((as) => as(record[key]));
      expect(seen).toEqual([undefined, undefined, undefined, undefined, undefined]);
    }
  });

  test("only JSON text can be branded", () => {
    expect(jsonText("{}") as string | undefined).toBe("{}");
    expect(jsonText("{")).toBeUndefined();
  });
});

describe("printing", () => {
  test("agrees with JSON.stringify", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = JSON.parse(JSON.stringify(value));
        expect(printJson(copy)).toBe(JSON.stringify(copy));
      }),
    );
  });

  test("spliced text stays verbatim, and members without a value are left out", () => {
    const text = jsonText('{"2":1.0, "1":2}');
    if (text === undefined) throw new Error("not JSON");
    expect(printJson({ a: raw(text), b: undefined, c: [null, Number.NaN] })).toBe(
      '{"a":{"2":1.0, "1":2},"c":[null,null]}',
    );
  });
});
