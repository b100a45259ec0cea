// The streaming client of the benchmark: keeps a number of streams open and checks that no frame is lost.

/** What to load a party with. */
export type StreamLoad = {
  readonly port: number;
  readonly body: string;
  /** Streams open at once. */
  readonly streams: number;
  /** How long new streams are opened. */
  readonly seconds: number;
};

/** What was seen. */
export type StreamResult = { readonly frames: number; readonly elapsedMs: number };

const FRAME_MARK = Buffer.from("data: {");
const END_MARK = Buffer.from("[DONE]");

function count(haystack: Buffer, mark: Buffer): number {
  let found = 0;
  for (let at = haystack.indexOf(mark); at >= 0; at = haystack.indexOf(mark, at + 1)) found++;
  return found;
}

/** Runs one stream to its end and returns its bytes. */
async function oneStream(port: number, request: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(open, data) {
        chunks.push(Buffer.from(data));
        // The end mark can be cut by a read, so the last two reads are looked at together.
        if (Buffer.concat(chunks.slice(-2)).includes(END_MARK)) {
          resolve(Buffer.concat(chunks));
          open.end();
        }
      },
      close() {
        reject(new Error("the stream was closed before its end"));
      },
    },
  });
  socket.write(request);
  return promise;
}

/** Opens streams until the time is over; throws if any stream lost a frame. */
export async function streamLoad(load: StreamLoad): Promise<StreamResult> {
  const request = [
    "POST /v1/chat/completions HTTP/1.1",
    "host: bench",
    "content-type: application/json",
    "authorization: Bearer bench-token",
    `content-length: ${Buffer.byteLength(load.body)}`,
    "",
    load.body,
  ].join("\r\n");
  const start = performance.now();
  const deadline = start + load.seconds * 1000;
  let frames = 0;
  let expected: number | undefined;
  const worker = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const seen = count(await oneStream(load.port, request), FRAME_MARK);
      expected ??= seen;
      if (seen !== expected) throw new Error(`a stream had ${seen} frames instead of ${expected}`);
      frames += seen;
    }
  };
  await Promise.all(Array.from({ length: load.streams }, worker));
  return { frames, elapsedMs: performance.now() - start };
}
