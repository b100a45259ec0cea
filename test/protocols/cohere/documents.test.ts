// Documents of a request, both ways (Cohere API reference: v2 chat, `documents` and `citation_options`; translation.md B.2).
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import { isAsked, textOf } from "../../../src/protocols/cohere/documents.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";
import { jsonText } from "../../support/json-text.ts";
import { foreign, requestOf, sentFor, shown } from "./harness.ts";

const DOCUMENTS = [
  "Tall birds.",
  { id: "b", data: { text: "Short birds.", title: "Birds" } },
  { id: "c", data: { snippet: "No birds.", year: 2020 } },
];

test("documents stand at the head of the last question, in their order", () => {
  const { turns } = requestOf({
    messages: [
      { role: "user", content: "one" },
      { role: "assistant", content: "yes" },
      { role: "user", content: "two" },
    ],
    documents: DOCUMENTS,
  });
  expect(turns.map(({ blocks }) => blocks.length)).toEqual([1, 1, 4]);
  expect(turns[2]?.blocks).toMatchObject([
    { kind: "document", content: { text: "Tall birds." }, citable: true },
    { kind: "document", content: { text: "Short birds." }, title: "Birds" },
    { kind: "document", content: { text: "snippet: No birds.\nyear: 2020" }, title: "c" },
    { kind: "text", text: "two" },
  ]);
});

test("E067 documents that are strings or objects reach Anthropic in their order, with a name that is stable", () => {
  const { encode } = PROTOCOLS.anthropic.codec.request;
  const capabilities = { maxOutput: 100 };
  const target = { model: "m", stream: false, vendor: "anthropic", capabilities, profile: {} };
  const sent = () => shown(encode(requestOf({ documents: DOCUMENTS }), target).body);
  expect(sent()).toMatchObject({
    messages: [
      {
        role: "user",
        content: [
          { type: "document", source: { type: "text", data: "Tall birds." } },
          { type: "document", title: "Birds", source: { data: "Short birds." } },
          { type: "document", title: "c", citations: { enabled: true } },
          { type: "text", text: "hi" },
        ],
      },
    ],
  });
  expect(sent()).toEqual(sent());
});

test("documents come back as they were, the switch for citing them too", () => {
  const citation_options = { mode: "OFF" };
  const { body } = sentFor(requestOf({ documents: DOCUMENTS, citation_options }));
  expect(body["documents"]).toEqual([
    { data: { text: "Tall birds." } },
    { id: "b", data: { title: "Birds", text: "Short birds." } },
    { id: "c", data: { snippet: "No birds.", year: 2020 } },
  ]);
  expect(body["citation_options"]).toEqual(citation_options);
  expect(sentFor(requestOf({ documents: DOCUMENTS })).body).not.toHaveProperty("citation_options");
});

test("a document without a question to stand at stays where it was", () => {
  const messages = [{ role: "system", content: "x" }];
  const { ext, turns } = requestOf({ messages, documents: ["a"] });
  expect(turns.length).toBe(1);
  expect(ext).toMatchObject([{ path: "/documents", id: "R14", text: '["a"]' }]);
});

const file = (text: string, more: object = {}): Block => ({
  kind: "document",
  content: { kind: "text", text, mime: "text/plain" },
  ...more,
});

function asking(blocks: readonly Block[]): Turn {
  return { role: "user", place: "inline", blocks, path: "/messages/0" };
}

test("texts of another dialect's last question are documents, those before it words with a name", () => {
  const first = asking([file("old", { title: "O" })]);
  const said: Turn = { ...first, role: "assistant", blocks: [{ kind: "text", text: "ok" }] };
  const last = asking([file("new", { title: "N", citable: true }), { kind: "text", text: "?" }]);
  const { body } = sentFor(foreign({ turns: [first, said, last] }));
  expect(body["documents"]).toEqual([{ data: { title: "N", text: "new" } }]);
  expect(body["messages"]).toMatchObject([
    { role: "user", content: "[file: O]\nold" },
    { role: "assistant", content: "ok" },
    { role: "user", content: "?" },
  ]);
});

test("all documents can be cited or none: one that differs is reported", () => {
  const turns = [asking([file("a", { citable: true }), file("b", { citable: false })])];
  const { report } = sentFor(foreign({ turns, uses: [{ id: "R15", path: "/messages/0/x" }] }));
  expect(report.losses).toContainEqual({ id: "R15", path: "/messages/0/x", level: "D" });
});

test("only text has words to cite", () => {
  const media = (mime: string): Block => ({
    kind: "document",
    content: { kind: "media", media: { kind: "inline", mime, base64: "aGk=" } },
  });
  const words = [file("x"), media("text/csv"), media("application/pdf")].map((block) =>
    block.kind === "document" ? textOf(block) : "",
  );
  expect(words).toEqual(["x", "hi", undefined]);
});

test("a turn of results alone asks nothing", () => {
  const result: Block = { kind: "toolResult", id: "c", parts: [], isError: false };
  expect([asking([]), asking([result]), asking([result, file("x")])].map(isAsked)).toEqual([
    true,
    false,
    true,
  ]);
});

test("data that a tool found is a document, whatever else it says is words", () => {
  const result: Block = {
    kind: "toolResult",
    id: "c",
    parts: [
      { kind: "json", text: jsonText('{"rows":2}') },
      { kind: "json", text: jsonText("[1]") },
      file("x", { title: "T" }),
    ],
    isError: false,
  };
  const call: Turn = {
    role: "assistant",
    place: "inline",
    path: "/messages/0",
    blocks: [{ kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" }],
  };
  const { body } = sentFor(foreign({ turns: [call, asking([result])] }));
  expect(body["messages"]).toMatchObject([
    { role: "assistant" },
    {
      role: "tool",
      content: [
        { type: "document", document: { data: { rows: 2 } } },
        { type: "text", text: "[1]" },
        { type: "document", document: { data: { title: "T", text: "x" } } },
      ],
    },
  ]);
});
