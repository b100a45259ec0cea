// Opens many streams at once over a transport. Run as a program it does so over `fetch`, whose limit on requests at a time
// is read from the environment when a process starts.
import { ms } from "../../src/lib/time.ts";
import { createFetchTransport } from "../../src/transport/fetch.ts";
import type { Transport } from "../../src/transport/transport.ts";

const LIMITS = {
  connect: ms(10_000),
  firstByte: ms(10_000),
  idle: ms(10_000),
  maxHeadBytes: 16_384,
};

/** Opens `count` streams against a server that answers none of them in full before it has seen all; counts the good. */
export async function manyStreams(transport: Transport, count: number): Promise<number> {
  const waiting: Bun.Socket[] = [];
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
        waiting.push(socket);
        if (waiting.length < count) return;
        for (const open of waiting) open.write("0\r\n\r\n");
      },
    },
  });
  const one = async (): Promise<boolean> => {
    const sent = await transport.send(
      {
        method: "GET",
        origin: { secure: false, host: "127.0.0.1", port: server.port },
        target: "/",
        headers: [],
        body: undefined,
        replayable: true,
      },
      LIMITS,
      undefined,
    );
    if (!sent.ok) return false;
    const all = await sent.value.body.readAll(100);
    return all.ok && all.value.complete && all.value.bytes.byteLength === 1;
  };
  const outcomes = await Promise.all(Array.from({ length: count }, one));
  server.stop(true);
  return outcomes.filter(Boolean).length;
}

if (import.meta.main) {
  console.log(await manyStreams(createFetchTransport(), Number(process.argv[2])));
}
