import { expect, test } from "bun:test";
import { callLedger, isMinted } from "../../../src/protocols/gemini/call-ledger.ts";
import { camelDocument } from "../../../src/protocols/gemini/camel.ts";
import { DIALECT } from "../../../src/protocols/gemini/dialect.ts";
import { enumWord, MODES } from "../../../src/protocols/gemini/enums.ts";
import { jsonSchemaOf } from "../../../src/protocols/gemini/openapi-decode.ts";
import { openApiOf } from "../../../src/protocols/gemini/openapi-encode.ts";
import { places } from "../../../src/protocols/gemini/places.ts";
import { encode } from "../../../src/protocols/gemini/request-encode.ts";
import { SENTINEL } from "../../../src/protocols/gemini/sentinel.ts";
import { jsonDocument, jsonText } from "../../support/json-text.ts";
import { foreign, requestOf, sent, targetWith } from "./harness.ts";

const said = (text: string): object => ({ parts: [{ text }] });
const call = (at: number): object => ({ functionCall: { name: "f", args: { at } } });
const answer = (output: string): object => ({
  functionResponse: { name: "f", response: { output } },
});

test("the dialect is named as the registry has it, and has a place for signatures", () => {
  expect([DIALECT, places.R62]).toEqual(["gemini", "N"]);
});

test("E046 contents without a role are the user's, the former role of functions brings results", () => {
  const { turns } = requestOf({
    contents: [
      said("hi"),
      { role: "model", parts: [call(1)] },
      { role: "function", parts: [answer("x")] },
    ],
  });
  expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(turns[2]?.blocks[0]?.kind).toBe("toolResult");
});

test("E125 two parallel calls of one function without ids are answered by order", () => {
  const { turns } = requestOf({
    contents: [
      { role: "model", parts: [call(1), call(2)] },
      { parts: [answer("one"), answer("two")] },
    ],
  });
  const ids = turns.map(({ blocks }) => blocks.map((block) => ("id" in block ? block.id : "")));
  expect(ids[1]).toEqual(ids[0] ?? []);
  expect(new Set(ids[0]).size).toBe(2);
});

test("E126 ids that were made up are the same on every turn, and never sent", () => {
  const [first, second] = [callLedger().call(undefined, "f"), callLedger().call(undefined, "f")];
  expect(first).toBe(second);
  expect(isMinted(first)).toBe(true);
  const body = { contents: [said("hi"), { role: "model", parts: [call(1)] }] };
  expect(JSON.stringify(sent(requestOf(body)))).not.toContain("gw_");
});

test("members in snake_case are read, and those of the caller left alone", () => {
  const document = jsonDocument('{"tool_config":{"a_b":1.0},"args":{"x_y":1}}');
  expect(camelDocument(document).root).toEqual({ toolConfig: { aB: 1 }, args: { x_y: 1 } });
});

test("E048 a model without instructions reads them in the first words of the user", () => {
  const turns = [
    {
      role: "system",
      place: "top",
      blocks: [{ kind: "text", text: "Be brief." }],
      path: "/system",
    },
    { role: "user", place: "inline", blocks: [{ kind: "text", text: "hi" }], path: "/messages/0" },
  ] as const;
  expect(sent(foreign({ turns }), { topSystem: false })).toEqual({
    contents: [{ role: "user", parts: [{ text: "Be brief." }, { text: "hi" }] }],
  });
});

const REF = jsonText(
  '{"type":"object","properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}}',
);

test("E085 references are inlined, and cut where they lead back into themselves", () => {
  const { text, fate } = openApiOf(REF);
  expect(fate).toBe("lossy");
  expect(JSON.parse(text)).toEqual({
    type: "OBJECT",
    properties: { a: { type: "OBJECT", properties: { next: { type: "OBJECT" } } } },
  });
});

test("E086 a model that takes JSON Schema gets it as it is", () => {
  const tools = [{ kind: "function", name: "f", schema: REF, path: "/tools/0" }] as const;
  const body = JSON.stringify(sent(foreign({ tools })));
  expect(body).toContain(`"parametersJsonSchema":${JSON.stringify(JSON.parse(REF))}`);
});

test("E087 listed values become words, and empty ones go", () => {
  const { text } = openApiOf(jsonText('{"enum":["a","",1]}'));
  expect(JSON.parse(text)).toEqual({ enum: ["a", "1"], type: "STRING" });
});

test("E088 a type that may be null is nullable, and back", () => {
  const { text, fate } = openApiOf(jsonText('{"type":["string","null"]}'));
  expect(JSON.parse(text)).toEqual({ nullable: true, type: "STRING" });
  expect(fate).toBe("same");
  expect(JSON.parse(jsonSchemaOf(text))).toEqual({ type: ["string", "null"] });
});

test("E104 hosted tools beside functions are left out for models that refuse both", () => {
  const tools = [
    { kind: "function", name: "f", path: "/tools/0" },
    {
      kind: "hosted",
      dialect: "x",
      service: "web-search",
      text: jsonText("{}"),
      id: "R25",
      path: "/tools/1",
    },
  ] as const;
  const { report } = encode(foreign({ tools }), targetWith({ hostedWithFunctions: false }));
  expect(report.losses).toEqual([{ id: "R25", path: "/tools/1", level: "X" }]);
});

