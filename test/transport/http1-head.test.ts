import { expect, test } from "bun:test";
import { parseReplyHead } from "../../src/transport/http1-head.ts";

const parse = (lines: readonly string[], method = "POST") =>
  parseReplyHead(lines.map((line) => `${line}\r\n`).join(""), method, new Map());

const OK = "HTTP/1.1 200 OK";

test("names come in lower case, values without surrounding blanks, repetitions in order", () => {
  const head = parse([
    OK,
    "Content-Length: 5",
    "X-A:1",
    "x-a: \t two words \t ",
    "Empty:",
    "X-Latin: caf\u00e9",
  ]);
  expect(head).toEqual({
    ok: true,
    value: {
      status: 200,
      headers: [
        ["content-length", "5"],
        ["x-a", "1"],
        ["x-a", "two words"],
        ["empty", ""],
        ["x-latin", "caf\u00e9"],
      ],
      framing: { kind: "length", length: 5 },
      persistent: true,
      keepFor: undefined,
    },
  });
});

test("a name is known by its spelling, and a thousand odd ones are not remembered", () => {
  const names = new Map<string, string>();
  for (let i = 0; i < 2000; i++) parseReplyHead(`${OK}\r\nX-${i}: a\r\n`, "GET", names);
  expect(names.size).toBe(1024);
  const head = parseReplyHead(`${OK}\r\nX-1: a\r\nX-1999: b\r\n`, "GET", names);
  expect(head.ok && head.value.headers).toEqual([
    ["x-1", "a"],
    ["x-1999", "b"],
  ]);
});

test.each([
  ["HTTP/1.1 200 OK", 200],
  ["HTTP/1.1 200", 200],
  ["HTTP/1.1 200 ", 200],
  ["HTTP/1.0 404 Not \u00fcber Found", 404],
  ["HTTP/1.1 599 x", 599],
])("the status line %j is read", (line, status) => {
  expect(parse([line])).toMatchObject({ ok: true, value: { status } });
});

test.each([
  "HTTP/2 200 OK",
  "HTTP/1.2 200 OK",
  "http/1.1 200 OK",
  "HTTP/1.1  200 OK",
  "HTTP/1.1 20 OK",
  "HTTP/1.1 2000 OK",
  "HTTP/1.1 600 OK",
  "HTTP/1.1 099 OK",
  "HTTP/1.1 200OK",
  " HTTP/1.1 200 OK",
  "HTTP/1.1 200 O\0K",
  "HTTP/1.1 200 O\nK",
  "",
])("the status line %j is malformed", (line) => {
  expect(parse([line]).ok).toBe(false);
});

test.each([
  ["a line without a colon", ["broken"]],
  ["an obs-fold", ["X-A: 1", " continued: x"]],
  ["an obs-fold with a tab", ["X-A: 1", "\tcontinued"]],
  ["a space before the colon", ["X-A : 1"]],
  ["an empty name", [": 1"]],
  ["a name with a forbidden character", ["X(A): 1"]],
  ["a name beyond ASCII", ["X-\u00c4: 1"]],
  ["NUL in a name", ["X\0: 1"]],
  ["NUL in a value", ["X: a\0b"]],
  ["a lone CR in a value", ["X: a\rb"]],
  ["a lone LF in a value", ["X: a\nY: b"]],
  ["a lone CR at the end of a value", ["X: a\r"]],
  ["two different lengths", ["Content-Length: 5", "Content-Length: 6"]],
  ["a list of lengths", ["Content-Length: 5, 5"]],
  ["a signed length", ["Content-Length: +5"]],
  ["a negative length", ["Content-Length: -5"]],
  ["a hexadecimal length", ["Content-Length: 0x5"]],
  ["an empty length", ["Content-Length: "]],
  ["a length beyond safe integers", ["Content-Length: 9999999999999999"]],
  ["length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"]],
  ["chunks and length", ["Transfer-Encoding: chunked", "Content-Length: 5"]],
  ["an unknown coding", ["Transfer-Encoding: gzip"]],
  ["a coding under the chunks", ["Transfer-Encoding: gzip, chunked"]],
  ["chunks in chunks", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]],
])("%s is malformed", (_what, lines) => {
  expect(parse([OK, ...lines]).ok).toBe(false);
});

test("chunks in HTTP/1.0 are malformed", () => {
  expect(parse(["HTTP/1.0 200 OK", "Transfer-Encoding: chunked"]).ok).toBe(false);
});

test.each([
  ["the same length twice", "POST", [OK, "Content-Length: 5", "content-length: 5"], 5],
  ["chunks", "POST", [OK, "Transfer-Encoding: Chunked"], "chunked"],
  ["nothing", "POST", [OK], "until-close"],
  ["HEAD", "HEAD", [OK, "Content-Length: 5"], 0],
  ["HEAD with chunks", "HEAD", [OK, "Transfer-Encoding: chunked"], 0],
  ["204", "POST", ["HTTP/1.1 204 No Content"], 0],
  ["304", "GET", ["HTTP/1.1 304 Not Modified", "Content-Length: 5"], 0],
  ["103", "GET", ["HTTP/1.1 103 Early Hints"], 0],
  ["205 with a length", "GET", ["HTTP/1.1 205 Reset", "Content-Length: 0"], 0],
] as const)("the framing by %s", (_what, method, lines, framing) => {
  const expected =
    typeof framing === "number" ? { kind: "length", length: framing } : { kind: framing };
  expect(parse(lines, method)).toMatchObject({
    ok: true,
    value: { framing: expected },
  });
});

test.each([
  [OK, ["Content-Length: 0"], true],
  [OK, ["Content-Length: 0", "Connection: close"], false],
  [OK, ["Content-Length: 0", "Connection: Upgrade, CLOSE"], false],
  [OK, ["Content-Length: 0", "Connection: upgrade", "Connection: close"], false],
  [OK, ["Content-Length: 0", "Connection: closet"], true],
  [OK, ["Transfer-Encoding: chunked"], true],
  [OK, [], false],
  ["HTTP/1.0 200 OK", ["Content-Length: 0"], false],
  ["HTTP/1.0 200 OK", ["Content-Length: 0", "Connection: keep-alive"], true],
  ["HTTP/1.0 200 OK", ["Content-Length: 0", "Connection: keep-alive, close"], false],
  ["HTTP/1.0 200 OK", ["Connection: keep-alive"], false],
] as const)("whether the connection stays after %s with %j: %j", (line, fields, persistent) => {
  expect(parse([line, ...fields])).toMatchObject({ ok: true, value: { persistent } });
});

test.each([
  ["timeout=5", 5],
  ["max=100, Timeout=60", 60],
  ["timeout=0", 0],
  ["max=5", undefined],
  ["xtimeout=5", undefined],
])("keep-alive: %s promises %p seconds", (value, keepFor) => {
  const head = parse([OK, "Content-Length: 0", `Keep-Alive: ${value}`]);
  expect(head.ok && head.value.keepFor).toBe(keepFor ?? undefined);
});
