// Structured outputs take a subset of JSON Schema
// (https://platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema limitations").
import { expect, test } from "bun:test";
import { jsonText, printJson, type JsonText } from "../../../src/lib/json.ts";
import { outputSchema } from "../../../src/protocols/anthropic/output-schema.ts";

function schemaText(text: string): JsonText {
  const json = jsonText(text);
  if (json === undefined) throw new Error(`not JSON: ${text}`);
  return json;
}

function fitted(text: string): { readonly schema: unknown; readonly changed: boolean } {
  const { schema, changed } = outputSchema(schemaText(text));
  return { schema: JSON.parse(printJson(schema)), changed };
}

test("a schema of the subset keeps its spelling", () => {
  const text =
    '{ "type":"object", "properties":{"n":{"type":"number","default":1.0}}, "additionalProperties":false }';
  const { schema, changed } = outputSchema(schemaText(text));
  expect(printJson(schema)).toBe(text);
  expect(changed).toBe(false);
});

test("objects are closed, at every depth", () => {
  const inner = { type: "object", properties: {} };
  const text = JSON.stringify({ type: "array", items: { anyOf: [inner, { type: "null" }] } });
  expect(fitted(text)).toEqual({
    schema: {
      type: "array",
      items: { anyOf: [{ ...inner, additionalProperties: false }, { type: "null" }] },
    },
    changed: true,
  });
});

test("bounds that are not enforced become words of the description", () => {
  expect(fitted('{"type":"integer","description":"Age","minimum":1.0,"maximum":9}').schema).toEqual(
    {
      type: "integer",
      description: "Age\nminimum: 1.0\nmaximum: 9",
    },
  );
});

test("a property that has a keyword's name is a property", () => {
  const schema = {
    type: "object",
    properties: { pattern: { type: "string", maxLength: 4 } },
    additionalProperties: false,
  };
  expect(fitted(JSON.stringify(schema)).schema).toEqual({
    ...schema,
    properties: { pattern: { type: "string", description: "maxLength: 4" } },
  });
});
