// Tools and arguments in forms that another dialect takes (translation.md B.3, B.4, B.5).
import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import type { Req } from "../../../src/ir/request.ts";
import { answerTool } from "../../../src/protocols/kit/answer-tool.ts";
import { argumentsOf } from "../../../src/protocols/kit/arguments.ts";
import { objectPieces } from "../../../src/protocols/kit/object-pieces.ts";
import { objectSchema } from "../../../src/protocols/kit/object-schema.ts";
import { NAME_64, toolNames } from "../../../src/protocols/kit/tool-names.ts";
import { wrapTool } from "../../../src/protocols/kit/wrapped-tool.ts";
import { jsonText } from "../../../src/lib/json.ts";

function schemaOf(text: string): NonNullable<ReturnType<typeof jsonText>> {
  const schema = jsonText(text);
  if (schema === undefined) throw new Error("no JSON");
  return schema;
}

test.each([
  ["", "{}"],
  [" null ", "{}"],
  ['{"n":1.0}', '{"n":1.0}'],
  ["[1]", '{"value":[1]}'],
  ['"a"', '{"value":"a"}'],
  ['{"a":', '{"__raw":"{\\"a\\":"}'],
])("arguments %p are %s", (text, expected) => {
  expect(printJson(argumentsOf(text))).toBe(expected as never);
});

test("an object goes out as it comes, anything else waits for its end", () => {
  const pieces = objectPieces(false);
  expect([pieces.push(" "), pieces.push('{"a"'), pieces.push(":1}"), pieces.end()]).toEqual([
    "",
    '{"a"',
    ":1}",
    "",
  ]);
  const list = objectPieces(false);
  expect([list.push("[1"), list.push("]"), list.end()]).toEqual(["", "", '{"value":[1]}']);
  expect(objectPieces(false).end()).toBe("{}");
});

test("free text becomes one member, escaped piece by piece", () => {
  const pieces = objectPieces(true);
  const whole = pieces.push('say "a"') + pieces.push("\n") + pieces.end();
  expect(JSON.parse(whole)).toEqual({ input: 'say "a"\n' });
  expect(objectPieces(true).end()).toBe('{"input":""}');
});

test.each([
  [undefined, { type: "object", properties: {} }],
  ["{}", { type: "object", properties: {} }],
  ["true", { type: "object", properties: {} }],
  ['{"properties":{"a":{}}}', { type: "object", properties: { a: {} } }],
  ['{"type":"object","required":["a"]}', { type: "object", required: ["a"] }],
])("parameters %p are an object", (text, expected) => {
  const schema = objectSchema(text === undefined ? undefined : schemaOf(text));
  expect(JSON.parse(printJson(schema))).toEqual(expected);
});

test("a free-form tool is a function with one string, and tells its grammar", () => {
  const wrapped = wrapTool({
    kind: "custom",
    name: "sql",
    description: "Runs it.",
    format: schemaOf('{"type":"grammar"}'),
    path: "/tools/0",
  });
  expect(wrapped.description).toBe(
    'Runs it.\nThe input must follow this format: {"type":"grammar"}',
  );
  expect(wrapped.schema).toMatchObject({ type: "object", required: ["input"] });
  expect(wrapTool({ kind: "custom", name: "a", path: "/tools/0" }).description).toBeUndefined();
});

const REQUEST: Req = {
  model: "m",
  stream: false,
  turns: [],
  tools: [{ kind: "function", name: "response", path: "/tools/0" }],
  sampling: {},
  output: { format: { kind: "schema", schema: schemaOf('{"type":"object"}') } },
  cache: {},
  identity: {},
  ext: [],
  options: {},
  uses: [],
  source: "elsewhere",
};

function answer(request: Req, isThinking = false, jsonSchema = false) {
  const names = toolNames([], NAME_64);
  const capabilities = { jsonSchema };
  const target = { model: "m", stream: false, vendor: "v", capabilities, profile: {} };
  return answerTool({ request, target, isOwn: false, names }, isThinking);
}

test("a schema that the model does not take is the parameters of a tool of its own name", () => {
  expect(answer(REQUEST)?.name).toBe("response_2");
});

test("no such tool where it cannot be forced, or is not needed", () => {
  expect(answer(REQUEST, true)).toBeUndefined();
  expect(answer(REQUEST, false, true)).toBeUndefined();
  expect(answer({ ...REQUEST, toolChoice: { kind: "any" } })).toBeUndefined();
  const list = { kind: "schema", schema: schemaOf('{"type":"array"}') } as const;
  expect(answer({ ...REQUEST, output: { format: list } })).toBeUndefined();
});
