// The subset of JSON Schema that strict mode takes.
import { expect, test } from "bun:test";
import { jsonText } from "../../../src/lib/json.ts";
import { isStrictCompatible } from "../../../src/protocols/kit/strict-schema.ts";

const closed = (
  properties: unknown,
  required: readonly string[],
  more: Record<string, unknown> = {},
) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  ...more,
});

test.each([
  ["closed, all required", closed({ a: { type: "string" } }, ["a"])],
  [
    "nested in arrays and alternatives",
    closed(
      {
        a: { type: "array", items: closed({}, []) },
        b: { anyOf: [{ type: "null" }, closed({ c: {} }, ["c"])] },
      },
      ["a", "b"],
    ),
  ],
  [
    "with definitions",
    closed({ a: { $ref: "#/$defs/x" } }, ["a"], { $defs: { x: closed({}, []) } }),
  ],
  [
    "E089 with properties called like keywords",
    closed({ type: { type: "string" }, allOf: { type: "string" }, required: { type: "boolean" } }, [
      "type",
      "allOf",
      "required",
    ]),
  ],
])("%s is compatible", (_, schema) => {
  expect(isStrictCompatible(jsonText(JSON.stringify(schema)))).toBe(true);
});

test.each([
  ["E091 an optional property", closed({ a: {}, b: {} }, ["a"])],
  ["an open object", { type: "object", properties: {}, required: [] }],
  [
    "an open object deep inside",
    closed({ a: { type: "array", items: { type: "object" } } }, ["a"]),
  ],
  [
    "an open definition",
    closed({ a: { $ref: "#/$defs/x" } }, ["a"], { $defs: { x: { type: "object" } } }),
  ],
  ["a keyword that is not taken", closed({ a: { allOf: [{ type: "string" }] } }, ["a"])],
  ["alternatives at the root", { anyOf: [closed({}, [])] }],
  ["a root that is no object", { type: "string" }],
  ["a schema that is no schema", true],
  ["no JSON", undefined],
])("%s is not", (_, schema) => {
  expect(
    isStrictCompatible(schema === undefined ? undefined : jsonText(JSON.stringify(schema))),
  ).toBe(false);
});
