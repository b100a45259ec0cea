import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import { jsonText } from "../../support/json-text.ts";
import { assistant, foreign, openaiTarget, send, user } from "./harness.ts";

const OWN: Opaque = { vendor: "openai", model: "gpt", kind: "encrypted", data: "gAAA" };

function thought(text: string, ...opaque: readonly Opaque[]): Block {
  return { kind: "thinking", text, form: "summary", redacted: false, opaque };
}

const CALL: Block = {
  kind: "toolCall",
  id: "call_1",
  name: "f",
  argsText: '{"a":1.0}',
  call: "function",
};
const RESULT: Block = {
  kind: "toolResult",
  id: "call_1",
  parts: [{ kind: "text", text: "done" }],
  isError: false,
};

test("the order of an answer is kept in items", () => {
  const turns = [user("go"), assistant(thought("hm", OWN), "look", CALL), user(RESULT, "and?")];
  expect(send(foreign({ turns })).body["input"]).toEqual([
    { role: "user", content: "go" },
    {
      type: "reasoning",
      summary: [{ type: "summary_text", text: "hm" }],
      encrypted_content: "gAAA",
    },
    { role: "assistant", content: "look" },
    { type: "function_call", call_id: "call_1", name: "f", arguments: '{"a":1.0}' },
    { type: "function_call_output", call_id: "call_1", output: "done" },
    { role: "user", content: "and?" },
  ]);
});

test("E182 reasoning that led to nothing is not sent alone", () => {
  const turns = [user("go"), assistant(thought("hm", OWN)), user("and?")];
  expect(JSON.stringify(send(foreign({ turns })).body["input"])).not.toContain("reasoning");
});

test("E183 reasoning goes back by its encrypted content, without the ids of a server that did not store it", () => {
  const { body } = send(
    foreign({ turns: [user("go"), assistant(thought("hm", OWN), "yes"), user("and?")] }),
  );
  const items = JSON.stringify(body["input"]);
  expect(items).toContain("gAAA");
  expect(items).not.toContain('"id"');
  expect(body["include"]).toEqual(["reasoning.encrypted_content"]);
});

test("reasoning of another vendor, or of another model, is not sent", () => {
  for (const token of [
    { ...OWN, vendor: "anthropic" },
    { ...OWN, model: "gpt-other" },
  ]) {
    const turns = [user("go"), assistant(thought("hm", token), "yes"), user("and?")];
    const uses = [{ id: "R62", path: "/assistant" }] as const;
    const { body, report } = send(foreign({ turns, uses }));
    expect(JSON.stringify(body)).not.toContain("gAAA");
    expect(report.losses).toContainEqual({ id: "B08", path: "/assistant", level: "X" });
  }
});

test("what was cited elsewhere is not cited here, and that is told", () => {
  const native = { dialect: "elsewhere", text: jsonText("{}") } as const;
  const source = { kind: "url", url: "https://example.com" } as const;
  const turns = [
    user("go"),
    assistant({ kind: "text", text: "so", citations: [{ source, native }] }),
    user("and?"),
  ];
  const uses = [{ id: "S07a", path: "/assistant/citations/0" }] as const;
  const { body, report } = send(foreign({ turns, uses }));
  expect(JSON.stringify(body)).not.toContain("example.com");
  expect(report.losses).toEqual([{ id: "S07a", path: "/assistant/citations/0", level: "X" }]);
});

test("E216 stop sequences are left to the gateway, all of them", () => {
  const { body, emulate, report } = send(
    foreign({ output: { stop: ["a", "b", ""] }, uses: [{ id: "R53", path: "/stop" }] }),
  );
  expect(body).not.toHaveProperty("stop");
  expect(emulate).toEqual({ stop: ["a", "b"] });
  expect(report).toEqual({ losses: [], emulated: [{ id: "R53", path: "/stop" }] });
});

