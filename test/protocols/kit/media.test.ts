// Data URLs and what bytes really are.
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  base64ToText,
  dataUrl,
  extensionOf,
  inline,
  isBase64,
  isTextMime,
  mimeOfName,
  normalMime,
  openaiFile,
  openaiFileId,
  parseDataUrl,
  sniffMime,
  standardBase64,
  textToBase64,
} from "../../../src/protocols/kit/media.ts";

test.each([
  ["data:image/png;base64,iVBORw0KGgo=", "image/png", "iVBORw0KGgo="],
  ["E050 data:image/jpg;base64,/9j/4AAQ", "image/jpeg", "/9j/4AAQ"],
  ["E051 data:text/csv;charset=utf-8;BASE64,YSxi", "text/csv", "YSxi"],
  ["DATA:text/plain,a%20b", "text/plain", "YSBi"],
  ["data:,%C3%A4", "application/octet-stream", "w6Q="],
  ["data:text/plain,ä", "text/plain", "w6Q="],
  ["data:;base64,JVBERi0x", "application/pdf", "JVBERi0x"],
  ["data:image/gif;base64,%2F9j%2F4AAQ", "image/jpeg", "/9j/4AAQ"],
])("%s", (url, mime, base64) => {
  expect(parseDataUrl(url.replace(/^E\d+ /, ""))).toEqual({ kind: "inline", mime, base64 });
});

test.each(["https://x.test/a.png", "data:image/png", "", "data"])("%s is no data URL", (url) => {
  expect(parseDataUrl(url)).toBeUndefined();
});

test("a data URL that was written is read as it was", () => {
  const media = inline("image/png", "iVBORw0KGgo=");
  expect(parseDataUrl(dataUrl(media))).toEqual(media);
});

const magic = (...bytes: number[]): string =>
  btoa(String.fromCharCode(...bytes, ...Array<number>(20).fill(0)));

test.each([
  ["image/png", magic(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ["image/jpeg", magic(0xff, 0xd8, 0xff, 0xe0)],
  ["image/gif", btoa("GIF89a..........")],
  ["image/webp", btoa("RIFF....WEBPVP8 ")],
  ["audio/wav", btoa("RIFF....WAVEfmt ")],
  ["audio/mpeg", btoa("ID3.............")],
  ["audio/flac", btoa("fLaC............")],
  ["video/mp4", btoa("....ftypisom....")],
  ["image/heic", btoa("....ftypheic....")],
  ["application/pdf", btoa("%PDF-1.7........")],
])("bytes of %s are recognised", (mime, base64) => {
  expect(sniffMime(base64)).toBe(mime);
});

test("bytes that say nothing leave the declared type", () => {
  expect(sniffMime("AAAA")).toBeUndefined();
  expect(sniffMime("!!!!")).toBeUndefined();
  expect(inline("image/*", "AAAA").mime).toBe("image/*");
  expect(inline("text/csv", "/9j/4AAQ").mime).toBe("text/csv");
});

test("types and names", () => {
  expect(normalMime(" Audio/MP3 ")).toBe("audio/mpeg");
  expect(mimeOfName("https://x.test/a.PDF?x=1")).toBe("application/pdf");
  expect(mimeOfName("noending")).toBeUndefined();
  expect(extensionOf("audio/mpeg")).toBe("mp3");
  expect(extensionOf("x/y")).toBeUndefined();
  expect([isTextMime("text/csv"), isTextMime("application/json"), isTextMime("image/png")]).toEqual(
    [true, true, false],
  );
});

test("E068 base64 is put into the standard alphabet only where asked", () => {
  expect(isBase64("YSBi")).toBe(true);
  expect(isBase64("YSB\ni")).toBe(false);
  expect(standardBase64("_-\n8")).toBe("/+8=");
  expect(standardBase64("YSBi")).toBe("YSBi");
});

test("any text survives base64", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(base64ToText(textToBase64(text))).toBe(text);
    }),
  );
  expect(base64ToText("/w==")).toBeUndefined();
});

test("an OpenAI file id is read from its own references only", () => {
  expect(openaiFileId(openaiFile('f"1'))).toBe('f"1');
  expect(openaiFileId({ kind: "url", url: "https://x.test" })).toBeUndefined();
  expect(
    openaiFileId({ kind: "vendor", dialect: "gemini", text: '{"file_id":"x"}' as never }),
  ).toBeUndefined();
});
