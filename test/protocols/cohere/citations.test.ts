// Citations: ranges of one text with their sources (Cohere guide: RAG citations; translation.md B.9).
import { expect, test } from "bun:test";
import type { Citation } from "../../../src/ir/block.ts";
import type { Json } from "../../../src/lib/json.ts";
import { CLIENT, CODEC, decodeMessage, foreignReply, shown } from "./harness.ts";

const TOOL = { type: "tool", id: "f:0", tool_output: { n: 1 } };
const DOCUMENT = { type: "document", id: "doc-1", document: { id: "doc-1", title: "T" } };

function citationsOf(message: Record<string, Json>): readonly (readonly Citation[] | undefined)[] {
  const blocks = decodeMessage({ role: "assistant", ...message }).candidates[0]?.blocks ?? [];
  return blocks.map((block) => (block.kind === "text" ? block.citations : undefined));
}

test("a citation belongs to the piece of content that it names", () => {
  const cited = { start: 0, end: 1, text: "b", sources: [DOCUMENT], content_index: 1 };
  const content = ["a", "b"].map((text) => ({ type: "text", text }));
  const [first, second] = citationsOf({ content, citations: [cited] });
  expect(first).toBeUndefined();
  expect(second).toMatchObject([
    {
      range: { start: 0, end: 1 },
      quote: "b",
      source: { kind: "document", id: "doc-1", index: 1, title: "T" },
    },
  ]);
});

test("one that names none belongs to the text, also behind reasoning", () => {
  const content = [
    { type: "thinking", thinking: "hm" },
    { type: "text", text: "abc" },
  ];
  const citations = [{ start: 1, end: 3, text: "bc", sources: [TOOL] }];
  const [, text] = citationsOf({ content, citations });
  expect(text).toMatchObject([{ range: { start: 1, end: 3 }, source: { id: "f:0" } }]);
});

test("a plan has citations of its own", () => {
  const citations = [{ start: 0, end: 1, text: "p", sources: [TOOL], type: "PLAN" }];
  const content = [{ type: "text", text: "t" }];
  const [text, plan] = citationsOf({ content, tool_plan: "p", citations });
  expect(text).toBeUndefined();
  expect(plan).toHaveLength(1);
});

test("a citation with several sources is several, and one again on the way back", () => {
  const message = {
    role: "assistant",
    content: [{ type: "text", text: "abc" }],
    citations: [{ start: 0, end: 3, text: "abc", sources: [DOCUMENT, TOOL], type: "TEXT_CONTENT" }],
  };
  expect(citationsOf(message)[0]).toHaveLength(2);
  const back = CODEC.reply.encode(decodeMessage(message), CLIENT);
  expect(shown(back.body)).toMatchObject({ message });
});

test("another dialect's citation covers its block, in code points, and is told as weakened", () => {
  const citation: Citation = {
    source: { kind: "url", url: "https://a.test", title: "A" },
    native: { dialect: "x", text: "{}" as never },
  };
  const blocks = [
    { kind: "text", text: "plain" },
    { kind: "text", text: "a😀", citations: [citation] },
  ] as const;
  const uses = [{ id: "S07a", path: "/c/0" }] as const;
  const reply = foreignReply({ candidates: [{ blocks, stop: { class: "end" } }], uses });
  const { body, report } = CODEC.reply.encode(reply, CLIENT);
  expect(shown(body)).toMatchObject({
    message: {
      citations: [
        {
          start: 0,
          end: 2,
          text: "a😀",
          content_index: 1,
          type: "TEXT_CONTENT",
          sources: [{ type: "document", document: { url: "https://a.test", title: "A" } }],
        },
      ],
    },
  });
  expect(report.losses).toEqual([{ id: "S07a", path: "/c/0", level: "D" }]);
});
