// A reply's bytes on their way to the client, at the client's pace, with nobody looking into them.
import type { ReplyBody } from "../transport/transport.ts";
import type { StreamEnd } from "./stream.ts";
import { transportFailure } from "./transport-failure.ts";

/** The stream of a body; `start` was read before. `onEnd` is called once. */
export function relayBody(
  body: ReplyBody,
  onEnd: (end: StreamEnd) => void,
  start?: Uint8Array,
): ReadableStream<Uint8Array> {
  let first = start;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    if (first !== undefined) {
      controller.enqueue(first);
      first = undefined;
      return;
    }
    const read = await body.read();
    if (!read.ok) {
      const failure = transportFailure(read.error);
      onEnd({ kind: "failed", failure });
      controller.error(new Error(failure.message));
    } else if (read.value === undefined) {
      onEnd({ kind: "complete" });
      controller.close();
    } else controller.enqueue(read.value);
  };
  const cancel = (): void => {
    body.cancel();
    onEnd({ kind: "abandoned" });
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}
