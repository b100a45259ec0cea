// Frames of streamed replies, whatever their framing; types only.
import type { Result } from "../lib/result.ts";

/** Value of an event-stream header (AWS event stream encoding, "Headers wire format"). */
export type HeaderValue =
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "byte" | "short" | "integer"; readonly value: number }
  | { readonly type: "long"; readonly value: bigint }
  | { readonly type: "binary"; readonly value: Uint8Array }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "timestamp"; readonly value: number }
  | { readonly type: "uuid"; readonly value: string };

/** One unit of a stream. */
export type Frame =
  /** A server-sent event; `event` is its name if it has one, `id` its id if it sets one. */
  | {
      readonly kind: "sse";
      readonly event: string | undefined;
      readonly data: string;
      readonly id?: string;
    }
  /** An SSE comment: ignored by clients, keeps connections open. */
  | { readonly kind: "comment"; readonly text: string }
  /** An AWS event-stream message. */
  | {
      readonly kind: "message";
      readonly headers: ReadonlyMap<string, HeaderValue>;
      readonly payload: Uint8Array;
    }
  /** One element of a JSON array that is streamed piece by piece. */
  | { readonly kind: "element"; readonly text: string };

/** Why bytes could not be framed. `truncated`: the bytes ended inside a frame. */
export type FramingError = {
  readonly kind: "malformed" | "too-large" | "truncated";
  readonly message: string;
};

/** Turns bytes into frames, however they are cut. */
export type Deframer = {
  readonly push: (bytes: Uint8Array) => Result<readonly Frame[], FramingError>;
  /** To be called once when the bytes are over. */
  readonly end: () => Result<readonly Frame[], FramingError>;
};

/** Turns frames into bytes. */
export type Framer = {
  readonly frame: (frame: Frame) => Uint8Array;
  /** Bytes that close the stream. */
  readonly end: () => Uint8Array;
};
