// `recloser demo`: everything on loopback without keys. Mock providers and the gateway, one call through each pair of
// protocols, a failover, a table; then it keeps serving.
import { loadConfig } from "../config/load.ts";
import { err } from "../lib/result.ts";
import { listenData, planeOf, type Listener } from "../http/server.ts";
import { startMock, type Mock } from "../mock/mock.ts";
import { PROTOCOL_NAMES, PROTOCOLS, type ProtocolName } from "../protocols/registry.ts";
import { buildRuntime, type Built } from "../runtime.ts";
import { parseOptions } from "./arguments.ts";
import { callPair, showFailover, type Pair } from "./demo-calls.ts";
import { table } from "./demo-table.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Everything that the demo starts. */
type Stage = {
  readonly mocks: readonly Mock[];
  readonly built: Built;
  readonly listener: Listener;
  readonly url: string;
};

/** Runs the command. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { once: { type: "boolean" }, json: { type: "boolean" } });
  if (!parsed.ok) {
    io.stderr(`recloser demo: ${parsed.error}\n`);
    return EXIT.usage;
  }
  const { once, json } = parsed.value.values;
  const stage = raise((line) => io.stderr(`${line}\n`));
  const pairs = await callPairs(stage.url);
  const failover = await showFailover(stage.url);
  const broken = pairs.filter((pair) => pair.outcome === "failed").length;
  const failed = broken + misshapen(stage) + (failover.ok ? 0 : 1);
  if (json === true) io.stdout(`${JSON.stringify({ pairs, failover }, undefined, 2)}\n`);
  else io.stdout(`${table(pairs, io.color)}\n${failover.text}\n${verdict(pairs, failed)}\n`);
  if (once !== true) await keepServing(stage, io);
  await strike(stage);
  return failed === 0 ? EXIT.ok : EXIT.no;
}

/** Pairs of which a reply did not have the form that the client's protocol documents; the log names the places. */
function misshapen({ built }: Stage): number {
  const counted = built.runtime.counters.list();
  return counted.filter(({ labels }) => labels["verdict"] === "fault").length;
}

function verdict(pairs: readonly Pair[], failed: number): string {
  const worked = pairs.filter((pair) => pair.outcome === "worked").length;
  return `${worked} pairs worked, buffered and streamed; ${failed} failed`;
}

/** Path that the vendor's own SDK would have in its base URL. */
const BASE_PATHS: Partial<Readonly<Record<ProtocolName, string>>> = {
  openai: "/v1",
  responses: "/v1",
};

function raise(log: (line: string) => void): Stage {
  const well = startMock();
  const ill = startMock({
    faults: [{ breakage: { kind: "status", status: 503, retryAfterS: 1 } }],
  });
  const providers = PROTOCOL_NAMES.map(
    (name) =>
      `  mock-${name}: { protocol: ${name}, base_url: "${well.url}${BASE_PATHS[name] ?? ""}", api_key: "${keyFor(name)}" }`,
  );
  const models = PROTOCOL_NAMES.map(
    (name) => `  ${name}-model: { provider: mock-${name}, model: mock-small }`,
  );
  const [first] = PROTOCOL_NAMES;
  const text = `listen: 127.0.0.1:0
providers:
${providers.join("\n")}
  mock-broken: { protocol: ${first}, base_url: "${ill.url}${first === undefined ? "" : (BASE_PATHS[first] ?? "")}", api_key: mock-key }
models:
${models.join("\n")}
  broken-model: { provider: mock-broken, model: mock-small }
pools:
  demo: { members: [{ model: broken-model, weight: 99 }, { model: ${first}-model, weight: 1 }] }
checks: { sample: 1 }
`;
  const loaded = loadConfig(text, {
    file: "demo",
    env: {},
    readFile: () => err("no files"),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const built = buildRuntime(loaded.value, log);
  const plane = planeOf(
    () => built.runtime,
    () => false,
  );
  const listener = listenData({ host: "127.0.0.1", port: 0 }, plane);
  const url = `http://127.0.0.1:${listener.address.port}`;
  return { mocks: [well, ill], built, listener, url };
}

/** The mock's default keys: a pair for protocols that are signed, a token for the others. */
function keyFor(name: ProtocolName): string {
  return PROTOCOLS[name].framing === "eventstream" ? "mock-access:mock-secret" : "mock-key";
}

async function callPairs(url: string): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const client of PROTOCOL_NAMES) {
    for (const provider of PROTOCOL_NAMES) pairs.push(await callPair(url, client, provider));
  }
  return pairs;
}

async function keepServing(stage: Stage, io: CommandIo): Promise<void> {
  const body = '{"model":"demo","messages":[{"role":"user","content":"hello"}]}';
  io.stdout(`
The gateway serves at ${stage.url} until Ctrl-C; no key is needed. Try:
  curl ${stage.url}/v1/chat/completions -d '${body}'
`);
  const signal = io.stop();
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

async function strike(stage: Stage): Promise<void> {
  await stage.listener.kill();
  stage.built.close();
  for (const mock of stage.mocks) mock.stop();
}
