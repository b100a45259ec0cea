// Undoes compression of upstream replies that must be read: errors, and replies to be translated.
import { entry } from "../lib/entry.ts";
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
