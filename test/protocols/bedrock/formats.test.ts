// Formats of media, as the Bedrock API reference lists them.
import { expect, test } from "bun:test";
import { formatOfMime, mimeOfFormat } from "../../../src/protocols/bedrock/formats.ts";

test.each([
  ["image", "png", "image/png"],
  ["image", "webp", "image/webp"],
  ["document", "md", "text/markdown"],
  ["document", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["video", "three_gp", "video/3gpp"],
  ["audio", "wav", "audio/wav"],
] as const)("%s %s is %s, and back", (kind, format, mime) => {
  expect(mimeOfFormat(kind, format)).toBe(mime);
  expect(formatOfMime(kind, mime)).toBe(format);
});

test("a format of later has a type of its own name, and a type of nobody has none", () => {
  expect(mimeOfFormat("image", "avif")).toBe("image/avif");
  expect(mimeOfFormat("document", "constructor")).toBe("application/constructor");
  expect(formatOfMime("image", "image/tiff")).toBeUndefined();
});
