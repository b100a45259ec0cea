// Settings of other dialects, written for Claude (translation.md B.5, B.6, B.10, B.11).
import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import type { ModelCapabilities } from "../../../src/protocols/protocol.ts";
import {
  assistant,
  call,
  CLAUDE,
  claude,
  encodeRequest,
  foreign,
  lossesOf,
  result,
  tool,
  user,
  thought,
  own,
  json,
  said,
} from "./harness.ts";

test("E210 the least that a request becomes: its limit is the model's own", () => {
  expect(encodeRequest(foreign({}), claude({ maxOutput: 64_000 })).body).toEqual({
    model: "claude-x",
    max_tokens: 64_000,
    messages: [{ role: "user", content: [said("hi")] }],
  });
  expect(encodeRequest(foreign({})).body["max_tokens"]).toBe(8192);
});

test("a limit beyond the model's is the model's", () => {
  const request = foreign({
    output: { maxTokens: 200_000 },
    uses: [{ id: "R54", path: "/max_tokens" }],
  });
  const encoded = encodeRequest(request, claude({ maxOutput: 64_000 }));
  expect(encoded.body["max_tokens"]).toBe(64_000);
  expect(lossesOf(encoded)).toEqual(["R54 D"]);
});

test("a stream is asked for where one is wanted", () => {
  expect(encodeRequest(foreign({}), { ...CLAUDE, stream: true }).body["stream"]).toBe(true);
});

const SAMPLED = [
  { id: "R47", path: "/temperature" },
  { id: "R48", path: "/top_p" },
  { id: "R49", path: "/top_k" },
] as const;

test.each([
  [
    "E212 E219 as they are",
    { temperature: 0.7, topP: 0.5, topK: 0 },
    {},
    { temperature: 0.7, top_p: 0.5, top_k: 0 },
    [],
  ],
  ["E211 too warm", { temperature: 1.7 }, {}, { temperature: 1 }, ["R47 D"]],
  [
    "E213 one of two",
    { temperature: 0, topP: 0.5 },
    { sampling: "one" },
    { temperature: 0 },
    ["R48 X"],
  ],
  ["one of one", { topP: 0.5 }, { sampling: "one" }, { top_p: 0.5 }, []],
  [
    "none",
    { temperature: 1, topP: 1, topK: 5 },
    { sampling: "none" },
    {},
    ["R47 X", "R48 X", "R49 X"],
  ],
] as const)("sampling: %s", (...row) => {
  const [, sampling, capabilities, sent, losses] = row;
  const uses = SAMPLED.filter(({ id }) =>
    id === "R47"
      ? "temperature" in sampling
      : id === "R48"
        ? "topP" in sampling
        : "topK" in sampling,
  );
  const encoded = encodeRequest(foreign({ sampling, uses }), claude(capabilities));
  const { temperature, top_p, top_k } = encoded.body;
  expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(sent);
  expect(lossesOf(encoded)).toEqual([...losses]);
});

test("E168 beside a budget only what the model takes is left", () => {
  const target = claude({ reasoning: "budget", maxOutput: 64_000 });
  const sampled = (sampling: object) => {
    const { temperature, top_p, top_k } = encodeRequest(
      foreign({ sampling, reasoning: { mode: "on", effort: "low" } }),
      target,
    ).body;
    return JSON.parse(JSON.stringify({ temperature, top_p, top_k })) as unknown;
  };
  expect(sampled({ temperature: 0.2, topP: 0.5, topK: 5 })).toEqual({});
  expect(sampled({ temperature: 1, topP: 0.97 })).toEqual({ temperature: 1, top_p: 0.97 });
});

test("any number of stop sequences, no blank one, none twice", () => {
  const request = foreign({
    output: { stop: ["a", "", "\n\n", "b", "a", "c", "d", "e"] },
    uses: [{ id: "R53", path: "/stop" }],
  });
  const encoded = encodeRequest(request);
  expect(encoded.body["stop_sequences"]).toEqual(["a", "b", "c", "d", "e"]);
  expect(lossesOf(encoded)).toEqual([]);
  expect(encoded.report.emulated).toEqual([{ id: "R53", path: "/stop" }]);
  expect(encoded.emulate).toEqual({ stop: ["\n\n"] });
});

