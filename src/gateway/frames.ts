// The framer and deframer of each framing, chosen in one place.
import type { Framing } from "../protocols/protocol.ts";
import { eventStreamDeframer, eventStreamFramer } from "../wire/eventstream.ts";
import type { Deframer, Frame, Framer } from "../wire/frame.ts";
import { jsonArrayDeframer, jsonArrayFramer } from "../wire/json-array.ts";
import { sseDeframer, sseFramer } from "../wire/sse.ts";
import { concat } from "../lib/bytes.ts";

/** Makes what turns bytes into frames; one frame may have at most `cap` bytes. */
export function createDeframer(framing: Framing, cap: number): Deframer {
  switch (framing) {
    case "sse":
      return sseDeframer({ maxBytes: cap });
    case "eventstream":
      return eventStreamDeframer({ maxBytes: cap });
    case "json-array":
      return jsonArrayDeframer({ maxBytes: cap });
  }
}

/** Makes what turns frames into bytes. */
export function createFramer(framing: Framing): Framer {
  switch (framing) {
    case "sse":
      return sseFramer();
    case "eventstream":
      return eventStreamFramer();
    case "json-array":
      return jsonArrayFramer();
  }
}

/** The bytes of some frames that stand alone. */
export function encodeFrames(frames: readonly Frame[], framing: Framing): Uint8Array {
  const framer = createFramer(framing);
  return concat(frames.map((frame) => framer.frame(frame)));
}
