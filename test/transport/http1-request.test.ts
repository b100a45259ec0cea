import { expect, test } from "bun:test";
import { hostField, requestHead } from "../../src/transport/http1-request.ts";
import type { OutgoingRequest } from "../../src/transport/transport.ts";

const REQUEST: OutgoingRequest = {
  method: "POST",
  origin: { secure: true, host: "api.example", port: 443 },
  target: "/v1/chat?x=1",
  headers: [
    ["content-type", "application/json"],
    ["X-Two", "a"],
    ["X-Two", "b"],
  ],
  body: new Uint8Array(12),
  replayable: true,
};

test("the head is written as given, with the host first and the length last", () => {
  expect(requestHead(REQUEST, "api.example")).toBe(
    "POST /v1/chat?x=1 HTTP/1.1\r\nHost: api.example\r\ncontent-type: application/json\r\n" +
      "X-Two: a\r\nX-Two: b\r\nContent-Length: 12\r\n\r\n",
  );
});

test.each([
  ["GET", ""],
  ["DELETE", ""],
  ["POST", "Content-Length: 0\r\n"],
  ["PUT", "Content-Length: 0\r\n"],
])("%s without a body says %j about its length", (method, said) => {
  const head = requestHead({ ...REQUEST, method, body: undefined, headers: [] }, "h");
  expect(head).toBe(`${method} /v1/chat?x=1 HTTP/1.1\r\nHost: h\r\n${said}\r\n`);
});

test.each([
  [{ secure: true, host: "api.example", port: 443 }, "api.example"],
  [{ secure: false, host: "api.example", port: 80 }, "api.example"],
  [{ secure: true, host: "api.example", port: 80 }, "api.example:80"],
  [{ secure: false, host: "::1", port: 8080 }, "[::1]:8080"],
  [{ secure: false, host: "127.0.0.1", port: 80 }, "127.0.0.1"],
])("the host field of %j is %s", (origin, field) => {
  expect(hostField(origin)).toBe(field);
});

test.each([
  ["a line break in the method", { method: "GET /\r\nX" }],
  ["an empty method", { method: "" }],
  ["a space in the target", { target: "/a b" }],
  ["a line break in the target", { target: "/a\r\nx: y" }],
  ["an empty target", { target: "" }],
  ["a letter beyond ASCII in the target", { target: "/ä" }],
  ["a CR in a value", { headers: [["x", "a\rb"]] }],
  ["an LF in a value", { headers: [["x", "a\nb"]] }],
  ["a NUL in a value", { headers: [["x", "a\0b"]] }],
  ["a character beyond one byte in a value", { headers: [["x", "a\u0142"]] }],
  ["a colon in a name", { headers: [["x:y", "a"]] }],
  ["a line break in a name", { headers: [["x\r\ny", "a"]] }],
  ["an empty name", { headers: [["", "a"]] }],
] as const)("%s never reaches the wire", (_what, part) => {
  expect(() => requestHead({ ...REQUEST, ...part }, "h")).toThrow("forbidden characters");
});

test.each(["Host", "content-length", "Connection", "Transfer-Encoding"])(
  "the header %s is not the caller's to set",
  (name) => {
    expect(() => requestHead({ ...REQUEST, headers: [[name, "1"]] }, "h")).toThrow(
      "belongs to the transport",
    );
  },
);

test.each(["a\r\nb", "a b", "", "a/b", "[::1]"])("the host %j is refused", (host) => {
  expect(() => hostField({ secure: false, host, port: 80 })).toThrow("forbidden character");
});
