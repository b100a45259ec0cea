// The reply reader against replies whose content is known by construction, cut everywhere.
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  beginReply,
  closeReply,
  newReplyReader,
  pushReply,
  type EndOfInput,
} from "../../src/transport/http1-reply.ts";

type Seen = {
  status: number | undefined;
  body: string;
  pieces: number;
  reusable: boolean | undefined;
  problem: string | undefined;
  close: EndOfInput | undefined;
};

const MAX_HEAD = 4096;

/** Feeds the pieces, and then the peer's closing if `closes`. */
function read(
  pieces: readonly string[],
  closes: boolean,
  method = "POST",
  maxHead = MAX_HEAD,
): Seen {
  const seen: Seen = {
    status: undefined,
    body: "",
    pieces: 0,
    reusable: undefined,
    problem: undefined,
    close: undefined,
  };
  const reader = newReplyReader(
    {
      onHead: (head) => {
        expect(seen.status).toBeUndefined();
        seen.status = head.status;
      },
      onBody: (bytes) => {
        expect(bytes.byteLength).toBeGreaterThan(0);
        expect(seen.reusable).toBeUndefined();
        seen.body += Buffer.from(bytes).toString("latin1");
        seen.pieces += 1;
      },
      onEnd: (reusable) => {
        expect(seen.reusable).toBeUndefined();
        seen.reusable = reusable;
      },
    },
    new Map(),
  );
  beginReply(reader, method, maxHead);
  for (const piece of pieces) {
    seen.problem = pushReply(reader, Buffer.from(piece, "latin1"));
    if (seen.problem !== undefined) return seen;
  }
  if (closes) seen.close = closeReply(reader);
  return seen;
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

const WHOLE: readonly {
  readonly name: string;
  readonly text: string;
  readonly body: string;
  readonly status?: number;
  readonly method?: string;
  readonly untilClose?: boolean;
  readonly reusable?: boolean;
}[] = [
  { name: "a length", text: `${HEAD}Content-Length: 5\r\n\r\nhello`, body: "hello" },
  { name: "an empty body", text: `${HEAD}Content-Length: 0\r\n\r\n`, body: "" },
  { name: "no content", text: "HTTP/1.1 204 No Content\r\n\r\n", body: "", status: 204 },
  { name: "HEAD", text: `${HEAD}Content-Length: 5\r\n\r\n`, body: "", method: "HEAD" },
  { name: "chunks", text: `${CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, body: "hello" },
  {
    name: "chunks with extensions, blanks, capital digits and trailers",
    text: `${CHUNKED}3;a=b;c="d"\r\nhel\r\n2 \t\r\nlo\r\n0A ;x\r\n0123456789\r\n000;z\r\nX-T: 1\r\nY:2\r\n\r\n`,
    body: "hello0123456789",
  },
  { name: "no chunk", text: `${CHUNKED}0\r\n\r\n`, body: "" },
  {
    name: "payload that looks like framing",
    text: `${CHUNKED}A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`,
    body: "0\r\n\r\n0\r\n\r\n",
  },
  {
    name: "until close",
    text: `${HEAD}\r\nhello`,
    body: "hello",
    untilClose: true,
    reusable: false,
  },
  {
    name: "interim replies",
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nhi`,
    body: "hi",
  },
  {
    name: "connection: close",
    text: `${HEAD}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
    body: "hi",
    reusable: false,
  },
];

test.each(WHOLE)("$name is read alike however it is cut", ({ text, body, ...rest }) => {
  const { status = 200, method = "POST", untilClose = false, reusable = true } = rest;
  const expected = {
    status,
    body,
    reusable,
    problem: undefined,
    close: untilClose ? ("complete" as const) : ("between-replies" as const),
  };
  expect(read([text], true, method)).toMatchObject(expected);
  expect(read(text.split(""), true, method)).toMatchObject(expected);
  for (let at = 0; at <= text.length; at++) {
    expect(read([text.slice(0, at), text.slice(at)], true, method)).toMatchObject(expected);
  }
});

test.each(WHOLE)("$name ends with its last byte and not before", ({ text, untilClose, method }) => {
  for (let at = 0; at < text.length; at++) {
    const seen = read([text.slice(0, at)], true, method);
    const inBody = seen.status !== undefined;
    if (untilClose === true && inBody) expect(seen.close).toBe("complete");
    else expect(seen.close).toBe(inBody ? "truncated" : "no-reply");
  }
});

test("the chunks of one read come as one piece", () => {
  const text = `${CHUNKED}${"2\r\nab\r\n".repeat(50)}0\r\n\r\n`;
  expect(read([text], false)).toMatchObject({ body: "ab".repeat(50), pieces: 1, reusable: true });
});

test.each(WHOLE.filter(({ untilClose }) => untilClose !== true))(
  "bytes after $name make the connection unusable",
  ({ text, body, method }) => {
    expect(read([`${text}HTTP`], false, method)).toMatchObject({ body, reusable: false });
  },
);

test("bytes after the end of a reply, in a read of their own, are refused", () => {
  expect(read([`${HEAD}Content-Length: 0\r\n\r\n`, "x"], false).problem).toContain("nobody asked");
});

test("two replies on one connection are read one after the other", () => {
  const bodies: string[] = [];
  const reader = newReplyReader(
    {
      onHead: () => {},
      onBody: (bytes) => bodies.push(Buffer.from(bytes).toString()),
      onEnd: (reusable) => expect(reusable).toBe(true),
    },
    new Map(),
  );
  for (const body of ["a", "b"]) {
    beginReply(reader, "GET", MAX_HEAD);
    expect(pushReply(reader, Buffer.from(`${CHUNKED}1\r\n${body}\r\n0\r\n\r\n`))).toBeUndefined();
  }
  expect(bodies).toEqual(["a", "b"]);
});

test.each([
  ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["HTTP/2 settings", "\0\0\0\x04"],
  ["a chunk size that is no number", `${CHUNKED}xyz\r\n`],
  ["an empty chunk size", `${CHUNKED}\r\n`],
  ["a signed chunk size", `${CHUNKED}-1\r\n`],
  ["a prefixed chunk size", `${CHUNKED}0x5\r\n`],
  ["a chunk size beyond safe integers", `${CHUNKED}12345678901234\r\n`],
  ["words after a chunk size", `${CHUNKED}5 5\r\n`],
  ["a bare LF after a chunk size", `${CHUNKED}5\nhello`],
  ["a lone CR after a chunk size", `${CHUNKED}5\rhello`],
  ["a chunk longer than its size", `${CHUNKED}3\r\nhello\r\n`],
  ["a bare LF after a chunk", `${CHUNKED}3\r\nhel\n`],
  ["a lone CR after a chunk", `${CHUNKED}3\r\nhel\rx`],
  ["a bare LF in an extension", `${CHUNKED}3;a\nb\r\n`],
  ["NUL in an extension", `${CHUNKED}3;a\0b\r\n`],
  ["an endless extension", `${CHUNKED}3;${"a".repeat(MAX_HEAD + 1)}`],
  ["a bare LF in the trailers", `${CHUNKED}0\r\nX: 1\n`],
  ["a lone CR in the trailers", `${CHUNKED}0\r\nX: 1\rY`],
  ["endless trailers", `${CHUNKED}0\r\n${"X: 1\r\n".repeat(MAX_HEAD / 2)}`],
  ["a lone CR at the very end", `${CHUNKED}0\r\n\rx`],
  ["switching protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
  ["an endless head", `${HEAD}X: ${"y".repeat(MAX_HEAD)}`],
  ["a head over the cap", `${HEAD}X: ${"y".repeat(MAX_HEAD)}\r\n\r\n`],
  ["endless interim replies", "HTTP/1.1 102 Processing\r\n\r\n".repeat(40)],
  ["big interim replies", `HTTP/1.1 103 H\r\nX: ${"y".repeat(1500)}\r\n\r\n`.repeat(3)],
])("%s is malformed, whole and byte by byte", (_what, text) => {
  expect(read([text], false).problem).toBeString();
  expect(read(text.split(""), false).problem).toBeString();
});

test("a head of exactly the cap passes", () => {
  const rest = "Content-Length: 0\r\n\r\n";
  const filler = `X: ${"y".repeat(200 - HEAD.length - rest.length - 5)}\r\n`;
  const text = HEAD + filler + rest;
  expect(text.length).toBe(200);
  expect(read([text], false, "GET", 200).problem).toBeUndefined();
  expect(read(text.split(""), false, "GET", 200).problem).toBeUndefined();
  expect(read([text], false, "GET", 199).problem).toBe("the head is too long");
});

test("what does not begin like HTTP/1 is refused at its first wrong byte", () => {
  expect(read(["HTTP/1"], false).problem).toBeUndefined();
  expect(read(["HTTP/2"], false).problem).toBeString();
  expect(read(["H", "T", "X"], false).problem).toBeString();
});

test("any content in any chunks, cut anywhere, is read back", () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(400), { maxLength: 10 });
  fc.assert(
    fc.property(chunks, cuts, (payload, at) => {
      const parts = payload.map((bytes) => Buffer.from(bytes).toString("latin1"));
      const framed = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
      const text = `${CHUNKED}${framed}0\r\n\r\n`;
      const ends = [
        0,
        ...at.filter((cut) => cut < text.length).toSorted((a, b) => a - b),
        text.length,
      ];
      const pieces = ends.slice(1).map((end, index) => text.slice(ends[index], end));
      expect(read(pieces, true)).toMatchObject({
        body: parts.join(""),
        reusable: true,
        close: "between-replies",
      });
    }),
  );
});
