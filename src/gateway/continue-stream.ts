// A stream that another member goes on with when it dies after content (`failover.continue`): reading moves over to the next
// upstream, the client's stream stays the same.
import { concat } from "../lib/bytes.ts";
import { ok, type Result } from "../lib/result.ts";
import { continued, type Broken } from "../protocols/continued.ts";
import type { Framing } from "../protocols/protocol.ts";
import type { ReplyJob, Translated } from "../protocols/stream-path.ts";
import type { Deframer, Frame } from "../wire/frame.ts";
import { createDeframer, createFramer } from "./frames.ts";
import type { Pieces, Side, StreamEnd } from "./stream.ts";
import type { Merged } from "./translate-fan-out.ts";
import { FRAME_CAP, framingFailure, stepOf } from "./translate-stream.ts";
import { watchStream, type Watched } from "./translate-watch.ts";
import { transportFailure } from "./transport-failure.ts";

/** The stream of the member that goes on. */
export type NextStream = {
  readonly body: Pieces;
  readonly framing: Framing;
  readonly job: ReplyJob;
  /** Ends its attempt. */
  readonly settle: (end: StreamEnd) => void;
};

/** Finds a member that goes on; `undefined`: nobody can. */
export type Elsewhere = (broken: Broken) => Promise<NextStream | undefined>;

/** The stream with the function that ends whatever attempt feeds it at that moment. */
export type Continuing = Merged & { readonly settle: (end: StreamEnd) => void };

/** A last frame that is not whole is none. */
function rest(frames: ReturnType<Deframer["end"]>): readonly Frame[] {
  return frames.ok ? frames.value : [];
}

const NOTHING = new Uint8Array();
const DONE: (end: StreamEnd) => void = () => undefined;

/** Reads the stream of a member, and after it breaks off those of others, as one. */
export function continueStream(
  translation: Watched & { readonly job: ReplyJob },
  first: Omit<NextStream, "job">,
  elsewhere: Elsewhere,
): Continuing {
  const { job } = translation;
  const translator = continued(job);
  const framer = createFramer(job.client.framing);
  const write = stepOf(framer, watchStream(translation, translator.report));
  const translate = (frames: readonly Frame[]): Translated[] => frames.map(translator.push);
  let { body: current, settle } = first;
  let deframer = createDeframer(first.framing, FRAME_CAP);
  let isOver = false;
  let isCancelled = false;
  /** What the end of the body came to, until it is asked for. */
  let last: readonly Translated[] = [];

  const goOn = async (broken: Broken): Promise<Result<Uint8Array, never>> => {
    current.cancel();
    settle({ kind: "failed", failure: broken.failure });
    settle = DONE;
    const next = isCancelled ? undefined : await elsewhere(broken);
    if (next === undefined) {
      isOver = true;
      return ok(NOTHING);
    }
    ({ body: current, settle } = next);
    deframer = createDeframer(next.framing, FRAME_CAP);
    translator.goOn(next.job);
    if (isCancelled) current.cancel();
    return ok(NOTHING);
  };
  const read: Pieces["read"] = async () => {
    const broken = translator.broken();
    if (broken !== undefined) return goOn(broken);
    const piece = await current.read();
    if (piece.ok && piece.value !== undefined) return piece;
    const parts = [
      ...translate(piece.ok ? rest(deframer.end()) : []),
      translator.end(piece.ok ? undefined : transportFailure(piece.error)),
    ];
    const now = translator.broken();
    if (now !== undefined) return goOn(now);
    last = parts;
    return ok(undefined);
  };

  const translateBytes = (chunk: Uint8Array): readonly Translated[] => {
    const frames = deframer.push(chunk);
    return frames.ok ? translate(frames.value) : [translator.end(framingFailure(frames.error))];
  };
  const side: Side = {
    push: (chunk) => write(isOver ? [translator.giveUp()] : translateBytes(chunk)),
    end: () => write(last),
    cut: (failure) => concat(write([translator.end(failure)]).bytes),
    ping: () => concat(translator.ping().map(framer.frame)),
  };
  const cancel = (): void => {
    isCancelled = true;
    current.cancel();
  };
  return { body: { read, cancel }, side, settle: (end) => settle(end) };
}
