// Tools of other dialects, written for Claude (translation.md B.3).
import { expect, test } from "bun:test";
import type { ToolDef } from "../../../src/ir/request.ts";
import {
  assistant,
  CLAUDE,
  claude,
  encodeRequest,
  foreign,
  lossesOf,
  result,
  user,
  tool,
  json,
} from "./harness.ts";

test.each([
  [undefined, { type: "object", properties: {} }],
  [json({}), { type: "object", properties: {} }],
  [json({ properties: { a: {} } }), { type: "object", properties: { a: {} } }],
  [json({ type: "object", required: ["a"] }), { type: "object", required: ["a"] }],
])("E080 the parameters %p are sent as %j", (schema, sent) => {
  const { body } = encodeRequest(
    foreign({ tools: [tool("f", schema === undefined ? {} : { schema })] }),
  );
  expect(body["tools"]).toEqual([{ name: "f", input_schema: sent }]);
});

test("a function with all that can be said of it", () => {
  const { body } = encodeRequest(
    foreign({
      tools: [
        tool("f", {
          description: "d",
          examples: [json({ a: 1 })],
          strict: true,
          schema: json({
            type: "object",
            properties: { a: { type: "number" } },
            required: ["a"],
            additionalProperties: false,
          }),
          cache: { ttl: "1h" },
        }),
      ],
    }),
  );
  expect(body["tools"]).toEqual([
    {
      name: "f",
      description: "d",
      input_schema: {
        type: "object",
        properties: { a: { type: "number" } },
        required: ["a"],
        additionalProperties: false,
      },
      strict: true,
      input_examples: [{ a: 1 }],
      cache_control: { type: "ephemeral", ttl: "1h" },
    },
  ]);
});

test("strict is only passed on where the schema allows it", () => {
  const schema = json({ type: "object", properties: { a: {} } });
  const encoded = encodeRequest(foreign({ tools: [tool("f", { strict: true, schema })] }));
  expect(encoded.text).not.toContain("strict");
  expect(lossesOf(encoded)).toEqual(["R21 X"]);
});

test("E084 names are fitted alike everywhere, and come back", () => {
  const long = `mcp.server/${"x".repeat(150)}`;
  const { body, restore } = encodeRequest(
    foreign({
      tools: [tool(long), tool(`${long}y`)],
      toolChoice: { kind: "named", name: long },
      turns: [
        user("a"),
        assistant({ kind: "toolCall", id: "c", name: long, argsText: "{}", call: "function" }),
        user(result("c")),
      ],
    }),
  );
  const [first, second] = body["tools"] as { readonly name: string }[];
  expect(first?.name).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
  expect(first?.name).not.toBe(second?.name ?? "");
  expect(body["tool_choice"]).toEqual({ type: "tool", name: first?.name ?? "" });
  expect(JSON.stringify(body["messages"])).toContain(`"name":"${first?.name ?? ""}"`);
  expect(restore.toolNames.get(first?.name ?? "")).toBe(long);
});

test("E100 a free-form tool becomes a function with one string, and is known on the way back", () => {
  const custom: ToolDef = {
    kind: "custom",
    name: "patch",
    description: "d",
    format: json({ type: "grammar" }),
    path: "/tools/0",
  };
  const { body, restore } = encodeRequest(
    foreign({
      tools: [custom],
      turns: [
        user("a"),
        assistant({
          kind: "toolCall",
          id: "c",
          name: "patch",
          argsText: 'x "y"\n',
          call: "custom",
        }),
        user(result("c")),
      ],
    }),
  );
  expect(body["tools"]).toEqual([
    {
      name: "patch",
      description: 'd\nThe input must follow this format: {"type":"grammar"}',
      input_schema: {
        type: "object",
        properties: { input: { type: "string", description: "The whole input, as plain text." } },
        required: ["input"],
      },
    },
  ]);
  expect(restore.wrapped).toEqual(new Set(["patch"]));
  expect(JSON.stringify(body["messages"])).toContain(String.raw`{"input":"x \"y\"\n"}`);
});

test("E092 E094 without a tool there is no choice", () => {
  const hosted: ToolDef = {
    kind: "hosted",
    dialect: "openai",
    service: "other",
    text: json({}),
    id: "R29",
    path: "/tools/0",
  };
  const encoded = encodeRequest(
    foreign({ tools: [hosted], toolChoice: { kind: "auto" }, parallelCalls: false }),
  );
  expect(encoded.body["tools"]).toBeUndefined();
  expect(encoded.body["tool_choice"]).toBeUndefined();
  expect(lossesOf(encoded)).toContain("R29 X");
});

test.each([
  [{ kind: "auto" }, { type: "auto" }],
  [{ kind: "none" }, { type: "none" }],
  [{ kind: "any" }, { type: "any" }],
  [
    { kind: "named", name: "f" },
    { type: "tool", name: "f" },
  ],
  [{ kind: "allowed", mode: "any", names: ["f"] }, { type: "any" }],
] as const)("the choice %j", (toolChoice, choice) => {
  const { body } = encodeRequest(foreign({ tools: [tool("f")], toolChoice }));
  expect(body["tool_choice"]).toEqual(choice);
});

