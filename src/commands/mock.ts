// `recloser mock`: a mock provider in the foreground.
import { parseFault, type Fault } from "../mock/fault.ts";
import { DEFAULT_KEYS, startMock, type Mock, type MockOptions } from "../mock/mock.ts";
import { isProtocolName, PROTOCOL_NAMES } from "../protocols/registry.ts";
import { nearest } from "../lib/nearest.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { parseOptions } from "./arguments.ts";
import { EXIT, type CommandIo } from "./io.ts";

const OPTIONS = {
  port: { type: "string" },
  protocol: { type: "string" },
  fault: { type: "string", multiple: true },
  key: { type: "string", multiple: true },
} as const;

/** Serves until SIGINT or SIGTERM; prints its address, then one line for each request. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const options = readOptions(args);
  if (!options.ok) {
    io.stderr(`recloser mock: ${options.error}\n`);
    return EXIT.usage;
  }
  const stop = io.stop();
  const started = start({
    ...options.value,
    onRequest: ({ method, target, protocol, status }) =>
      io.stdout(
        `${method} ${withoutKey(target)} ${protocol} ${status === 0 ? "broken" : status}\n`,
      ),
  });
  if (!started.ok) {
    io.stderr(`recloser mock: ${started.error}\n`);
    return EXIT.no;
  }
  const keys = options.value.keys ?? DEFAULT_KEYS;
  io.stdout(`mock provider at ${started.value.url}, keys: ${keys.join(" ")}\n`);
  await aborted(stop);
  started.value.stop();
  return EXIT.ok;
}

function readOptions(args: readonly string[]): Result<MockOptions, string> {
  const parsed = parseOptions(args, OPTIONS);
  if (!parsed.ok) return parsed;
  const { port = "0", protocol, fault = [], key } = parsed.value.values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return err(`'${port}' is no port`);
  const faults = readFaults(fault);
  if (!faults.ok) return faults;
  const chosen = { port: Number(port), faults: faults.value, ...(key && { keys: key }) };
  if (protocol === undefined) return ok(chosen);
  return isProtocolName(protocol) ? ok({ ...chosen, protocol }) : err(noProtocol(protocol));
}

function noProtocol(name: string): string {
  const hint = nearest(name, PROTOCOL_NAMES);
  const guess = hint === undefined ? "" : `, did you mean '${hint}'?`;
  return `no protocol is called '${name}'${guess}`;
}

function readFaults(texts: readonly string[]): Result<readonly Fault[], string> {
  const faults: Fault[] = [];
  for (const text of texts) {
    const read = parseFault(text);
    if (!read.ok) return err(`--fault ${text}: ${read.error}`);
    if (read.value.protocol !== undefined && !isProtocolName(read.value.protocol)) {
      return err(`--fault ${text}: ${noProtocol(read.value.protocol)}`);
    }
    faults.push(read.value);
  }
  return ok(faults);
}

function start(options: MockOptions): Result<Mock, string> {
  try {
    return ok(startMock(options));
  } catch (error) {
    return err(error instanceof Error ? error.message : "cannot listen");
  }
}

/** A target as it may be printed: without a key in its query. */
function withoutKey(target: string): string {
  return target.replace(/([?&]key=)[^&]*/, "$1***");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
