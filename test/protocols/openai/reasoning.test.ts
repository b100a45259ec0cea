// Reasoning entries: what was written is read as the same blocks.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Opaque, ThinkingBlock } from "../../../src/ir/block.ts";
import { asRecord, printJson } from "../../../src/lib/json.ts";
import { fieldsOf } from "../../../src/protocols/kit/fields.ts";
import { takeNotes } from "../../../src/protocols/kit/notes.ts";
import { carrierContext, decodeCarriers } from "../../../src/protocols/openai/reasoning-decode.ts";
import { encodeDetails } from "../../../src/protocols/openai/reasoning-encode.ts";
import { CONTEXT, documentOf, seal } from "./harness.ts";

function carried(message: unknown) {
  const document = documentOf(message);
  const notes = takeNotes(document, "openai", true);
  const fields = fieldsOf(asRecord(document.root) ?? {}, "/messages/0", notes);
  return decodeCarriers(fields, carrierContext(notes, CONTEXT));
}

const token = fc.record({
  vendor: fc.constantFrom("anthropic", "openai"),
  model: fc.constant("m"),
  kind: fc.constantFrom<Opaque["kind"]>(
    "signature",
    "redacted",
    "encrypted",
    "thoughtSignature",
    "itemId",
  ),
  data: fc.string({ minLength: 1, maxLength: 5 }),
});

const readable = fc.record({
  kind: fc.constant("thinking" as const),
  text: fc.string({ maxLength: 5 }),
  form: fc.constantFrom("raw" as const, "summary" as const),
  redacted: fc.constant(false),
  // A signature is written with the text, so it comes back first.
  opaque: fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => {
    const at = tokens.findIndex(({ kind }) => kind === "signature" || kind === "thoughtSignature");
    return at < 0
      ? tokens
      : [...tokens.slice(at, at + 1), ...tokens.slice(0, at), ...tokens.slice(at + 1)];
  }),
});

const sealed = fc.record({
  kind: fc.constant("thinking" as const),
  text: fc.constant(""),
  form: fc.constant("raw" as const),
  redacted: fc.constant(true),
  opaque: fc.array(token, { minLength: 1, maxLength: 2 }),
});

test("blocks keep order, text and every token", () => {
  const blocks = fc.array(fc.oneof(readable, sealed), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(blocks, (given: readonly ThinkingBlock[]) => {
      const entries = given.flatMap((block, index) => encodeDetails(block, index, seal));
      const text = printJson({ reasoning_details: entries });
      expect(carried(JSON.parse(text)).blocks).toEqual([...given]);
    }),
  );
});

test("carriers that hold no envelope go back verbatim, those that do are never sent on", () => {
  const native = carried({
    reasoning_details: [{ type: "reasoning.text", text: "a", signature: "S" }],
  });
  expect(native.residues).toMatchObject([{ path: "/messages/0/reasoning_details", id: "R62" }]);
  const envelope = seal({ vendor: "v", kind: "signature", data: "S" });
  const ours = carried({
    reasoning_details: [{ type: "reasoning.text", text: "a", signature: envelope }],
  });
  expect(ours.residues).toEqual([]);
  expect(ours.blocks[0]?.opaque).toEqual([{ vendor: "v", kind: "signature", data: "S" }]);
});

test("an empty signature is none", () => {
  expect(
    carried({ reasoning_details: [{ type: "reasoning.text", text: "a", signature: "" }] })
      .blocks[0],
  ).toEqual({
    kind: "thinking",
    text: "a",
    form: "raw",
    redacted: false,
  });
});

test("pieces of one block share an index", () => {
  const piece = (text: string, index: number) => ({ type: "reasoning.text", text, index });
  const { blocks } = carried({ reasoning_details: [piece("a", 0), piece("b", 0), piece("c", 1)] });
  expect(blocks.map(({ text }) => text)).toEqual(["ab", "c"]);
});
