// Requests are read whole, however the bytes are cut (RFC 9112).
import { expect, test } from "bun:test";
import fc from "fast-check";
import { requestReader, type RequestEvent } from "../../src/mock/http-request.ts";

const CAP = 1000;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function readAll(chunks: readonly Uint8Array[]): readonly RequestEvent[] {
  const reader = requestReader(CAP);
  return chunks.flatMap((chunk) => {
    const read = reader.push(chunk);
    if (!read.ok) throw new Error(read.error.message);
    return read.value;
  });
}

function bodies(events: readonly RequestEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "request" ? [new TextDecoder().decode(event.request.body)] : [],
  );
}

const TWO =
  "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" +
  "POST /d HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: 1\r\n\r\n" +
  "GET / HTTP/1.1\r\n\r\n";

test("bodies with a length, in chunks, and none at all", () => {
  const events = readAll([utf8(TWO)]);
  expect(bodies(events)).toEqual(["hello", "abc0123456789", ""]);
  const [first] = events;
  if (first?.kind !== "request") throw new Error("no request");
  expect(first.request).toMatchObject({
    method: "POST",
    target: "/a?b=c",
    headers: [
      ["host", "x"],
      ["content-length", "5"],
    ],
  });
});

test("any cutting of the bytes gives the same requests", () => {
  const bytes = utf8(TWO);
  const whole = readAll([bytes]);
  expect(readAll([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.byteLength), { maxLength: 8 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.byteLength];
      const chunks = edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
      expect(readAll(chunks)).toEqual(whole);
    }),
  );
});

test("a client that waits for 100 Continue is told to go on", () => {
  const head = "POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
  const events = readAll([utf8(head), utf8("ok")]);
  expect(events.map(({ kind }) => kind)).toEqual(["continue", "request"]);
});

test.each([
  { name: "nonsense", text: "nonsense\r\n\r\n", status: 400 },
  { name: "HTTP/2", text: "GET / HTTP/2.0\r\n\r\n", status: 400 },
  { name: "a header without a colon", text: "GET / HTTP/1.1\r\nno colon\r\n\r\n", status: 400 },
  {
    name: "a length in letters",
    text: "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    status: 400,
  },
  {
    name: "a length above the cap",
    text: "POST / HTTP/1.1\r\ncontent-length: 1001\r\n\r\n",
    status: 413,
  },
  {
    name: "a chunk without a size",
    text: "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    status: 400,
  },
  {
    name: "chunks above the cap",
    text: "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfff\r\n",
    status: 413,
  },
  { name: "an endless head", text: `GET / HTTP/1.1\r\na: ${"x".repeat(70_000)}`, status: 431 },
] as const)("refuses $name", ({ text, status }) => {
  const read = requestReader(CAP).push(utf8(text));
  expect(read).toMatchObject({ ok: false, error: { status } });
});
