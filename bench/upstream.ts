// The upstream of the benchmark: the cheapest HTTP server that Bun can be, so that the parties in front of it are what
// is measured. Answers every request with one fixed reply, or with a paced stream when the body asks for one.
const [port = "0", replyBytes = "700", frames = "64", paceMs = "20"] = process.argv.slice(2);

const FILL = "x".repeat(Math.max(Number(replyBytes) - 330, 1));
const REPLY = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "bench-model",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: FILL, refusal: null },
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 300, completion_tokens: 60, total_tokens: 360 },
});
const BUFFERED = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(REPLY)}\r\n\r\n${REPLY}`,
);
const STREAM_HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
);
const LAST_CHUNK = chunk("data: [DONE]\n\n", true);

type State = { pending: Buffer | undefined };

function chunk(text: string, last = false): Buffer {
  const size = Buffer.byteLength(text).toString(16);
  return Buffer.from(`${size}\r\n${text}\r\n${last ? "0\r\n\r\n" : ""}`);
}

function frame(index: number, total: number): Buffer {
  const delta = index === 0 ? { role: "assistant", content: "" } : { content: `token ${index} ` };
  const finish = index === total - 1 ? "stop" : null;
  const body = {
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "bench-model",
    choices: [{ index: 0, delta: finish === null ? delta : {}, finish_reason: finish }],
  };
  return chunk(`data: ${JSON.stringify(body)}\n\n`);
}

/** How many bytes the first whole request in the buffer has; 0 while it is incomplete. */
function requestLength(buffer: Buffer): number {
  const end = buffer.indexOf("\r\n\r\n");
  if (end < 0) return 0;
  const match = /content-length: *(\d+)/i.exec(buffer.toString("latin1", 0, end));
  const total = end + 4 + Number(match?.[1] ?? 0);
  return buffer.byteLength >= total ? total : 0;
}

const FRAMES = Array.from({ length: Number(frames) }, (_, index) => frame(index, Number(frames)));

function stream(socket: Bun.Socket<State>): void {
  socket.write(STREAM_HEAD);
  if (Number(paceMs) === 0) {
    socket.write(Buffer.concat([...FRAMES, LAST_CHUNK]));
    return;
  }
  let sent = 0;
  const timer = setInterval(() => {
    const next = FRAMES[sent++];
    if (next !== undefined) socket.write(next);
    else {
      socket.write(LAST_CHUNK);
      clearInterval(timer);
    }
  }, Number(paceMs));
}

const listener = Bun.listen<State>({
  hostname: "127.0.0.1",
  port: Number(port),
  socket: {
    open(socket) {
      socket.data = { pending: undefined };
    },
    data(socket, data) {
      let buffer =
        socket.data.pending === undefined ? data : Buffer.concat([socket.data.pending, data]);
      for (let length = requestLength(buffer); length > 0; length = requestLength(buffer)) {
        const wantsStream = buffer.subarray(0, length).includes('"stream":true');
        if (wantsStream) stream(socket);
        else socket.write(BUFFERED);
        buffer = buffer.subarray(length);
      }
      socket.data.pending = buffer.byteLength === 0 ? undefined : Buffer.from(buffer);
    },
  },
});
console.log(listener.port);
