// Undoes compression of upstream replies that must be read: errors, and replies to be translated.
import { entry } from "../lib/entry.ts";
import { ok } from "../lib/result.ts";
import type { ReplyBody, TransportFailure } from "../transport/transport.ts";
import type { Pieces } from "./stream.ts";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

type Decoder = (bytes: Uint8Array, cap: number) => Uint8Array;

const DECODERS: Readonly<Record<string, Decoder>> = {
  identity: (bytes) => bytes,
  gzip: (bytes, cap) => gunzipSync(bytes, { maxOutputLength: cap }),
  "x-gzip": (bytes, cap) => gunzipSync(bytes, { maxOutputLength: cap }),
  deflate: (bytes, cap) => inflateSync(bytes, { maxOutputLength: cap }),
  br: (bytes, cap) => brotliDecompressSync(bytes, { maxOutputLength: cap }),
  zstd: (bytes, cap) => zstdDecompressSync(bytes, { maxOutputLength: cap }),
};

/** Decodes a whole body; `undefined` when the encoding is unknown, broken, or swells beyond `cap` bytes. */
export function decodeContent(
  bytes: Uint8Array,
  encoding: string | undefined,
  cap: number,
): Uint8Array | undefined {
  const decoder = entry(DECODERS, (encoding ?? "identity").trim().toLowerCase());
  if (decoder === undefined) return undefined;
  try {
    return decoder(bytes, cap);
  } catch {
    return undefined;
  }
}

const STREAMED = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
} as const satisfies Readonly<Record<string, Bun.CompressionFormat>>;

/**
 * Decodes a body piece by piece, each as soon as it can be read; the same body when it is not compressed, `undefined` when
 * the encoding is unknown. A broken one fails where it breaks.
 */
export function decodePieces(body: ReplyBody, encoding: string | undefined): Pieces | undefined {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return body;
  const format = entry<Bun.CompressionFormat>(STREAMED, name);
  return format === undefined ? undefined : decompressed(body, format);
}

function decompressed(body: ReplyBody, format: Bun.CompressionFormat): Pieces {
  let failure: TransportFailure | undefined;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const read = await body.read();
        if (!read.ok) {
          failure = read.error;
          controller.error(failure);
        } else if (read.value === undefined) controller.close();
        else controller.enqueue(new Uint8Array(read.value));
      },
    },
    { highWaterMark: 0 },
  );
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader();
  return {
    read: async () => {
      try {
        return ok((await reader.read()).value);
      } catch {
        body.cancel();
        const message = "the reply's compression is broken";
        return { ok: false, error: failure ?? { kind: "malformed", message, sent: true } };
      }
    },
    cancel: () => {
      body.cancel();
      reader.cancel().catch(() => undefined);
    },
  };
}