test.each([
  ["budget", { mode: "on", effort: "medium" }, { type: "enabled", budget_tokens: 8192 }, undefined],
  ["budget", { mode: "on", budget: 5000 }, { type: "enabled", budget_tokens: 5000 }, undefined],
  ["adaptive", { mode: "on", effort: "max" }, { type: "adaptive" }, "max"],
  ["adaptive", { mode: "on", effort: "minimal" }, { type: "adaptive" }, "low"],
  // E163
  ["adaptive", { mode: "on", budget: 20_000 }, { type: "adaptive" }, "high"],
  [
    "adaptive",
    { mode: "on", display: "summary" },
    { type: "adaptive", display: "summarized" },
    undefined,
  ],
  [
    "adaptive",
    { mode: "on", display: "full" },
    { type: "adaptive", display: "summarized" },
    undefined,
  ],
  ["adaptive", { mode: "off" }, { type: "disabled" }, undefined],
  ["budget", { mode: "on", effort: "none" }, { type: "disabled" }, undefined],
  ["none", { mode: "on", effort: "low" }, undefined, undefined],
  ["none", { mode: "off" }, undefined, undefined],
  [undefined, { mode: "on", effort: "low" }, { type: "enabled", budget_tokens: 4096 }, undefined],
] as const)("reasoning on a model of kind %p: %j", (kind, reasoning, thinking, effort) => {
  const capabilities = { maxOutput: 64_000, ...(kind === undefined ? {} : { reasoning: kind }) };
  const { body } = encodeRequest(foreign({ reasoning }), claude(capabilities));
  expect(body["thinking"]).toEqual(thinking as never);
  expect(body["output_config"]).toEqual((effort === undefined ? undefined : { effort }) as never);
});

test("nothing said of reasoning stays nothing", () => {
  const { body } = encodeRequest(foreign({}), claude({ reasoning: "adaptive" }));
  expect(body["thinking"]).toBeUndefined();
  expect(body["output_config"]).toBeUndefined();
});

test("a word that the model does not know becomes the next weaker one", () => {
  const request = foreign({
    reasoning: { mode: "on", effort: "xhigh" },
    uses: [{ id: "R57", path: "/reasoning_effort" }],
  });
  const target = claude({ reasoning: "adaptive", efforts: ["low", "medium", "high", "max"] });
  const encoded = encodeRequest(request, target);
  expect(encoded.body["output_config"]).toEqual({ effort: "high" });
  expect(lossesOf(encoded)).toEqual(["R57 D"]);
});

test("E164 reasoning that cannot be switched off is made as little as can be", () => {
  const off = { reasoning: { mode: "off" } } as const;
  const opus = encodeRequest(
    foreign(off),
    claude({ reasoning: "adaptive", reasoningOff: "no" }),
  ).body;
  expect([opus["thinking"], opus["output_config"]]).toEqual([
    undefined,
    { effort: "low" },
  ] as never);
  const sonnet = encodeRequest(
    foreign(off),
    claude({ reasoning: "adaptive", reasoningOff: "between-tools" }),
  ).body;
  expect(sonnet["thinking"]).toEqual({ type: "between_tools" });
});

test.each([
  // The caller's limit stands, and the budget is below it.
  [5000, 8192, 4999],
  [1025, 8192, 1024],
  // Too small to think.
  [1024, 8192, undefined],
  // E162 our own limit leaves room for the answer.
  [undefined, 32_768, 27_904],
] as const)("E161 a limit of %p and a budget of %d", (maxTokens, budget, sent) => {
  const request = foreign({
    reasoning: { mode: "on", budget },
    output: maxTokens === undefined ? {} : { maxTokens },
  });
  const { body } = encodeRequest(request, claude({ reasoning: "budget", maxOutput: 32_000 }));
  expect(body["max_tokens"]).toBe(maxTokens ?? 32_000);
  expect(body["thinking"]).toEqual(
    (sent === undefined ? undefined : { type: "enabled", budget_tokens: sent }) as never,
  );
});

test("E162 a limit that nobody knows is made larger than the budget", () => {
  const { body } = encodeRequest(foreign({ reasoning: { mode: "on", budget: 20_000 } }));
  expect(body["max_tokens"]).toBe(24_096);
});

test("E171 E189 a turn of calls that lost its thinking switches thinking off, one that kept it does not", () => {
  const target = claude({ reasoning: "budget", maxOutput: 64_000 });
  const reasoning = { mode: "on", effort: "low" } as const;
  const after = (...blocks: readonly (Block | string)[]) =>
    encodeRequest(
      foreign({ reasoning, turns: [user("a"), assistant(...blocks), user(result("c"))] }),
      target,
    ).body["thinking"] !== undefined;
  const alien: Opaque = { ...own, vendor: "openai" };
  expect(after(call("c"))).toBe(false);
  expect(after(thought("x", alien), call("c"))).toBe(false);
  expect(after(thought("x", own), call("c"))).toBe(true);
  expect(after("text")).toBe(true);
});

test("R42 some JSON object is asked for in words", () => {
  const encoded = encodeRequest(
    foreign({
      output: { format: { kind: "json" } },
      uses: [{ id: "R42", path: "/response_format" }],
    }),
  );
  expect(encoded.body["system"]).toEqual([said("Answer with one JSON object and nothing else.")]);
  expect(lossesOf(encoded)).toEqual(["R42 D"]);
});

