// Content of other dialects, written for Claude (translation.md B.2, B.7).
import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import {
  assistant,
  call,
  encodeRequest,
  foreign,
  lossesOf,
  messagesOf,
  result,
  turn,
  user,
  thought,
  own,
  inline,
  json,
  said,
} from "./harness.ts";

function contentOf(...blocks: readonly Block[]) {
  const encoded = encodeRequest(foreign({ turns: [user(...blocks, "end")] }));
  const [message] = encoded.body["messages"] as { readonly content: readonly unknown[] }[];
  return { content: message?.content.slice(0, -1), losses: lossesOf(encoded) };
}

test("pictures by value and by address", () => {
  expect(
    contentOf(
      { kind: "image", media: inline("image/png") },
      { kind: "image", media: { kind: "url", url: "https://a.example/x" } },
    ),
  ).toEqual({
    content: [
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      { type: "image", source: { type: "url", url: "https://a.example/x" } },
    ],
    losses: [],
  });
});

test.each<[string, Block, string]>([
  ["a picture of another kind", { kind: "image", media: inline("image/tiff") }, "R06 X"],
  [
    "a file of another vendor",
    { kind: "image", media: { kind: "vendor", dialect: "openai", text: json({ file_id: "f" }) } },
    "B01 X",
  ],
  ["E065 sound", { kind: "audio", media: inline("audio/wav") }, "R16 X"],
  ["a film", { kind: "video", media: inline("video/mp4") }, "R17 X"],
  [
    "an office file",
    {
      kind: "document",
      content: { kind: "media", media: inline("application/vnd.ms-excel") },
    },
    "R12 X",
  ],
  [
    "a block of another vendor",
    { kind: "vendor", dialect: "gemini", text: json({}), id: "S06" },
    "S06 X",
  ],
])("%s has no place, and that is reported", (_, block, loss) => {
  expect(contentOf(block)).toEqual({ content: [], losses: [loss] });
});

test("documents of every kind; the file's name is the title", () => {
  const text = btoa("a,b");
  const blocks: readonly Block[] = [
    {
      kind: "document",
      content: { kind: "media", media: inline("application/pdf") },
      filename: "report.pdf",
    },
    { kind: "document", content: { kind: "media", media: { kind: "url", url: "u" } } },
    { kind: "document", content: { kind: "text", text: "x", mime: "text/markdown" } },
    {
      kind: "document",
      content: { kind: "media", media: { kind: "inline", mime: "text/csv", base64: text } },
    },
    {
      kind: "document",
      content: { kind: "blocks", blocks: [{ kind: "text", text: "b" }] },
      title: "T",
      context: "C",
      citable: true,
    },
    { kind: "searchResult", source: "s", title: "t", parts: [{ kind: "text", text: "p" }] },
  ];
  expect(contentOf(...blocks).content).toEqual([
    {
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: "AAAA" },
      title: "report.pdf",
    },
    { type: "document", source: { type: "url", url: "u" } },
    { type: "document", source: { type: "text", media_type: "text/plain", data: "x" } },
    { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" } },
    {
      type: "document",
      source: { type: "content", content: [said("b")] },
      title: "T",
      context: "C",
      citations: { enabled: true },
    },
    { type: "search_result", source: "s", title: "t", content: [said("p")] },
  ]);
});

test("a picture that the model is said to have drawn, or that stands in the instructions, is reported", () => {
  const picture: Block = { kind: "image", media: inline("image/png") };
  const drawn = encodeRequest(foreign({ turns: [user("a"), assistant("b", picture), user("c")] }));
  expect(drawn.text).not.toContain("image");
  expect(lossesOf(drawn)).toEqual(["R06 X"]);
  const top: Turn = { ...turn("system", ["s", picture]), place: "top" };
  const ruled = encodeRequest(foreign({ turns: [top, user("a")] }));
  expect(ruled.body["system"]).toEqual([said("s")]);
  expect(lossesOf(ruled)).toEqual(["R06 X"]);
});

test("citations of another conversation's sources stay behind", () => {
  const citations = [
    {
      source: { kind: "url", url: "u" },
      native: { dialect: "openai", text: json({}) },
    },
  ] as const;
  const turns = [user("a"), assistant({ kind: "text", text: "b", citations }), user("c")];
  const request = foreign({ turns, uses: [{ id: "S07a", path: "/assistant/annotations/0" }] });
  const encoded = encodeRequest(request);
  expect(encoded.text).not.toContain("citations");
  expect(lossesOf(encoded)).toEqual(["S07a X"]);
});

test("own tokens go home in their order, also with nothing to read", () => {
  const hidden: Block = {
    ...thought("", { ...own, kind: "redacted", data: "r" }),
    redacted: true,
  } as Block;
  const turns = [user("a"), assistant(thought("x", own), hidden, thought("", own), "b"), user("c")];
  expect(messagesOf(turns)).toContainEqual({
    role: "assistant",
    content: [
      { type: "thinking", thinking: "x", signature: "sig" },
      { type: "redacted_thinking", data: "r" },
      { type: "thinking", thinking: "", signature: "sig" },
      said("b"),
    ],
  });
});

test.each<[string, readonly Opaque[]]>([
  ["E174 another vendor's", [{ ...own, vendor: "openai", kind: "encrypted" }]],
  ["another model's", [{ ...own, model: "claude-y" }]],
  ["E173 forged", [{ vendor: "", kind: "signature", data: "x" }]],
  ["no", []],
])("E175 a thought with %s proof is dropped, and never told as text", (_, opaque) => {
  const encoded = encodeRequest(
    foreign({ turns: [user("a"), assistant(thought("secret", ...opaque), "b"), user("c")] }),
  );
  expect(encoded.text).not.toContain("secret");
  expect(encoded.text).not.toContain("thinking");
  expect(lossesOf(encoded)).toContain("R61 X");
});

test("E040 blank text of a turn whose reasoning goes back stays as the model wrote it", () => {
  const blank = "\n\n";
  expect(
    messagesOf([user("a"), assistant(thought("x", own), blank, call("c")), user(result("c"))]),
  ).toContainEqual({
    role: "assistant",
    content: [
      { type: "thinking", thinking: "x", signature: "sig" },
      said(blank),
      { type: "tool_use", id: "c", name: "f", input: {} },
    ],
  });
});
