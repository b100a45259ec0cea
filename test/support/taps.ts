// Runs a tap over a whole stream, cut into frames by the splitter, and folds what it saw.
import type { Failure } from "../../src/ir/failure.ts";
import type { Usage } from "../../src/ir/reply.ts";
import type { Framing, Protocol } from "../../src/protocols/protocol.ts";
import { splitter } from "../../src/wire/split.ts";

/** What a tap saw of one stream. */
export type Tapped = {
  /** Index of the first frame with content; -1: none. */
  readonly content: number;
  /** Index of the first frame that ends the reply; -1: none. */
  readonly terminal: number;
  readonly usage: Usage | undefined;
  readonly failure: Failure | undefined;
  readonly frames: number;
};

/** Taps all frames of a stream. Throws if the stream cannot be cut. */
export function tapAll(protocol: Protocol, bytes: Uint8Array, framing: Framing): Tapped {
  const cut = splitter(framing, 64 * 1024 * 1024).push(bytes);
  if (!cut.ok) throw new Error(cut.error.message);
  const seen = cut.value.frames.map((frame) => protocol.tap.frame(frame, framing));
  return {
    content: seen.findIndex(({ content }) => content),
    terminal: seen.findIndex(({ terminal }) => terminal),
    usage: seen.findLast(({ usage }) => usage !== undefined)?.usage,
    failure: seen.find(({ failure }) => failure !== undefined)?.failure,
    frames: seen.length,
  };
}
