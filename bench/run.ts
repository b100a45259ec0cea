// `bun run bench`: every row alternates the parties, and prints medians, spreads and the ratio to nginx of the same run.
// Needs nginx and wrk (Debian packages of these names) and a built `dist/recloser`.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuMs, pinned, startField, type Party, type UpstreamShape } from "./parties.ts";
import { streamLoad } from "./streams.ts";

/** One measurement of one party. */
type Sample = { readonly perSecond: number; readonly cpuMicros: number };

/** A row of the table. */
type Row = {
  readonly name: string;
  readonly shape: UpstreamShape;
  readonly unit: string;
  /** Largest CPU ratio to nginx that the design aims at. */
  readonly target: number;
  readonly measure: (party: Party, seconds: number) => Promise<Sample>;
};

const PROMPT = "Tell me about reclosers on power lines. ".repeat(33);

function body(stream: boolean): string {
  const messages = [{ role: "user", content: PROMPT }];
  return JSON.stringify({ model: "fast", messages, ...(stream ? { stream: true } : {}) });
}

function wrkScript(): string {
  const file = join(mkdtempSync(join(tmpdir(), "recloser-wrk-")), "post.lua");
  const lines = [
    'wrk.method = "POST"',
    `wrk.body = ${JSON.stringify(body(false)).replaceAll("\\/", "/")}`,
    'wrk.headers["content-type"] = "application/json"',
    'wrk.headers["authorization"] = "Bearer bench-token"',
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

function buffered(connections: number): Row["measure"] {
  const script = wrkScript();
  return async (party, seconds) => {
    const url = `http://127.0.0.1:${party.port}/v1/chat/completions`;
    const threads = Math.min(connections, 2);
    const options = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, "-s", script, url];
    const before = await cpuMs(party.pid);
    const output = Bun.spawnSync(pinned("2,3", ["wrk", ...options])).stdout.toString();
    const cpu = (await cpuMs(party.pid)) - before;
    const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0);
    const failed = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1];
    if (failed !== undefined) throw new Error(`${party.name}: ${failed} error replies\n${output}`);
    const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(output)?.[1] ?? 0);
    return { perSecond, cpuMicros: (cpu * 1000) / requests };
  };
}

function streamed(streams: number): Row["measure"] {
  return async (party, seconds) => {
    const before = await cpuMs(party.pid);
    const { frames, elapsedMs } = await streamLoad({
      port: party.port,
      body: body(true),
      streams,
      seconds,
    });
    const cpu = (await cpuMs(party.pid)) - before;
    return { perSecond: (frames * 1000) / elapsedMs, cpuMicros: (cpu * 1000) / frames };
  };
}

const SMALL: UpstreamShape = { replyBytes: 700, frames: 64, paceMs: 20 };
const ROWS: readonly Row[] = [
  ...[1, 64, 256, 1024].map((connections) => ({
    name: `buffered same-protocol, 1.5 kB, c=${connections}`,
    shape: SMALL,
    unit: "request",
    target: 1.5,
    measure: buffered(connections),
  })),
  {
    name: "stream same-protocol, 64 frames at 20 ms, 200 streams",
    shape: SMALL,
    unit: "frame",
    target: 1.2,
    measure: streamed(200),
  },
];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function runRow(row: Row, rounds: number, seconds: number): Promise<Map<string, Sample[]>> {
  const field = await startField(row.shape);
  const samples = new Map<string, Sample[]>();
  try {
    for (const party of field.parties) await row.measure(party, 1);
    for (let round = 0; round < rounds; round++) {
      for (const party of field.parties) {
        const taken = samples.get(party.name) ?? [];
        taken.push(await row.measure(party, seconds));
        samples.set(party.name, taken);
      }
    }
  } finally {
    field.stop();
  }
  return samples;
}

type Line = {
  row: string;
  party: string;
  perSecond: number;
  cpuMicros: number;
  spread: string;
  cpuRatio: number;
  speedRatio: number;
  verdict: string;
};

function summarise(row: Row, samples: ReadonlyMap<string, readonly Sample[]>): Line[] {
  const reference = samples.get("nginx") ?? [];
  const referenceCpu = median(reference.map((sample) => sample.cpuMicros));
  const referenceSpeed = median(reference.map((sample) => sample.perSecond));
  return [...samples].map(([party, taken]) => {
    const cpus = taken.map((sample) => sample.cpuMicros);
    const cpuMicros = median(cpus);
    const perSecond = median(taken.map((sample) => sample.perSecond));
    const cpuRatio = cpuMicros / referenceCpu;
    return {
      row: row.name,
      party,
      perSecond,
      cpuMicros,
      spread: `${Math.min(...cpus).toFixed(1)}–${Math.max(...cpus).toFixed(1)}`,
      cpuRatio,
      speedRatio: perSecond / referenceSpeed,
      verdict: party === "nginx" ? "reference" : cpuRatio <= row.target ? "pass" : "short",
    };
  });
}

function print(row: Row, lines: readonly Line[]): void {
  console.log(`\n${row.name} (CPU target ≤ ${row.target} × nginx)`);
  for (const line of lines) {
    const speed = `${line.perSecond.toFixed(0).padStart(8)} ${row.unit}s/s`;
    const cpu = `${line.cpuMicros.toFixed(1).padStart(7)} µs CPU a ${row.unit} (${line.spread})`;
    const ratios = `CPU ×${line.cpuRatio.toFixed(2)}, speed ×${line.speedRatio.toFixed(2)}`;
    console.log(`  ${line.party.padEnd(10)} ${speed}  ${cpu}  ${ratios}  ${line.verdict}`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const quick = args.includes("--quick");
  const only = args[args.indexOf("--row") + 1];
  const all: Line[] = [];
  for (const row of ROWS) {
    if (args.includes("--row") && !row.name.includes(only ?? "")) continue;
    const lines = summarise(row, await runRow(row, quick ? 3 : 5, quick ? 2 : 5));
    all.push(...lines);
    if (!args.includes("--json")) print(row, lines);
  }
  if (args.includes("--json")) console.log(JSON.stringify(all, undefined, 2));
}

await main(process.argv.slice(2));
