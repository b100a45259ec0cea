// What the protocols share for reading requests and error replies.
import { expect, test } from "bun:test";
import { bearer, token } from "../../../src/protocols/kit/credentials.ts";
import { classOfStatus, retryHint } from "../../../src/protocols/kit/failure-hints.ts";
import { decodeSegment } from "../../../src/protocols/kit/paths.ts";
import { plainMessage } from "../../../src/protocols/kit/plain-error.ts";
import { eventData, eventName, readEvent } from "../../../src/protocols/kit/sse-tap.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ["Bearer abc", "abc"],
  ["bearer   abc  ", "abc"],
  ["Bearer a b", "a b"],
  ["Bearer ", undefined],
  ["Basic abc", undefined],
  [undefined, undefined],
])("the token of %p is %p", (value, expected) => {
  const found = bearer((name) => (name === "authorization" ? value : undefined));
  expect(found).toEqual(expected === undefined ? undefined : { kind: "token", token: expected });
});

test("an empty token counts as none", () => {
  expect(token("")).toBeUndefined();
  expect(token(null)).toBeUndefined();
  expect(token("k")).toEqual({ kind: "token", token: "k" });
});

test.each([
  [400, "invalid"],
  [402, "quota-exhausted"],
  [408, "timeout"],
  [418, "invalid"],
  [500, "server-error"],
  [502, "server-error"],
  [503, "overloaded"],
  [524, "timeout"],
  [529, "overloaded"],
  [302, "bad-upstream-reply"],
] as const)("status %i alone means %s", (status, expected) => {
  expect(classOfStatus(status)).toBe(expected);
});

const hint = (headers: Record<string, string>, message = ""): number | undefined =>
  retryHint((name) => headers[name], message).retryAfter;

test("the wait is told in many ways, the most exact of which counts", () => {
  expect(hint({ "retry-after-ms": "1500", "retry-after": "9" })).toBe(1500);
  expect(hint({ "retry-after": "2.5" })).toBe(2500);
  expect(hint({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0.5s" })).toBe(
    360_500,
  );
  expect(hint({ "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "6m" })).toBe(
    undefined,
  );
  expect(hint({}, "Please try again in 1m2.5s. Thank you.")).toBe(62_500);
  expect(hint({}, "Please try again later.")).toBeUndefined();
});

test("a date is held against the reply's own date, a past one means now", () => {
  const date = "Mon, 23 Nov 2026 10:00:00 GMT";
  expect(hint({ date, "retry-after": "Mon, 23 Nov 2026 10:01:30 GMT" })).toBe(90_000);
  expect(hint({ date, "retry-after": "Mon, 23 Nov 2026 09:00:00 GMT" })).toBe(0);
  expect(hint({ "retry-after": "Mon, 23 Nov 2026 10:01:30 GMT" })).toBeUndefined();
});

test("segments are decoded once, malformed ones not at all", () => {
  expect(decodeSegment("a%252Fb")).toBe("a%2Fb");
  expect(decodeSegment("%C3%BC")).toBe("ü");
  expect(decodeSegment("%zz")).toBeUndefined();
  expect(decodeSegment(undefined)).toBeUndefined();
});

test("a page is told in its words, nothing by its status, never endlessly", () => {
  const page =
    "<html><head><title>t</title><style>p{}</style></head><body><h1>502</h1>\n Bad</body>";
  expect(plainMessage(page, 502)).toBe("502 Bad");
  expect(plainMessage(" \n", 503)).toBe("the upstream answered 503");
  expect(plainMessage("x".repeat(10_000), 500)).toHaveLength(2000);
});

test.each([
  ["event: a.b\ndata: 1\n\n", "a.b"],
  ["event:a\r\ndata: 1\r\n\r\n", "a"],
  ["event: a\rdata: 1\r\r", "a"],
  ["data: 1\nevent: a\n\n", undefined],
  [": comment\nevent: a\n\n", undefined],
])("the name in the first line of %p is %p", (text, name) => {
  expect(eventName(utf8(text))).toBe(name);
});

test("a name without an end is cut, not searched for", () => {
  expect(eventName(utf8(`event: ${"x".repeat(1000)}`))).toHaveLength(80);
});

test("data of several lines is joined, with and without the space", () => {
  expect(eventData(utf8("id: 1\r\ndata: a\r\ndata:b\r\n\r\n"))).toBe("a\nb");
  expect(eventData(utf8(": c\n\n"))).toBe("");
});

test("an event is an object that names its type", () => {
  expect(readEvent(utf8('data: {"type":"x","n":1}\n\n'))).toMatchObject({
    type: "x",
    record: { n: 1 },
  });
  for (const text of ["data: [1]\n\n", "data: {}\n\n", "data: {\n\n", "data: [DONE]\n\n", "\n\n"]) {
    expect(readEvent(utf8(text))).toBeUndefined();
  }
});
