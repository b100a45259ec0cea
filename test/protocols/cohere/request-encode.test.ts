// The neutral request to v2 chat (Cohere API reference: v2 chat; translation.md A.6, B, column CO).
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Req, ToolDef, Turn } from "../../../src/ir/request.ts";
import { jsonText } from "../../support/json-text.ts";
import { foreign, requestOf, sentFor } from "./harness.ts";

const SCHEMA = jsonText('{"type":"object","properties":{"a":{"type":"string"}}}');

function turn(role: Turn["role"], blocks: readonly Block[], at = 0): Turn {
  return { role, place: "inline", blocks, path: `/messages/${at}` };
}

const text = (words: string): Block => ({ kind: "text", text: words });
const call = (id: string, name = "f"): Block => ({
  kind: "toolCall",
  id,
  name,
  argsText: "",
  call: "function",
});
const result = (id: string, parts: readonly Block[], isError = false): Block => ({
  kind: "toolResult",
  id,
  parts,
  isError,
});
const tool = (name: string, more: object = {}): ToolDef => ({
  kind: "function",
  name,
  schema: SCHEMA,
  path: `/tools/${name}`,
  ...more,
});

function messagesFor(turns: readonly Turn[], capabilities = {}): unknown {
  return sentFor(foreign({ turns }), capabilities).body["messages"];
}

test("E096 a named choice is that one tool, which must be called", () => {
  const request = foreign({
    turns: [turn("user", [text("go")])],
    tools: [tool("a"), tool("b")],
    toolChoice: { kind: "named", name: "b" },
    uses: [{ id: "R30c", path: "/tool_choice" }],
  });
  const { body, report } = sentFor(request);
  expect(body).toMatchObject({ tools: [{ function: { name: "b" } }], tool_choice: "REQUIRED" });
  expect(report).toMatchObject({ losses: [], emulated: [{ id: "R30c" }] });
});

test("E154 the form of the answer cannot be asked for beside tools, which is reported and no error", () => {
  const format = { kind: "schema", schema: SCHEMA } as const;
  const uses = [{ id: "R43", path: "/response_format" }] as const;
  const both = sentFor(foreign({ tools: [tool("a")], output: { format }, uses }));
  expect(both.body).not.toHaveProperty("response_format");
  expect(both.report.losses).toContainEqual({ id: "R43", path: "/response_format", level: "X" });
  const alone = sentFor(foreign({ output: { format }, uses }));
  expect(alone.body["response_format"]).toEqual({
    type: "json_object",
    json_schema: { type: "object", properties: { a: { type: "string" } } },
  });
});

