// Fault injection: the compiled gateway in front of three mock providers, of which one or two are broken, under load.
import { answerText, SAMPLE_CALLS } from "../../src/mock/calls.ts";
import { PROTOCOL_NAMES, type ProtocolName } from "../../src/protocols/registry.ts";

/** What breaks, as `recloser mock --fault` says it, and whether content has begun by then. */
export type Injected = { readonly fault: string; readonly inContent?: boolean };

/** Kinds of faults and where they happen: before the head, before content, in mid-stream. */
export const FAULTS: readonly Injected[] = [
  ...["401", "402", "403", "408", "429", "500", "502", "503", "529"].map((code) => ({
    fault: `status=${code}`,
  })),
  { fault: "status=429,retry-after=30" },
  { fault: "status=503,retry-after=1" },
  { fault: "refuse" },
  { fault: "reset=0" },
  { fault: "cut=0" },
  { fault: "cut-inside=0" },
  { fault: "garbage=0" },
  { fault: "stall=0" },
  { fault: "slow=3s" },
  { fault: "reset=3", inContent: true },
  { fault: "cut=3", inContent: true },
  { fault: "cut-inside=3", inContent: true },
  { fault: "garbage=3", inContent: true },
  { fault: "stall=3", inContent: true },
];

/** A case to run. */
export type Case = Injected & {
  readonly client: ProtocolName;
  readonly provider: ProtocolName;
  readonly stream: boolean;
  /** How many of the three members are broken. */
  readonly broken: 1 | 2;
  readonly calls: number;
  readonly atOnce: number;
};

/** What came of it. */
export type Tally = {
  readonly calls: number;
  /** Calls without an answer, each with what was seen. */
  readonly errors: readonly string[];
  /** Calls that the sound members answered, one number each. */
  readonly shares: readonly number[];
  /** Calls that took longer than the pool lets them. */
  readonly late: number;
  /** Whether the gateway ended by itself within seconds after SIGTERM: nothing was left open. */
  readonly isClean: boolean;
};

const WORDS = "reclosers close themselves again after a fault and nobody has to climb the pole";
/** `failover.timeout` of the pool. */
const TIMEOUT_MS = 10_000;

/** Starts everything, sends the load, stops everything. */
export async function inject(binary: string, given: Case): Promise<Tally> {
  const mocks = await Promise.all(
    [0, 1, 2].map((index) => startMock(binary, index < given.broken ? given.fault : undefined)),
  );
  const gateway = await startGateway(
    binary,
    given,
    mocks.map(({ port }) => port),
  );
  try {
    const counted = await load(gateway.url, given);
    const stopped = await gateway.stop();
    return { ...counted, isClean: stopped };
  } finally {
    gateway.kill();
    for (const mock of mocks) mock.kill();
  }
}

type Process = { readonly port: number; readonly kill: () => void };

