// Requests of other dialects to Converse: expectations are the rules of the service (translation.md A.5, B, E).
import { expect, test } from "bun:test";
import { asRecord, jsonText, printJson, type Json } from "../../../src/lib/json.ts";
import { knownCapabilities } from "../../../src/config/capabilities.ts";
import type { Block } from "../../../src/ir/block.ts";
import type { Req, ToolDef, Turn } from "../../../src/ir/request.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import type { ModelCapabilities } from "../../../src/protocols/protocol.ts";
import { jsonDocument } from "../../support/json-text.ts";

function turn(role: Turn["role"], ...blocks: readonly Block[]): Turn {
  return { role, place: "inline", blocks, path: `/${role}` };
}

function text(words: string): Block {
  return { kind: "text", text: words };
}

function call(id: string, argsText = "{}"): Block {
  return { kind: "toolCall", id, name: "f", argsText, call: "function" };
}

function result(id: string, isError = false): Block {
  return { kind: "toolResult", id, parts: [text("done")], isError };
}

function pdf(filename: string): Block {
  const media = { kind: "inline", mime: "application/pdf", base64: "AAAA" } as const;
  return { kind: "document", content: { kind: "media", media }, filename };
}

const TOOL: ToolDef = { kind: "function", name: "f", path: "/tools/0" };

function encode(request: Partial<Req>, capabilities: ModelCapabilities = {}) {
  const whole: Req = {
    model: "m",
    stream: false,
    turns: [turn("user", text("hi"))],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
    ...request,
  };
  const target = { model: "m", stream: false, vendor: "anthropic", capabilities, profile: {} };
  const { body, report } = bedrock.codec.request.encode(whole, target);
  const root: Readonly<Record<string, Json>> = asRecord(jsonDocument(printJson(body)).root) ?? {};
  return { body: root, report, printed: printJson(body) };
}

function named(name: string) {
  return { document: { name, format: "pdf", source: { bytes: "AAAA" } } };
}

const HISTORY = [turn("user", text("hi")), turn("assistant", call("call_1"))];

test("E037 neighbouring messages of the user become one with all blocks", () => {
  const { body } = encode({ turns: [turn("user", text("a")), turn("user", text("b"))] });
  expect(body["messages"]).toEqual([{ role: "user", content: [{ text: "a" }, { text: "b" }] }]);
});

test("E056 two documents of one name get different ones", () => {
  const { body } = encode({ turns: [turn("user", text("x"), pdf("a.pdf"), pdf("a.pdf"))] });
  expect(body["messages"]).toEqual([
    { role: "user", content: [{ text: "x" }, named("a"), named("a-2")] },
  ]);
});

test("long names that are alike stay within what the service takes", () => {
  const long = "a".repeat(250);
  const { body } = encode({ turns: [turn("user", text("x"), pdf(long), pdf(long))] });
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [{ text: "x" }, named("a".repeat(200)), named(`${"a".repeat(198)}-2`)],
    },
  ]);
});

test("E057 the ending and the dots leave a document's name", () => {
  const { body } = encode({ turns: [turn("user", text("x"), pdf("report  v1.2.pdf"))] });
  expect(body["messages"]).toEqual([
    { role: "user", content: [{ text: "x" }, named("report v1-2")] },
  ]);
});

test("E058 a document alone gets company of a text", () => {
  const { body } = encode({ turns: [turn("user", pdf("a.pdf"))] });
  expect(body["messages"]).toEqual([{ role: "user", content: [named("a"), { text: "." }] }]);
});

test("E081 an empty description is left out", () => {
  const { printed } = encode({ tools: [{ ...TOOL, description: "" }] });
  expect(printed).toContain('"toolSpec":{"name":"f","inputSchema"');
});

test("E095 no calls: tools stay only where the history needs them", () => {
  const tools = { tools: [TOOL], toolChoice: { kind: "none" } } as const;
  expect(encode(tools).body["toolConfig"]).toBeUndefined();
  const turns = [...HISTORY, turn("user", result("call_1"))];
  const { body } = encode({ ...tools, turns });
  expect(asRecord(body["toolConfig"])?.["tools"]).toHaveLength(1);
});

test("E099 a call is not forced on a model that cannot be", () => {
  const uses = [{ id: "R30b", path: "/tool_choice" }] as const;
  const request = { tools: [TOOL], toolChoice: { kind: "any" }, uses } as const;
  const { body, report } = encode(request, { forcedToolChoice: "no" });
  expect(asRecord(body["toolConfig"])?.["toolChoice"]).toEqual({ auto: {} });
  expect(report.losses).toEqual([{ id: "R30b", path: "/tool_choice", level: "D" }]);
});