test("words right before the calls are the plan, and calls without arguments have an object of them", () => {
  const turns = [turn("assistant", [text("I look."), call("c")]), turn("user", [result("c", [])])];
  expect(messagesFor(turns)).toMatchObject([
    {
      role: "assistant",
      tool_plan: "I look.",
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool" },
  ]);
});

test("each call is answered right after it, and one without an answer says so", () => {
  const turns = [
    turn("user", [text("go")]),
    turn("assistant", [call("a"), call("b")], 1),
    turn("user", [result("b", [text("no")], true), text("next")], 2),
  ];
  expect(messagesFor(turns)).toMatchObject([
    { role: "user", content: "go" },
    { role: "assistant", tool_calls: [{ id: "a" }, { id: "b" }] },
    { role: "tool", tool_call_id: "b", content: "Error: no" },
    { role: "tool", tool_call_id: "a", content: "Error: no result recorded" },
    { role: "user", content: "next" },
  ]);
});

const PICTURE: Block = {
  kind: "image",
  media: { kind: "inline", mime: "image/png", base64: "AAAA" },
};

test("a picture that a tool found follows the results as the user's", () => {
  const turns = [
    turn("assistant", [call("a")]),
    turn("user", [result("a", [text("see"), PICTURE])], 1),
  ];
  expect(messagesFor(turns)).toMatchObject([
    { role: "assistant" },
    {
      role: "tool",
      content: [
        { type: "text", text: "see" },
        { type: "text", text: "[image attached below]" },
      ],
    },
    { role: "user", content: [{ image_url: { url: "data:image/png;base64,AAAA" } }] },
  ]);
});

test("a model without eyes is not shown pictures, which is reported", () => {
  const request = foreign({ turns: [turn("user", [text("see"), PICTURE])] });
  const { body, report } = sentFor(request, { vision: false });
  expect(body["messages"]).toEqual([{ role: "user", content: "see" }]);
  expect(report.losses).toEqual([{ id: "R06", path: "/messages/0", level: "X" }]);
});

test("a history never ends with the assistant, and what lost its words keeps its place", () => {
  const audio: Block = { kind: "audio", media: { kind: "inline", mime: "audio/wav", base64: "A" } };
  const turns = [turn("user", [audio]), turn("assistant", [text("yes")], 1)];
  expect(messagesFor(turns)).toEqual([
    { role: "user", content: "." },
    { role: "assistant", content: "yes" },
    { role: "user", content: "." },
  ]);
});

test("a file that is left out beside a result is not replaced", () => {
  const pdf: Block = {
    kind: "document",
    content: { kind: "media", media: { kind: "url", url: "https://a.example/x.pdf" } },
  };
  const turns = [
    turn("assistant", [call("a")]),
    turn("user", [result("a", [text("see")]), pdf], 1),
  ];
  expect(messagesFor(turns)).toMatchObject([{ role: "assistant" }, { role: "tool" }]);
});

test("names of tools lose what is not a letter, a digit or a line below", () => {
  const { body, report } = sentFor(foreign({ tools: [tool("get-it")] }));
  const [{ function: named } = { function: { name: "" } }] = body["tools"] as unknown as readonly {
    readonly function: { readonly name: string };
  }[];
  expect(named.name).toMatch(/^get_it_[0-9a-f]{8}$/);
  expect(report.emulated).toEqual([{ id: "R20", path: "/tools/get-it" }]);
});

test("numbers are moved into what the service takes, and one of this dialect is taken at its word", () => {
  const sampling = { topP: 1, topK: 900, frequencyPenalty: -1, presencePenalty: 2 };
  expect(sentFor(foreign({ sampling: { ...sampling, seed: jsonText("7") } })).body).toMatchObject({
    p: 0.99,
    k: 500,
    frequency_penalty: 0,
    presence_penalty: 1,
    seed: 7,
  });
  expect(sentFor(requestOf({ p: 1 })).body["p"]).toBe(1);
});

test("reasoning is a switch and a budget", () => {
  const thinking = (reasoning: Req["reasoning"], capabilities = {}): unknown =>
    sentFor(foreign({ reasoning: reasoning ?? { mode: "on" } }), capabilities).body["thinking"];
  expect(thinking({ mode: "off" })).toEqual({ type: "disabled" });
  expect(thinking({ mode: "on", budget: 512 })).toEqual({ type: "enabled", token_budget: 512 });
  expect(thinking({ mode: "on" }, { reasoning: "none" })).toBeUndefined();
});

test("more stop sequences than five are watched for by the gateway", () => {
  const stop = ["a", "b", "c", "d", "e", "f"];
  const { body, report } = sentFor(
    foreign({ output: { stop }, uses: [{ id: "R53", path: "/stop" }] }),
  );
  expect(body["stop_sequences"]).toEqual(["a", "b", "c", "d", "e"]);
  expect(report.emulated).toEqual([{ id: "R53", path: "/stop" }]);
});

test("a choice without tools is left out, for it would be refused", () => {
  const uses = [{ id: "R30b", path: "/tool_choice" }] as const;
  const { body, report } = sentFor(foreign({ toolChoice: { kind: "any" }, uses }));
  expect(body).not.toHaveProperty("tool_choice");
  expect(report.losses).toEqual([{ id: "R30b", path: "/tool_choice", level: "X" }]);
});

test("another vendor's proof in the history is left out and told, never a reason to refuse the call", () => {
  const opaque = { vendor: "anthropic", kind: "signature", data: "sig" } as const;
  const thought: Block = {
    kind: "thinking",
    text: "hm",
    form: "raw",
    redacted: false,
    opaque: [opaque],
  };
  const { body, report } = sentFor(
    foreign({
      turns: [turn("assistant", [thought, text("yes")]), turn("user", [text("go on")], 1)],
      uses: [{ id: "R62", path: "/messages/0/content/0" }],
    }),
  );
  expect(JSON.stringify(body)).not.toContain("sig");
  expect(report.losses).toEqual([{ id: "B08", path: "/messages/0", level: "X" }]);
});
