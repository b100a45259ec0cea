// Recorded streams through deframer, decoder and grammar, and encoded streams as text.
import { createDeframer, createFramer } from "../../src/gateway/frames.ts";
import { conform } from "../../src/ir/conform.ts";
import type { Event } from "../../src/ir/event.ts";
import { fold } from "../../src/ir/fold.ts";
import type { Failure } from "../../src/ir/failure.ts";
import type { Reply } from "../../src/ir/reply.ts";
import { NOTHING_TO_RESTORE } from "../../src/ir/restore.ts";
import { concat } from "../../src/lib/bytes.ts";
import type { Result } from "../../src/lib/result.ts";
import { streamTranslator, type StreamTranslator } from "../../src/protocols/stream-path.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { clientOf, type Party } from "./laws.ts";

const CAP = 16 * 1024 * 1024;

/** The frames of a stream of the party that arrives in these pieces. */
export function framesOf(
  party: Pick<Party, "framing">,
  pieces: readonly Uint8Array[],
): readonly Frame[] {
  const deframer = createDeframer(party.framing, CAP);
  const frames: Frame[] = [];
  for (const part of [...pieces.map(deframer.push), deframer.end()]) {
    // A last event without its blank line is dropped, as the standard says.
    if (part.ok) frames.push(...part.value);
    else if (part.error.kind !== "truncated") throw new Error(part.error.message);
  }
  return frames;
}

/** The conformed events of a reply of the upstream. */
export function eventsOf(upstream: Party, frames: readonly Frame[]): readonly Event[] {
  const decoder = upstream.codec.stream.decoder({ vendor: upstream.name, model: "model" });
  const grammar = conform({ serial: false });
  const body = frames.flatMap(decoder.push);
  return [...body, ...decoder.end()].flatMap(grammar.push).concat(grammar.end());
}

/** The reply that the events come to. */
export function foldAll(events: readonly Event[]): Result<Reply, Failure> {
  const folded = fold();
  events.forEach(folded.push);
  return folded.result();
}

/** Starts translating a stream of the upstream for the client. */
export function translatorOf(upstream: Party, client: Party): StreamTranslator {
  return streamTranslator({
    from: upstream.codec,
    to: client.codec,
    origin: { vendor: upstream.name, model: "model" },
    client: clientOf(client),
    restore: NOTHING_TO_RESTORE,
  });
}

/** What is wrong with a whole streamed reply to the party's clients; `undefined`: nothing. */
export function streamFault(
  { protocol }: Pick<Party, "protocol">,
  frames: readonly Frame[],
): string | undefined {
  const check = protocol.check.stream();
  const found = frames.map(check.push).find((fault) => fault !== undefined);
  return found ?? check.end();
}

/** The bytes of some frames on the wire, as the party's clients get them. */
export function bytesOfFrames(party: Pick<Party, "framing">, frames: readonly Frame[]): Uint8Array {
  const framer = createFramer(party.framing);
  return concat([...frames.map((frame) => framer.frame(frame)), framer.end()]);
}

/** The bytes of some frames for an SSE client. */
export function sseBytes(frames: readonly Frame[]): Uint8Array {
  return bytesOfFrames({ framing: "sse" }, frames);
}

/** The same as text. */
export function sseText(frames: readonly Frame[]): string {
  return new TextDecoder().decode(sseBytes(frames));
}
