import { expect, test } from "bun:test";
import { takesUrl, typeOf, type Address } from "../../../src/protocols/gemini/media-address.ts";
import { targetWith } from "./harness.ts";

function at(url: string, mime?: string): Address {
  return mime === undefined ? { kind: "url", url } : { kind: "url", url, mime };
}

test("the type is what was told, or what the ending says", () => {
  expect(typeOf(at("https://a.test/x.png"))).toBe("image/png");
  expect(typeOf(at("https://a.test/x.png", "image/webp"))).toBe("image/webp");
  expect(typeOf(at("https://a.test/x"))).toBeUndefined();
});

test.each([
  [at("https://a.test/x.png"), true],
  [at("https://a.test/x"), false],
  [at("https://a.test/x", "image/png"), true],
  [at("https://www.youtube.com/watch?v=1"), true],
  [at("https://youtu.be/1"), true],
  [at("gs://bucket/x"), true],
])("the server fetches %j itself: %p", (address, taken) => {
  expect(takesUrl("image", targetWith({}), address)).toBe(taken);
});

test("a server that fetches nothing is given no address", () => {
  const target = targetWith({ fetchesUrls: false });
  expect(takesUrl("image", target, at("https://a.test/x.png"))).toBe(false);
});
