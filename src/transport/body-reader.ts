// Takes the framing off a reply's body, whatever the cutting of the bytes: content length, chunks, or until close
// (RFC 9112, sections 6 and 7). Pure.
import type { BodyFraming } from "./http1.ts";

/** What some bytes held. */
export type BodyPart = {
  /** Content, without framing. */
  readonly content: readonly Uint8Array[];
  readonly state: "more" | "done" | "malformed";
  /** Bytes after the end of the body: nobody asked for them. */
  readonly surplus: number;
};

/** Reads one body. */
export type BodyReader = {
  readonly push: (bytes: Uint8Array) => BodyPart;
  /** Whether the peer's close is the proper end at this point. */
  readonly mayClose: () => boolean;
  /** Whether there is nothing to wait for. */
  readonly empty: boolean;
};

/** Makes the reader for a framing. */
export function bodyReader(framing: BodyFraming): BodyReader {
  switch (framing.kind) {
    case "none":
      return lengthReader(0);
    case "length":
      return lengthReader(framing.length);
    case "until-close":
      return {
        push: (bytes) => ({ content: [bytes], state: "more", surplus: 0 }),
        mayClose: () => true,
        empty: false,
      };
    case "chunked":
      return chunkedReader();
  }
}

function lengthReader(length: number): BodyReader {
  let left = length;
  return {
    push: (bytes) => {
      const taken = Math.min(left, bytes.byteLength);
      left -= taken;
      const content =
        taken === 0 ? [] : [taken === bytes.byteLength ? bytes : bytes.subarray(0, taken)];
      const surplus = bytes.byteLength - taken;
      return { content, state: left === 0 ? "done" : "more", surplus };
    },
    mayClose: () => left === 0,
    empty: length === 0,
  };
}

const LF = 0x0a;
const CR = 0x0d;
/** Longest line that describes a chunk, extensions included. */
const MAX_LINE = 1024;
/** Largest chunk: beyond this the size would not fit a safe integer's hexadecimal digits. */
const MAX_SIZE_DIGITS = 12;

/** Where a chunked body stands. */
type ChunkState =
  | { readonly at: "size" }
  | { readonly at: "data"; readonly left: number }
  | { readonly at: "data-end" }
  | { readonly at: "trailer" }
  | { readonly at: "done" }
  | { readonly at: "malformed" };

function chunkedReader(): BodyReader {
  let state: ChunkState = { at: "size" };
  let line = "";
  let trailerBytes = 0;

  /** Takes bytes up to a line end; gives the line once it is whole. */
  const readLine = (bytes: Uint8Array, from: number): { line?: string; next: number } => {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.byteLength : end;
    for (let at = from; at < to && line.length <= MAX_LINE; at++) {
      line += String.fromCharCode(bytes[at] ?? 0);
    }
    if (end < 0) return { next: to };
    const whole = line;
    line = "";
    return { line: whole, next: end + 1 };
  };

  const push = (bytes: Uint8Array): BodyPart => {
    const content: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.byteLength && state.at !== "done" && state.at !== "malformed") {
      if (state.at === "data") {
        const taken: number = Math.min(state.left, bytes.byteLength - at);
        content.push(bytes.subarray(at, at + taken));
        at += taken;
        state =
          state.left === taken ? { at: "data-end" } : { at: "data", left: state.left - taken };
        continue;
      }
      const read = readLine(bytes, at);
      if (state.at === "trailer") trailerBytes += read.next - at;
      at = read.next;
      if (read.line !== undefined) state = afterLine(state, read.line);
      else if (line.length > MAX_LINE) state = { at: "malformed" };
      if (trailerBytes > MAX_TRAILER) state = { at: "malformed" };
    }
    const surplus = bytes.byteLength - at;
    const outcome = state.at === "done" || state.at === "malformed" ? state.at : "more";
    return { content, state: outcome, surplus };
  };
  return { push, mayClose: () => state.at === "done", empty: false };
}

/** Most bytes of trailer fields, which are read and dropped. */
const MAX_TRAILER = 16 * 1024;

function afterLine(
  state: Extract<ChunkState, { at: "size" | "data-end" | "trailer" }>,
  raw: string,
): ChunkState {
  if (raw.charCodeAt(raw.length - 1) !== CR) return { at: "malformed" };
  const line = raw.slice(0, -1);
  switch (state.at) {
    case "size": {
      const digits = /^([0-9a-fA-F]+)[ \t]*(?:;|$)/.exec(line)?.[1];
      if (digits === undefined || digits.length > MAX_SIZE_DIGITS) return { at: "malformed" };
      const size = Number.parseInt(digits, 16);
      return size === 0 ? { at: "trailer" } : { at: "data", left: size };
    }
    case "data-end":
      return line === "" ? { at: "size" } : { at: "malformed" };
    case "trailer":
      return line === "" ? { at: "done" } : state;
  }
}
