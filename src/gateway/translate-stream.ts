// A translated stream: frames of the upstream become neutral events, which become frames of the client.
import { concat } from "../lib/bytes.ts";
import { conform } from "../ir/conform.ts";
import type { Event } from "../ir/event.ts";
import type { Failure } from "../ir/failure.ts";
import { restoreEvents } from "../ir/restore.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { Frame } from "../wire/frame.ts";
import { createDeframer, createFramer } from "./frames.ts";
import type { Side, Step } from "./stream.ts";
import type { Exchanged } from "./translate.ts";

/** Largest frame of a stream, in bytes (translation.md D.1). */
const FRAME_CAP = 16 * 1024 * 1024;

/** A `Side` that can also tell a whole reply as a stream. */
export type TranslatedSide = Side & { readonly replay: (events: readonly Event[]) => Uint8Array };

/** Makes the side for one exchange. */
export function streamSide(exchanged: Exchanged, upstream: Protocol): TranslatedSide {
  const { from, to, encoded, client, origin } = exchanged;
  const deframer = createDeframer(upstream.framing, FRAME_CAP);
  const decoder = to.stream.decoder(origin);
  const restore = restoreEvents(encoded.restore);
  const grammar = conform({ serial: from.stream.serial });
  const encoder = from.stream.encoder(client);
  const framer = createFramer(client.framing);

  const write = (events: readonly Event[]): Step => {
    const bytes: Uint8Array[] = [];
    let content = false;
    let terminal = false;
    let failure: Failure | undefined;
    for (const event of events) {
      content ||= event.type === "open" || event.type === "delta";
      terminal ||= event.type === "end";
      if (event.type === "error") failure = event.failure;
      for (const frame of encoder.push(event)) bytes.push(framer.frame(frame));
    }
    if (terminal || failure !== undefined) bytes.push(framer.end());
    const written = bytes.filter((piece) => piece.byteLength > 0);
    const step = { bytes: written, content, terminal };
    return failure === undefined ? step : { ...step, failure, fatal: true };
  };
  const understand = (events: readonly Event[]): readonly Event[] =>
    restore(events).flatMap((event) => grammar.push(event));
  const broken = (message: string): Step =>
    write(understand([{ type: "error", failure: { class: "bad-upstream-reply", message } }]));
  const decode = (frames: readonly Frame[]): Step =>
    write(frames.flatMap((frame) => understand(decoder.push(frame))));

  return {
    push: (chunk) => {
      const frames = deframer.push(chunk);
      return frames.ok ? decode(frames.value) : broken(frames.error.message);
    },
    end: () => {
      const frames = deframer.end();
      const last = decode(frames.ok ? frames.value : []);
      const rest = write([...understand(decoder.end()), ...grammar.end()]);
      const failure = last.failure ?? rest.failure;
      return {
        bytes: [...last.bytes, ...rest.bytes],
        content: last.content || rest.content,
        terminal: last.terminal || rest.terminal,
        ...(failure === undefined ? {} : { failure, fatal: true }),
      };
    },
    cut: (failure) => concat(write(understand([{ type: "error", failure }])).bytes),
    replay: (events) =>
      concat(write([...events.flatMap((event) => grammar.push(event)), ...grammar.end()]).bytes),
  };
}