test("E124 the whole object of a result is JSON elsewhere and the same object here", () => {
  const contents = [
    said("hi"),
    { role: "model", parts: [call(1)] },
    {
      role: "user",
      parts: [{ functionResponse: { name: "f", response: { status: "ok", n: 1 } } }],
    },
  ];
  const request = requestOf({ contents });
  const [result] = request.turns[2]?.blocks ?? [];
  expect(result).toMatchObject({ parts: [{ kind: "json", text: '{"status":"ok","n":1}' }] });
  expect(JSON.stringify(sent({ ...request, source: "elsewhere" }))).toContain(
    '"response":{"status":"ok","n":1}',
  );
});

const CALLS = [
  { role: "user", place: "inline", blocks: [{ kind: "text", text: "go" }], path: "/0" },
  {
    role: "assistant",
    place: "inline",
    path: "/1",
    blocks: ["a", "b"].map(
      (id) => ({ kind: "toolCall", id, name: "f", argsText: "{}", call: "function" }) as const,
    ),
  },
  {
    role: "user",
    place: "inline",
    path: "/2",
    blocks: ["b", "a"].map(
      (id) =>
        ({
          kind: "toolResult",
          id,
          parts: [{ kind: "text", text: `{"$ref":"${id}"}` }],
          isError: false,
        }) as const,
    ),
  },
] as const;

test("E123 a result that looks like JSON is sent as text", () => {
  expect(JSON.stringify(sent(foreign({ turns: CALLS })))).toContain('{"output":"{\\"$ref\\":');
});

test("E143 results are sent in the order of their calls", () => {
  const body = JSON.stringify(sent(foreign({ turns: CALLS })));
  const order = [...body.matchAll(/"functionResponse":\{"id":"(\w)"/g)].map(([, id]) => id);
  expect(order).toEqual(["a", "b"]);
});

test("E166 no effort is no budget, or the lowest level with a warning", () => {
  const request = foreign({
    reasoning: { mode: "off", effort: "none" },
    uses: [{ id: "R57", path: "/reasoning_effort" }],
  });
  expect(sent(request, { reasoning: "budget" })).toMatchObject({
    generationConfig: { thinkingConfig: { thinkingBudget: 0 } },
  });
  const { report } = encode(request, targetWith({ reasoning: "effort", efforts: ["low", "high"] }));
  expect(report.losses).toEqual([{ id: "R57", path: "/reasoning_effort", level: "D" }]);
});

test("E180 history of another model gets the sentinel on the first call of a turn only", () => {
  const body = JSON.stringify(sent(foreign({ turns: CALLS }), { needsSignatures: true }));
  expect(body.match(/skip_thought_signature_validator/g)?.length).toBe(1);
});

test("E179 a signature on the first of parallel calls is not copied to the others", () => {
  const parts = [{ ...call(1), thoughtSignature: "c2ln" }, call(2)];
  const request = requestOf({ contents: [said("hi"), { role: "model", parts }] });
  const body = JSON.stringify(sent({ ...request, source: "elsewhere" }, { needsSignatures: true }));
  expect(body.match(/thoughtSignature/g)?.length).toBe(1);
});

test("E178 signatures return each to its own part", () => {
  const parts = [
    { text: "mull", thought: true, thoughtSignature: "YQ==" },
    { text: "hello", thoughtSignature: "Yg==" },
    { functionCall: { id: "x", name: "f", args: {} }, thoughtSignature: "Yw==" },
    { text: "", thoughtSignature: "ZA==" },
  ];
  const request = requestOf({ contents: [said("hi"), { role: "model", parts }] });
  const body = sent({ ...request, source: "elsewhere" });
  expect(body).toMatchObject({ contents: [{}, { role: "model", parts }] });
});

test("references that hold several more each do not grow without end", () => {
  const levels = Array.from({ length: 24 }, (_, level) => {
    const next = level === 23 ? { type: "string" } : { $ref: `#/$defs/d${level + 1}` };
    return [`d${level}`, { type: "object", properties: { a: next, b: next } }] as const;
  });
  const schema = { $ref: "#/$defs/d0", $defs: Object.fromEntries(levels) };
  const { text, fate } = openApiOf(jsonDocument(JSON.stringify(schema)).textOf(schema));
  expect(fate).toBe("lossy");
  expect(text.length).toBeLessThan(200_000);
});

test.each([SENTINEL, "context_engineering_is_the_way_to_go"])(
  "the word for no signature is no proof that could be lost: %s",
  (thoughtSignature) => {
    const { turns, uses } = requestOf({
      contents: [said("hi"), { role: "model", parts: [{ ...call(1), thoughtSignature }] }],
    });
    expect(turns[1]?.blocks).toMatchObject([{ kind: "toolCall", name: "f" }]);
    expect(turns[1]?.blocks[0]).not.toHaveProperty("opaque");
    expect(uses.map(({ id }) => id)).not.toContain("R62");
  },
);

test("types by their numbers, as clients made from the protocol's own definition send them, are types", () => {
  const schema = '{"type":6,"properties":{"a":{"type":1},"b":{"type":5,"items":{"type":3}}}}';
  expect(JSON.parse(jsonSchemaOf(jsonText(schema)))).toEqual({
    type: "object",
    properties: { a: { type: "string" }, b: { type: "array", items: { type: "integer" } } },
  });
});

test("a choice and the forms of an answer may be numbers as well", () => {
  const request = requestOf({
    contents: [said("hi")],
    tools: [{ functionDeclarations: [{ name: "f" }] }],
    toolConfig: { functionCallingConfig: { mode: 2 } },
    generationConfig: { responseModalities: [1, 2] },
  });
  expect(request.toolChoice).toEqual({ kind: "any" });
  expect(request.output.modalities).toEqual(["image"]);
  expect(enumWord("AUTO", MODES)).toBe("AUTO");
});
