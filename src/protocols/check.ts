// How a protocol judges what is sent to its clients; types only.
import type { Json } from "../lib/json.ts";
import type { Frame } from "../wire/frame.ts";

/** Judges the frames of one streamed reply. */
export type StreamCheck = {
  /** Takes a frame and says what is wrong with it, in words; `undefined`: nothing. After the first fault it is silent. */
  readonly push: (frame: Frame) => string | undefined;
  /** To be called once when the last frame was sent: says what is missing. */
  readonly end: () => string | undefined;
};

/**
 * Judges what we send to clients of this protocol against its documentation, independently of the encoders (translation.md A
 * and D.3 to D.6). A fault is a bug of ours: tests fail on it, production counts it.
 */
export type Check = {
  /** Says what is wrong with the body of a buffered reply; `undefined`: nothing. */
  readonly reply: (body: Json) => string | undefined;
  readonly stream: () => StreamCheck;
};
