// A translated stream: bytes of the upstream become frames, the pipeline turns them into frames of the client, and those
// become bytes again.
import { concat } from "../lib/bytes.ts";
import type { Failure } from "../ir/failure.ts";
import type { Reply } from "../ir/reply.ts";
import { streamFolder } from "../protocols/pipeline.ts";
import { streamTranslator, type ReplyJob, type Translated } from "../protocols/stream-path.ts";
import type { Framing } from "../protocols/protocol.ts";
import type { Result } from "../lib/result.ts";
import type { Frame, Framer } from "../wire/frame.ts";
import { createDeframer, createFramer } from "./frames.ts";
import type { Side, Step } from "./stream.ts";
import { watchStream, type StreamWatch, type Watched } from "./translate-watch.ts";

/** Largest frame of a stream, in bytes (translation.md D.1). */
export const FRAME_CAP = 16 * 1024 * 1024;

/** Makes the side for one streamed reply that arrives in `framing`. */
export function translatedSide(
  translation: Watched & { readonly job: ReplyJob },
  framing: Framing,
): Side {
  const { job } = translation;
  const deframer = createDeframer(framing, FRAME_CAP);
  const translator = streamTranslator(job);
  const framer = createFramer(job.client.framing);
  const write = stepOf(framer, watchStream(translation, translator.report));
  const translate = (frames: readonly Frame[]): Translated[] => frames.map(translator.push);

  return {
    push: (chunk) => {
      const frames = deframer.push(chunk);
      return write(
        frames.ok ? translate(frames.value) : [translator.end(framingFailure(frames.error))],
      );
    },
    end: () => {
      const frames = deframer.end();
      return write([...translate(frames.ok ? frames.value : []), translator.end()]);
    },
    cut: (failure) => concat(write([translator.end(failure)]).bytes),
    ping: () => concat(translator.ping().map(framer.frame)),
  };
}

/** Makes the function that turns what was translated of one read into a step, and closes the framing once at the end. */
export function stepOf(framer: Framer, watch: StreamWatch): (parts: readonly Translated[]) => Step {
  let closed = false;
  let finished = false;
  const bytesOf = ({ frames, terminal, failure }: Translated): Uint8Array[] => {
    const isLast = terminal && !finished && failure === undefined;
    finished ||= isLast;
    return watch.pass(frames, isLast).map(framer.frame);
  };
  return (parts) => {
    const bytes = parts.flatMap(bytesOf);
    const last = parts.at(-1);
    const failure = last?.failure;
    const terminal = last?.terminal ?? false;
    if (!closed && (terminal || failure !== undefined)) {
      closed = true;
      bytes.push(framer.end());
      watch.close();
    }
    const written = bytes.filter((piece) => piece.byteLength > 0);
    const step = { bytes: written, content: last?.content ?? false, terminal };
    if (failure !== undefined) return { ...step, failure, fatal: true };
    return last?.cut === true ? { ...step, fatal: true } : step;
  };
}

/** Bytes of a reply that is already there as frames. */
export function framesToBytes(frames: readonly Frame[], framing: Framing): Uint8Array {
  const framer = createFramer(framing);
  return concat([...frames.map((frame) => framer.frame(frame)), framer.end()]);
}

/** Folds the bytes of a whole streamed reply, for a client that did not ask for a stream. */
export function foldStream(
  job: ReplyJob,
  bytes: Uint8Array,
  framing: Framing,
): Result<Reply, Failure> {
  const deframer = createDeframer(framing, FRAME_CAP);
  const folder = streamFolder(job);
  const frames = deframer.push(bytes);
  if (!frames.ok) return folder.end(framingFailure(frames.error));
  frames.value.forEach(folder.push);
  const rest = deframer.end();
  if (rest.ok) rest.value.forEach(folder.push);
  return folder.end();
}

/** A stream whose framing is broken is the upstream's fault. */
export function framingFailure(error: { readonly message: string }): Failure {
  return {
    class: "bad-upstream-reply",
    message: `the upstream's stream is broken: ${error.message}`,
  };
}
