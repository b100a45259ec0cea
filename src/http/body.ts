// Reads a request body once, into one array, and never more than the cap.
import { concat } from "../lib/bytes.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Failure } from "../ir/failure.ts";

const EMPTY = new Uint8Array(0);

/** Reads the whole body; fails as `too-large` beyond `cap` bytes, before more than that was held. */
export async function readBody(
  request: Request,
  cap: number,
): Promise<Result<Uint8Array, Failure>> {
  if (request.body === null) return ok(EMPTY);
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > cap) return err(tooLarge(cap));
    return readDeclared(request);
  }
  return readChunks(request.body, cap);
}

async function readDeclared(request: Request): Promise<Result<Uint8Array, Failure>> {
  try {
    return ok(await request.bytes());
  } catch {
    return err({ class: "cancelled", message: "the request body broke off" });
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array>,
  cap: number,
): Promise<Result<Uint8Array, Failure>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > cap) return err(tooLarge(cap));
      chunks.push(chunk);
    }
  } catch {
    return err({ class: "cancelled", message: "the request body broke off" });
  }
  return ok(concat(chunks));
}

function tooLarge(cap: number): Failure {
  return { class: "too-large", message: `the request body is larger than ${cap} bytes` };
}
