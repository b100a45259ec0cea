// A call that became several on the wire, one for each candidate (R55): their bodies are read side by side, and what they
// say is written as one reply.
import { concat } from "../lib/bytes.ts";
import { ok } from "../lib/result.ts";
import { fanOut } from "../protocols/fan-out.ts";
import type { Framing } from "../protocols/protocol.ts";
import type { ReplyJob, Translated } from "../protocols/stream-path.ts";
import { createDeframer, createFramer } from "./frames.ts";
import type { Pieces, Side } from "./stream.ts";
import { FRAME_CAP, framingFailure, stepOf } from "./translate-stream.ts";
import { watchStream, type Watched } from "./translate-watch.ts";

/** Several bodies read as one, with the side that understands it. */
export type Merged = { readonly body: Pieces; readonly side: Side };

type Translating = Watched & { readonly job: ReplyJob };
type Read = Awaited<ReturnType<Pieces["read"]>>;
type Arrived = { readonly call: number; readonly read: Read };

const NOTHING = new Uint8Array();

/** Merges the streamed replies of all calls. Pieces come in the order in which they arrive. */
export function mergeStreams(
  translation: Translating,
  bodies: readonly Pieces[],
  framing: Framing,
): Merged {
  const reads = new Map<number, Promise<Arrived>>();
  const open = new Set(bodies.keys());
  let current = 0;
  let isEnd = false;
  const cancel = (): void => bodies.forEach((body) => body.cancel());
  const leave = (call: number): void => {
    open.delete(call);
    reads.delete(call);
  };
  const read = async (): Promise<Read> => {
    for (const call of open) {
      if (reads.has(call)) continue;
      const pending = bodies[call]?.read();
      if (pending !== undefined)
        reads.set(
          call,
          pending.then((piece) => ({ call, read: piece })),
        );
    }
    if (reads.size === 0) return ok(undefined);
    const { call, read: piece } = await Promise.race(reads.values());
    reads.delete(call);
    current = call;
    isEnd = piece.ok && piece.value === undefined;
    if (isEnd) leave(call);
    // The side hears of the end of each body; to the stream as a whole only the last one matters.
    return isEnd && open.size > 0 ? ok(NOTHING) : piece;
  };
  const side = sideOf(translation, { calls: bodies.length, framing }, () => ({
    call: current,
    isEnd,
  }));
  return {
    body: { read, cancel },
    side: { ...side, push: (chunk) => dropCut(side.push(chunk)) },
  };

  /** A call whose reply was ended at a stop sequence is not read any further. */
  function dropCut(step: ReturnType<Side["push"]>): ReturnType<Side["push"]> {
    if (side.isCut(current) && open.has(current)) {
      bodies[current]?.cancel();
      leave(current);
    }
    return step;
  }
}

type Shape = { readonly calls: number; readonly framing: Framing };
type Position = { readonly call: number; readonly isEnd: boolean };

function sideOf(
  translation: Translating,
  shape: Shape,
  position: () => Position,
): Side & { readonly isCut: (call: number) => boolean } {
  const deframers = Array.from({ length: shape.calls }, () =>
    createDeframer(shape.framing, FRAME_CAP),
  );
  const { job } = translation;
  const translator = fanOut(job, shape.calls);
  const framer = createFramer(job.client.framing);
  const write = stepOf(framer, watchStream(translation, translator.report));
  const endOf = (call: number): Translated[] => {
    const frames = deframers[call]?.end();
    const rest = frames?.ok === true ? frames.value : [];
    return [...rest.map((frame) => translator.push(call, frame)), translator.end(call)];
  };
  return {
    push: (chunk) => {
      const { call, isEnd } = position();
      if (isEnd) return write(endOf(call));
      const frames = deframers[call]?.push(chunk) ?? ok([]);
      return write(
        frames.ok
          ? frames.value.map((frame) => translator.push(call, frame))
          : [translator.end(call, framingFailure(frames.error))],
      );
    },
    end: () => write(endOf(position().call)),
    cut: (failure) => concat(write([translator.end(position().call, failure)]).bytes),
    ping: () => concat(translator.ping().map(framer.frame)),
    isCut: translator.isCut,
  };
}
