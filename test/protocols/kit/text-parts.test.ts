import { expect, test } from "bun:test";
import {
  attachmentNote,
  contentOf,
  isAttachment,
  textPart,
  withErrorPrefix,
} from "../../../src/protocols/kit/text-parts.ts";

test("one plain text is a string, anything else a list", () => {
  expect(contentOf([])).toBe("");
  expect(contentOf([textPart("a")])).toBe("a");
  expect(contentOf([textPart("a"), textPart("b")])).toEqual([textPart("a"), textPart("b")]);
  const marked = { ...textPart("a"), cache_control: {} };
  expect(contentOf([marked])).toEqual([marked]);
});

test("a failed call says so once", () => {
  expect(withErrorPrefix([textPart("no")])).toEqual([textPart("Error: no")]);
  expect(withErrorPrefix([textPart("Error: no")])).toEqual([textPart("Error: no")]);
  expect(withErrorPrefix([])).toEqual([textPart("Error:")]);
});

test("media and files follow a result of text only; texts do not", () => {
  const media = { kind: "inline", mime: "application/pdf", base64: "AA==" } as const;
  const file = { kind: "document", content: { kind: "media", media } } as const;
  const words = {
    kind: "document",
    content: { kind: "text", text: "x", mime: "text/plain" },
  } as const;
  expect([isAttachment(file), isAttachment(words)]).toEqual([true, false]);
  expect(attachmentNote(file)).toEqual(textPart("[file attached below]"));
});