async function startMock(binary: string, fault: string | undefined): Promise<Process> {
  const args = fault === undefined ? [] : ["--fault", fault];
  const child = Bun.spawn([binary, "mock", "--port", "0", ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const port = await Promise.race([portIn(child.stdout), portIn(child.stderr)]);
  return { port, kill: () => child.kill("SIGKILL") };
}

/** The port of the first address that a process prints; what it prints later is read and forgotten, or it could not go on. */
function portIn(stream: ReadableStream<Uint8Array>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const read = async (): Promise<void> => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(0, 4096);
      const port = /(?:127\.0\.0\.1|localhost):(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    }
  };
  void read();
  return promise;
}

async function startGateway(
  binary: string,
  { provider }: Case,
  ports: readonly number[],
): Promise<{ url: string; stop: () => Promise<boolean>; kill: () => void }> {
  const key = provider === "bedrock" ? "mock-access:mock-secret" : "mock-key";
  const path = provider === "openai" || provider === "responses" ? "/v1" : "";
  const yaml = `listen: 127.0.0.1:0
auth: { mode: none }
providers:
${ports.map((port, index) => `  p${index}: { protocol: ${provider}, base_url: "http://127.0.0.1:${port}${path}", api_key: "${key}" }`).join("\n")}
models: { m0: { provider: p0, model: m }, m1: { provider: p1, model: m }, m2: { provider: p2, model: m } }
pools:
  pool:
    members: [{ model: m0 }, { model: m1 }, { model: m2 }]
    failover: { timeout: 10s, max_hops: 6, first_byte_timeout: 1s, idle_timeout: 1s, retry_budget: { share: 2 } }
`;
  const file = `${process.env["TMPDIR"] ?? "/tmp"}/recloser-inject-${crypto.randomUUID()}.yaml`;
  await Bun.write(file, yaml);
  const child = Bun.spawn([binary, "serve", "--config", file], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const port = await portIn(child.stderr);
  const stop = async (): Promise<boolean> => {
    child.kill("SIGTERM");
    const code = await Promise.race([child.exited, Bun.sleep(5000).then(() => undefined)]);
    return code === 0;
  };
  return { url: `http://127.0.0.1:${port}`, stop, kill: () => child.kill("SIGKILL") };
}

async function load(url: string, given: Case): Promise<Omit<Tally, "isClean">> {
  const errors: string[] = [];
  const shares = new Map<string, number>();
  let late = 0;
  let left = given.calls;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const began = performance.now();
      const seen = await one(url, given);
      if (performance.now() - began > TIMEOUT_MS + 1000) late += 1;
      if (seen.fault !== undefined) errors.push(seen.fault);
      shares.set(seen.model, (shares.get(seen.model) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: given.atOnce }, worker));
  const sound = ["m0", "m1", "m2"].slice(given.broken);
  return { calls: given.calls, errors, late, shares: sound.map((model) => shares.get(model) ?? 0) };
}

type Seen = { readonly model: string; readonly fault?: string };

/** One call; a stream that broke off must say so, or its words are taken for the whole answer. */
async function one(url: string, { client, stream }: Case): Promise<Seen> {
  const { path, body } = SAMPLE_CALLS[client]({ model: "pool", words: WORDS, stream });
  try {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const route = response.headers.get("x-recloser-route") ?? "";
    const model = /model=(\w+)/.exec(route)?.[1] ?? "-";
    const bytes = new Uint8Array(await response.arrayBuffer());
    const type = response.headers.get("content-type") ?? "";
    const text = answerText(bytes, type);
    if (response.status === 200 && text.includes(WORDS)) return { model };
    const raw = new TextDecoder().decode(bytes);
    const isTold = response.status === 200 && /error|exception|failed/i.test(raw);
    const what = isTold ? "told in the stream" : "not told";
    return { model, fault: `${response.status} ${what} ${raw.slice(-160)}` };
  } catch (error) {
    return { model: "-", fault: String(error) };
  }
}

/** What must hold. Empty: it does. */
export function faultsOf(
  given: Case,
  { calls, errors, shares, late, isClean }: Tally,
): readonly string[] {
  const name = `${given.fault} ×${given.broken} ${given.client}>${given.provider}${given.stream ? " streamed" : ""}`;
  const broken: string[] = [];
  // After content has begun nobody else can take over; then the client must at least be told.
  const bad =
    given.inContent === true && given.stream
      ? errors.filter((each) => !each.includes("told in the stream") || each.includes("not told"))
      : errors;
  if (bad.length > 0)
    broken.push(`${name}: ${bad.length} of ${calls} calls failed: ${bad[0] ?? ""}`);
  if (late > 0) broken.push(`${name}: ${late} calls were late`);
  if (!isClean) broken.push(`${name}: the gateway did not end`);
  const [first = 0, second = first] = shares;
  // Two that are sound share alike: within 5 %, and what chance makes of a few calls at once.
  const slack = 0.05 * (first + second) + given.atOnce / 4 + 2;
  if (Math.abs(first - second) > slack)
    broken.push(`${name}: the sound members got ${first} and ${second}`);
  return broken;
}

/** Cases that together meet every fault, every client and every provider; `round` picks other pairs. */
export function cases(round: number, size: Pick<Case, "calls" | "atOnce">): readonly Case[] {
  const at = (index: number): ProtocolName =>
    PROTOCOL_NAMES[index % PROTOCOL_NAMES.length] ?? "openai";
  return FAULTS.flatMap((injected, index) =>
    ([1, 2] as const).map((broken): Case => ({
      ...injected,
      ...size,
      broken,
      stream: (index + broken + round) % 2 === 0 || injected.inContent === true,
      client: at(index + round),
      provider: at(index + Math.floor(round / 6) + 2 * broken),
    })),
  );
}
