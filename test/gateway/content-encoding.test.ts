// Replies that come compressed although nobody asked for it.
import { afterEach, describe, expect, test } from "bun:test";
import { brotliCompressSync, constants, createGzip, gzipSync } from "node:zlib";
import { decodeContent, decodePieces } from "../../src/gateway/content-encoding.ts";
import { ok } from "../../src/lib/result.ts";
import type { ReplyBody } from "../../src/transport/transport.ts";
import { claudeUpstreams, ending, opening, said, whole } from "../support/claude-upstream.ts";
import { chunk, chunkedHead, LAST_CHUNK, writeAll } from "../support/gateway.ts";

const { setup, close } = claudeUpstreams();
afterEach(close);

const CODINGS = [
  ["gzip", (text: string) => gzipSync(text)],
  ["br", (text: string) => brotliCompressSync(text)],
] as const;

const ASK = { model: "m", messages: [{ role: "user" as const, content: "go" }] };

describe("E010 a reply that the upstream compressed is read, and goes out plain", () => {
  test.each(CODINGS)("%s, whole", async (coding, compress) => {
    const { gateway } = setup((socket) => {
      const body = compress(whole("fine", 3));
      const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
      writeAll(socket, Buffer.concat([Buffer.from(head), body]));
    });
    const reply = await post(gateway.url, ASK);
    expect(reply.headers.get("content-encoding")).toBeNull();
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: "fine" } }] });
  });

  test.each(CODINGS)("%s, streamed", async (coding, compress) => {
    const { gateway } = setup((socket) => {
      const body = compress(opening() + said("fine") + ending(3));
      const head = chunkedHead(`text/event-stream\r\ncontent-encoding: ${coding}`);
      writeAll(socket, Buffer.concat([Buffer.from(head), chunk(body), Buffer.from(LAST_CHUNK)]));
    });
    const reply = await post(gateway.url, { ...ASK, stream: true });
    expect(reply.headers.get("content-encoding")).toBeNull();
    const text = await reply.text();
    expect(text).toContain('"content":"fine"');
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("a piece is passed on before the next one comes", async () => {
    const gzip = createGzip();
    const made: Buffer[] = [];
    gzip.on("data", (bytes: Buffer) => made.push(bytes));
    const flushed = async (text: string): Promise<Buffer> => {
      gzip.write(text);
      await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
      return Buffer.concat(made.splice(0));
    };
    const [first, second] = [await flushed("first "), await flushed("second")];
    const later = Promise.withResolvers<void>();
    const body = bodyOf([() => Promise.resolve(first), () => later.promise.then(() => second)]);
    const pieces = decodePieces(body, "gzip");
    expect(await textOf(pieces?.read())).toBe("first ");
    later.resolve();
    expect(await textOf(pieces?.read())).toBe("second");
    pieces?.cancel();
  });

  test("a coding that nobody knows, or that is broken, is the upstream's fault", async () => {
    for (const coding of ["rot13", "gzip"]) {
      const { gateway } = setup((socket) => {
        const head = chunkedHead(`text/event-stream\r\ncontent-encoding: ${coding}`);
        writeAll(
          socket,
          Buffer.concat([Buffer.from(head), chunk("nonsense"), Buffer.from(LAST_CHUNK)]),
        );
      });
      expect((await post(gateway.url, { ...ASK, stream: true })).status).toBe(502);
    }
    expect(decodeContent(Buffer.from("nonsense"), "gzip", 100)).toBeUndefined();
  });
});

function post(url: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer x", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

function bodyOf(reads: readonly (() => Promise<Uint8Array>)[]): ReplyBody {
  const left = [...reads];
  return {
    read: async () => ok(await left.shift()?.()),
    readAll: () => Promise.reject(new Error("read in pieces")),
    cancel: () => undefined,
  };
}

async function textOf(read: ReturnType<ReplyBody["read"]> | undefined): Promise<string> {
  const piece = await read;
  if (piece?.ok !== true) throw new Error("no piece");
  return new TextDecoder().decode(piece.value);
}