test("E221 a limit below the least that the vendor takes is raised, and that is told", () => {
  const { body, report } = send(
    foreign({ output: { maxTokens: 5 }, uses: [{ id: "R54", path: "/max_tokens" }] }),
  );
  expect(body["max_output_tokens"]).toBe(16);
  expect(report.losses).toEqual([{ id: "R54", path: "/max_tokens", level: "D" }]);
});

test("strict is always said, and only wished where strict mode takes the schema", () => {
  const schema = jsonText('{"type":"object","properties":{"a":{}}}');
  const tool = { kind: "function", name: "f", schema, path: "/tools/0" } as const;
  const tools = [
    tool,
    { ...tool, name: "g", strict: true, path: "/tools/1" },
    { kind: "function", name: "h", path: "/tools/2" },
  ] as const;
  const { body, report } = send(foreign({ tools }));
  expect(body["tools"]).toEqual([
    {
      type: "function",
      name: "f",
      parameters: { type: "object", properties: { a: {} } },
      strict: false,
    },
    {
      type: "function",
      name: "g",
      parameters: { type: "object", properties: { a: {} } },
      strict: false,
    },
    { type: "function", name: "h", parameters: { type: "object", properties: {} }, strict: false },
  ]);
  expect(report.losses).toEqual([{ id: "R21", path: "/tools/1", level: "X" }]);
});

test("one plain instruction has its own member, several are items", () => {
  const system = (text: string, at: number) =>
    ({ role: "system", place: "top", blocks: [{ kind: "text", text }], path: `/s/${at}` }) as const;
  expect(send(foreign({ turns: [system("a", 0), user("hi")] })).body).toMatchObject({
    instructions: "a",
    input: [{ role: "user", content: "hi" }],
  });
  expect(send(foreign({ turns: [system("a", 0), system("b", 1), user("hi")] })).body).toMatchObject(
    {
      input: [
        { role: "system", content: "a" },
        { role: "system", content: "b" },
        { role: "user", content: "hi" },
      ],
    },
  );
});

test("results keep their images and files, and errors are said in words", () => {
  const media = { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" } as const;
  const parts: readonly Block[] = [
    { kind: "text", text: "see" },
    { kind: "image", media },
  ];
  const turns = [user("go"), assistant(CALL), user({ ...RESULT, parts, isError: true })];
  expect(send(foreign({ turns })).body["input"]).toMatchObject([
    {},
    {},
    {
      output: [
        { type: "input_text", text: "Error: see" },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" },
      ],
    },
  ]);
});

test("a call that nobody answered gets an answer, since the vendor would refuse it", () => {
  const { body } = send(foreign({ turns: [user("go"), assistant(CALL), user("never mind")] }));
  expect(body["input"]).toContainEqual({
    type: "function_call_output",
    call_id: "call_1",
    output: "Error: no result recorded",
  });
});

test("JSON mode says so in a message, where nobody else did", () => {
  const { body } = send(foreign({ output: { format: { kind: "json" } } }));
  expect(body["text"]).toEqual({ format: { type: "json_object" } });
  expect(JSON.stringify(body["input"])).toContain("JSON");
});

test("several candidates are several calls", () => {
  expect(send(foreign({ output: { candidates: 2 } })).emulate).toEqual({ calls: 2 });
});

test("a model that does not reason is not asked to", () => {
  const request = foreign({
    reasoning: { mode: "on", effort: "high" },
    uses: [{ id: "R57", path: "/e" }],
  });
  const { body, report } = send(request, openaiTarget({ reasoning: "none" }));
  expect(body).not.toHaveProperty("reasoning");
  expect(body).not.toHaveProperty("include");
  expect(report.losses).toEqual([{ id: "R57", path: "/e", level: "X" }]);
});

test("the vendor's other dialect nests a grammar once more", () => {
  const format = jsonText(
    '{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \\"a\\""}}',
  );
  const { body } = send(
    foreign({ tools: [{ kind: "custom", name: "g", format, path: "/tools/0" }] }),
  );
  expect(body["tools"]).toEqual([
    {
      type: "custom",
      name: "g",
      format: { type: "grammar", syntax: "lark", definition: 'start: "a"' },
    },
  ]);
});