test("E152 a schema is fitted into what the model enforces", () => {
  const schema = json({
    type: "object",
    description: "d",
    properties: {
      n: { type: "integer", minimum: 1, maximum: 9 },
      // E089: a property that is called like a keyword.
      minimum: { type: "string" },
      list: {
        type: "array",
        items: { type: "object", properties: {}, additionalProperties: true },
      },
    },
  });
  const { body } = encodeRequest(foreign({ output: { format: { kind: "schema", schema } } }));
  expect(body["output_config"]).toEqual({
    format: {
      type: "json_schema",
      schema: {
        type: "object",
        description: "d",
        properties: {
          n: { type: "integer", description: "minimum: 1\nmaximum: 9" },
          minimum: { type: "string" },
          list: {
            type: "array",
            items: { type: "object", properties: {}, additionalProperties: false },
          },
        },
        additionalProperties: false,
      },
    },
  });
});

test("R43 a model without schemas is told the schema", () => {
  const schema = json({ type: "object" });
  const request = foreign({
    output: { format: { kind: "schema", schema } },
    uses: [{ id: "R43", path: "/response_format" }],
  });
  // A model that thinks cannot be made to call the tool that would carry the schema.
  const encoded = encodeRequest(
    { ...request, reasoning: { mode: "on", effort: "low" } },
    claude({ jsonSchema: false, reasoning: "budget" }),
  );
  expect(encoded.restore.answer).toBeUndefined();
  expect(encoded.body["system"]).toEqual([
    said(
      'Answer with one JSON object and nothing else. It must match this JSON Schema:\n{"type":"object"}',
    ),
  ]);
  expect(lossesOf(encoded)).toEqual(["R43 D"]);
});

test.each([
  [{ class: "auto", raw: "auto" }, "auto"],
  [{ class: "default", raw: "default" }, "standard_only"],
  [{ class: "priority", raw: "priority" }, "auto"],
  [{ class: "flex", raw: "flex" }, undefined],
] as const)("the tier %j is %p", (tier, word) => {
  expect(encodeRequest(foreign({ tier })).body["service_tier"]).toBe(word as never);
});

test("a user id is passed on, a very long one hashed", () => {
  const metadata = (id: string) =>
    encodeRequest(foreign({ identity: { user: id } })).body["metadata"];
  expect(metadata("u-1")).toEqual({ user_id: "u-1" });
  expect(metadata("u".repeat(300))).toEqual({
    user_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test("a schema that the model does not take is the input of a tool that it must call", () => {
  const schema = json({ type: "object", properties: { a: { type: "integer" } } });
  const request = foreign({
    output: { format: { kind: "schema", schema, name: "city", description: "A city." } },
    uses: [{ id: "R43", path: "/response_format" }],
  });
  const encoded = encodeRequest(request, claude({ jsonSchema: false }));
  expect(encoded.body).toMatchObject({
    tools: [
      {
        name: "city",
        description: "A city.",
        input_schema: { type: "object", properties: { a: { type: "integer" } } },
      },
    ],
    tool_choice: { type: "tool", name: "city", disable_parallel_tool_use: true },
  });
  expect(encoded.body["system"]).toBeUndefined();
  expect(encoded.restore.answer).toBe("city");
  expect(encoded.report).toEqual({
    losses: [],
    emulated: [{ id: "R43", path: "/response_format" }],
  });
});

test("beside real tools the model chooses between them and the answer, whose name is its own", () => {
  const schema = json({ type: "object" });
  const request = foreign({
    output: { format: { kind: "schema", schema, name: "city" } },
    tools: [tool("city")],
  });
  const encoded = encodeRequest(request, claude({ jsonSchema: false }));
  expect(encoded.body).toMatchObject({
    tools: [{ name: "city" }, { name: "city_2" }],
    tool_choice: { type: "any" },
  });
  expect(encoded.restore.answer).toBe("city_2");
  const chosen = { ...request, toolChoice: { kind: "named", name: "city" } } as const;
  expect(encodeRequest(chosen, claude({ jsonSchema: false })).body["tool_choice"]).toEqual({
    type: "tool",
    name: "city",
  });
});

const BINDING = {
  reasoning: "adaptive",
  reasoningOff: "no",
  bindsReasoning: true,
} as const satisfies ModelCapabilities;
const TURNS = [user("a"), assistant(thought("x", own), "b"), user("c")];

test("E338 a model that binds its reasoning to the words before it is told to drop what does not fit", () => {
  const bound = encodeRequest(foreign({ turns: TURNS }), claude(BINDING));
  expect(bound.body["thinking"]).toEqual({
    type: "adaptive",
    block_binding: { prefix_mismatch_behavior: "drop_block" },
  });
  expect(bound.headers).toEqual([["anthropic-beta", "thinking-binding-controls-2026-08-01"]]);
});

test("nothing is said of bindings where no reasoning is sent back, and to models that do not bind", () => {
  const without = encodeRequest(foreign({}), claude(BINDING));
  expect(without.body).not.toHaveProperty("thinking");
  expect(without.headers).toBeUndefined();
  const free = encodeRequest(foreign({ turns: TURNS }), claude({ reasoning: "adaptive" }));
  expect(free.headers).toBeUndefined();
});