test("R31 an allowed subset is all that is offered", () => {
  const toolChoice = { kind: "allowed", mode: "auto", names: ["g"] } as const;
  const { body } = encodeRequest(foreign({ tools: [tool("f"), tool("g")], toolChoice }));
  expect(body["tools"]).toMatchObject([{ name: "g" }]);
});

test("one call at a time", () => {
  const one = (rest: object) =>
    encodeRequest(foreign({ tools: [tool("f")], parallelCalls: false, ...rest })).body[
      "tool_choice"
    ];
  expect(one({})).toEqual({ type: "auto", disable_parallel_tool_use: true });
  expect(one({ toolChoice: { kind: "any" } })).toEqual({
    type: "any",
    disable_parallel_tool_use: true,
  });
  expect(one({ toolChoice: { kind: "none" } })).toEqual({ type: "none" });
});

test.each([
  [{ kind: "named", name: "g" }, ["g"], "R30c D"],
  [{ kind: "any" }, ["f", "g"], "R30b D"],
] as const)("E097 %j is asked for where it cannot be forced", (toolChoice, names, loss) => {
  const id = toolChoice.kind === "any" ? "R30b" : "R30c";
  const request = foreign({
    tools: [tool("f"), tool("g")],
    toolChoice,
    uses: [{ id, path: "/tool_choice" }],
  });
  const encoded = encodeRequest(request, claude({ forcedToolChoice: "no" }));
  expect(encoded.body["tool_choice"]).toEqual({ type: "auto" });
  expect((encoded.body["tools"] as { name: string }[]).map(({ name }) => name)).toEqual([...names]);
  expect(lossesOf(encoded)).toEqual([loss]);
  const thinking = { ...request, reasoning: { mode: "on", effort: "low" } } as const;
  const older = claude({ forcedToolChoice: "without-reasoning", reasoning: "budget" });
  expect(encodeRequest(thinking, older).body["tool_choice"]).toEqual({ type: "auto" });
  expect(encodeRequest(request, older).body["tool_choice"]).not.toEqual({ type: "auto" });
});

function hosted(service: Extract<ToolDef, { kind: "hosted" }>["service"], text: unknown): ToolDef {
  const id = service === "web-search" ? "R25" : service === "code-execution" ? "R26" : "R27";
  return { kind: "hosted", dialect: "elsewhere", service, text: json(text), id, path: "/tools/0" };
}

test.each([
  [
    "E102 web search with filters",
    hosted("web-search", {
      type: "web_search",
      filters: { allowed_domains: ["a.example"] },
      user_location: { type: "approximate", city: "Bern", country: "CH" },
      search_context_size: "low",
    }),
    {
      type: "web_search_20250305",
      name: "web_search",
      allowed_domains: ["a.example"],
      user_location: { type: "approximate", city: "Bern", country: "CH" },
    },
  ],
  [
    "web search with a nested place",
    hosted("web-search", {
      user_location: { type: "approximate", approximate: { timezone: "Europe/Zurich" } },
    }),
    {
      type: "web_search_20250305",
      name: "web_search",
      user_location: { type: "approximate", timezone: "Europe/Zurich" },
    },
  ],
  [
    "web search without some places",
    hosted("web-search", { excludeDomains: ["b.example"] }),
    { type: "web_search_20250305", name: "web_search", blocked_domains: ["b.example"] },
  ],
  [
    "code",
    hosted("code-execution", { type: "code_interpreter" }),
    { type: "code_execution_20250825", name: "code_execution" },
  ],
  ["pages", hosted("url-fetch", {}), { type: "web_fetch_20250910", name: "web_fetch" }],
] as const)("%s of another vendor becomes this vendor's, and is reported", (_, given, sent) => {
  const encoded = encodeRequest(foreign({ tools: [given] }));
  expect(encoded.body["tools"]).toEqual([sent] as never);
  const id = given.kind === "hosted" ? given.id : "";
  expect(lossesOf(encoded)).toEqual([`${id} D`]);
});

test("a tool of another vendor is left out for other servers, and beside a function of its name", () => {
  const search = hosted("web-search", {});
  const elsewhere = encodeRequest(foreign({ tools: [search] }), { ...CLAUDE, vendor: "somebody" });
  expect(elsewhere.body["tools"]).toBeUndefined();
  expect(lossesOf(elsewhere)).toEqual(["R25 X"]);
  const beside = encodeRequest(foreign({ tools: [search, tool("web_search")] }));
  expect(beside.body["tools"]).toMatchObject([{ name: "web_search", input_schema: {} }]);
  expect(lossesOf(beside)).toEqual(["R25 X"]);
});
