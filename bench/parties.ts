// Starts and stops the parties of a benchmark run, each pinned to its own core where there are enough of them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

/** A proxy under test. */
export type Party = {
  readonly name: string;
  readonly port: number;
  /** Process whose CPU time is counted. */
  readonly pid: number;
};

/** Everything that one run starts. */
export type Field = { readonly parties: readonly Party[]; readonly stop: () => void };

/** Sizes of the upstream's replies. */
export type UpstreamShape = {
  readonly replyBytes: number;
  readonly frames: number;
  readonly paceMs: number;
};

const CORES = availableParallelism();

/** Puts a command on one core, if there are at least four: party, upstream, and two for the load. */
export function pinned(core: string, command: readonly string[]): string[] {
  return CORES >= 4 ? ["taskset", "-c", core, ...command] : [...command];
}

/** Starts the upstream mock; resolves once it listens. */
async function startUpstream(shape: UpstreamShape): Promise<{ port: number; stop: () => void }> {
  const script = join(import.meta.dir, "upstream.ts");
  const { replyBytes, frames, paceMs } = shape;
  const command = [
    process.execPath,
    script,
    "0",
    String(replyBytes),
    String(frames),
    String(paceMs),
  ];
  const child = Bun.spawn(pinned("1", command), { stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  const first = await reader.read();
  const port = Number(new TextDecoder().decode(first.value).trim());
  return { port, stop: () => child.kill() };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
      socket.end();
      return;
    } catch {
      await Bun.sleep(25);
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

async function startNginx(
  folder: string,
  upstream: number,
): Promise<{ party: Party; stop: () => void }> {
  const port = freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 16384; }
http {
  access_log off; client_body_buffer_size 4m; client_max_body_size 64m;
  proxy_buffer_size 64k; proxy_buffers 64 64k;
  upstream up { server 127.0.0.1:${upstream}; keepalive 2048; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`,
  );
  const child = Bun.spawn(pinned("0", ["nginx", "-c", file, "-p", folder]), { stderr: "ignore" });
  await untilListening(port);
  const worker = Bun.spawnSync(["pgrep", "-P", String(child.pid)])
    .stdout.toString()
    .trim();
  return { party: { name: "nginx", port, pid: Number(worker) }, stop: () => child.kill("SIGQUIT") };
}

async function startRecloser(
  folder: string,
  upstream: number,
): Promise<{ party: Party; stop: () => void }> {
  const port = freePort();
  const file = join(folder, "recloser.yaml");
  writeFileSync(
    file,
    `listen: 127.0.0.1:${port}
auth: { mode: tokens, tokens: [bench-token] }
providers:
  bench: { protocol: openai, base_url: "http://127.0.0.1:${upstream}/v1", api_key: upstream-key }
models:
  served: { provider: bench, model: bench-model }
pools:
  fast: { members: [{ model: served, weight: 1 }] }
`,
  );
  const binary = join(import.meta.dir, "..", "dist", "recloser");
  const child = Bun.spawn(pinned("0", [binary, "serve", "--config", file]), {
    stdout: "ignore",
    stderr: "inherit",
  });
  await untilListening(port);
  return { party: { name: "recloser", port, pid: child.pid }, stop: () => child.kill() };
}

/** Starts upstream, nginx and the compiled recloser. nginx must be installed, and `bun run build` must have run. */
export async function startField(shape: UpstreamShape): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), "recloser-bench-"));
  const upstream = await startUpstream(shape);
  const nginx = await startNginx(folder, upstream.port);
  const recloser = await startRecloser(folder, upstream.port);
  return {
    parties: [nginx.party, recloser.party],
    stop: () => {
      for (const { stop } of [recloser, nginx, upstream]) stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** CPU time that a process has used so far, in milliseconds (proc(5): utime and stime, 100 ticks a second). */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text();
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
