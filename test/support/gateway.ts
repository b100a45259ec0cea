// A gateway in the test's own process, and upstreams whose every byte is scripted.
import { loadConfig } from "../../src/config/load.ts";
import { err } from "../../src/lib/result.ts";
import { listenData, planeOf } from "../../src/http/server.ts";
import { buildRuntime } from "../../src/runtime.ts";
import type { Runtime } from "../../src/gateway/runtime.ts";

/** A gateway at work. */
export type TestGateway = {
  readonly url: string;
  readonly runtime: Runtime;
  /** Lines that it logged about errors of its own. */
  readonly errors: readonly string[];
  readonly stop: () => Promise<void>;
};

/**
 * Starts a gateway from a config text; `listen` is added, and that every translated reply is checked: `stop` throws if one had
 * not the documented form. Throws on an invalid config.
 */
export function startGateway(yaml: string): TestGateway {
  const checks = yaml.includes("checks:") ? "" : "checks: { sample: 1 }\n";
  const loaded = loadConfig(`listen: 127.0.0.1:0\n${checks}${yaml}`, {
    file: "test.yaml",
    env: {},
    readFile: (path) => err(`no file ${path}`),
  });
  if (!loaded.ok) throw new Error(loaded.error.map((p) => `${p.path}: ${p.message}`).join("\n"));
  const errors: string[] = [];
  const built = buildRuntime(loaded.value, (line) => errors.push(line));
  const plane = planeOf(
    () => built.runtime,
    () => false,
  );
  const listener = listenData({ host: "127.0.0.1", port: 0 }, plane);
  return {
    url: `http://127.0.0.1:${listener.address.port}`,
    runtime: built.runtime,
    errors,
    stop: async () => {
      await listener.kill();
      built.close();
      const faults = built.runtime.counters
        .list()
        .filter(({ labels }) => labels["verdict"] === "fault");
      if (faults.length > 0) throw new Error(`replies not in form: ${errors.join("; ")}`);
    },
  };
}

/** A request as an upstream saw it. */
export type SeenRequest = {
  readonly head: string;
  readonly target: string;
  readonly body: Buffer;
};

/** What an upstream does with a request: writes bytes to the socket, closes it, or keeps silent. */
export type Script = (socket: UpstreamSocket, request: SeenRequest, count: number) => void;

/** The socket of an upstream. */
export type UpstreamSocket = Bun.Socket<{ pending: Buffer }>;

/** A scripted upstream. */
export type Upstream = {
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  readonly closed: () => number;
  readonly stop: () => void;
};

/** Starts an upstream on raw sockets. */
export function startUpstream(script: Script): Upstream {
  const requests: SeenRequest[] = [];
  let closed = 0;
  const server = Bun.listen<{ pending: Buffer }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { pending: Buffer.alloc(0) };
      },
      data(socket, bytes) {
        const all = Buffer.concat([socket.data.pending, bytes]);
        socket.data.pending = all;
        const end = all.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = all.toString("latin1", 0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (all.byteLength < end + 4 + length) return;
        socket.data.pending = Buffer.alloc(0);
        const body = Buffer.from(all.subarray(end + 4, end + 4 + length));
        const seen = { head, target: head.split(" ")[1] ?? "", body };
        requests.push(seen);
        script(socket, seen, requests.length);
      },
      close() {
        closed++;
      },
    },
  });
  return { port: server.port, requests, closed: () => closed, stop: () => server.stop(true) };
}

/** Writes a buffer whole, however little the kernel takes at a time. */
export function writeAll(socket: UpstreamSocket, bytes: Uint8Array): void {
  let at = 0;
  const step = (): void => {
    while (at < bytes.byteLength) {
      const taken = socket.write(bytes.subarray(at));
      if (taken <= 0) {
        setTimeout(step, 1);
        return;
      }
      at += taken;
    }
  };
  step();
}

/** A buffered reply in HTTP. */
export function httpReply(status: number, type: string, body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The head of a chunked reply. */
export function chunkedHead(type: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
}

/** One chunk. */
export function chunk(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([
    Buffer.from(`${content.byteLength.toString(16)}\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
}

/** The end of a chunked body. */
export const LAST_CHUNK = "0\r\n\r\n";