test.each(["[1,2]", '"word"'])("E114 arguments %s become an object", (argsText) => {
  const turns = [
    turn("user", text("hi")),
    turn("assistant", call("call_1", argsText)),
    turn("user", result("call_1")),
  ];
  const { body } = encode({ turns, tools: [TOOL] });
  const input = asRecord(JSON.parse(JSON.stringify(body))["messages"][1].content[0].toolUse.input);
  expect(Object.values(input ?? {})).toEqual([JSON.parse(argsText)]);
});

test("E128 ids have nine letters and digits where the model wants that, the same for call and result", () => {
  const turns = [...HISTORY, turn("user", result("call_1"))];
  const { printed } = encode({ turns, tools: [TOOL] }, { callIds: "nine" });
  const ids = [...printed.matchAll(/"toolUseId":"([^"]*)"/g)].map(([, id]) => id ?? "");
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[A-Za-z0-9]{9}$/);
});

test("E137 a result has no status where the model refuses it", () => {
  const turns = [...HISTORY, turn("user", result("call_1", true))];
  expect(encode({ turns, tools: [TOOL] }).printed).toContain('"status":"error"');
  expect(encode({ turns, tools: [TOOL] }, { resultStatus: false }).printed).not.toContain("status");
});

test("E142 what the history calls is defined, although nothing is offered", () => {
  const { printed } = encode({ turns: [...HISTORY, turn("user", result("call_1"))] });
  expect(printed).toContain('"toolConfig":{"tools":[{"toolSpec":{"name":"f"');
});

test("E153 a schema is a string of JSON with its members in order", () => {
  const spelt =
    '{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}},"required":["b","a"],"additionalProperties":false}';
  const schema = jsonText(spelt);
  if (schema === undefined) throw new Error("not JSON");
  const { body } = encode(
    { output: { format: { kind: "schema", schema, name: "answer" } } },
    { jsonSchema: true },
  );
  const format = asRecord(asRecord(body["outputConfig"])?.["textFormat"]);
  const inner = asRecord(asRecord(format?.["structure"])?.["jsonSchema"]);
  expect(inner?.["schema"]).toBe(spelt);
});

test("E188 reasoning without a proof does not go back", () => {
  const thought: Block = { kind: "thinking", text: "hm", form: "raw", redacted: false };
  const turns = [
    turn("user", text("hi")),
    turn("assistant", thought, text("yes")),
    turn("user", text("and")),
  ];
  const { printed } = encode({ turns }, { family: "gpt" });
  expect(printed).not.toContain("hm");
  expect(printed).toContain('{"role":"assistant","content":[{"text":"yes"}]}');
});

test("a cache point within a result stands after the result, which takes none", () => {
  const part: Block = { kind: "text", text: "done", cache: { ttl: "5m" } };
  const answer: Block = { kind: "toolResult", id: "call_1", parts: [part], isError: false };
  const { body } = encode({ turns: [...HISTORY, turn("user", answer)], tools: [TOOL] });
  expect(JSON.parse(JSON.stringify(body))["messages"][2].content).toEqual([
    { toolResult: { toolUseId: "call_1", content: [{ text: "done" }] } },
    { cachePoint: { type: "default", ttl: "5m" } },
  ]);
});

/** Of the system and of an account; only the first says in its name what it leads to. */
const PROFILES = {
  system:
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  account: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4",
};

test("E203 cache points are kept for Claude behind an inference profile", () => {
  const turns = [turn("user", { kind: "text", text: "long", cache: {} })];
  const request: Partial<Req> = { turns, uses: [{ id: "R63", path: "/user" }] };
  const kept = {
    messages: [{ role: "user", content: [{ text: "long" }, { cachePoint: { type: "default" } }] }],
  };
  const profile = encode(request, knownCapabilities("bedrock", PROFILES.system));
  expect(profile.body).toMatchObject(kept);
  expect(profile.report.losses).toEqual([]);
  // What the name does not tell, the config can.
  const nameless = knownCapabilities("bedrock", PROFILES.account);
  expect(encode(request, nameless).report.losses).toMatchObject([{ id: "R63", level: "X" }]);
  expect(encode(request, { ...nameless, cachePoints: true }).body).toMatchObject(kept);
});
