// Throws damaged requests, replies and streams at every decoder, and what they let through at every encoder:
//   bun run fuzz -- [--seconds 60] [--seed 1]
// Whatever is thrown, a case that takes too long, and memory that stays are findings; each is told with the seed of its case,
// and `--seed N --seconds 0` runs that one case again.
import { parseArgs } from "node:util";
import { createDeframer, createFramer } from "../../src/gateway/frames.ts";
import { utf8 } from "../../src/lib/bytes.ts";
import { parseJson, printJson, type JsonDocument } from "../../src/lib/json.ts";
import { fixtures, recorded, type Exchange } from "../support/corpus.ts";
import { clientOf, contextOf, originOf, targetOf, type Party } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";
import { translatorOf } from "../support/streams.ts";
import { damaged, dice, pieces, scrambled, type Dice } from "./mutate.ts";

/** Longest that one case may take, in milliseconds: thousands of times what a case takes. */
const HANG = 2000;
/** Most memory that may stay after all, in bytes. */
const GROWTH = 128 * 1024 * 1024;
const CAP = 1024 * 1024;

type Source = { readonly party: Party; readonly exchange: Exchange };

const SOURCES: readonly Source[] = PARTIES.flatMap((party) =>
  [...fixtures(party.name), ...recorded(party.name)]
    .filter(({ operation }) => operation === "chat")
    .map((exchange) => ({ party, exchange })),
);

/** One case; what it throws is a finding. */
function run(seed: number): void {
  const fate = dice(seed);
  const source = SOURCES[fate.roll(SOURCES.length)];
  const client = PARTIES[fate.roll(PARTIES.length)];
  if (source === undefined || client === undefined) throw new Error("there is nothing to damage");
  const { party, exchange } = source;
  if (exchange.request !== undefined && fate.roll(3) === 0)
    return fuzzRequest(exchange.request.body, party, client, fate);
  const { reply } = exchange;
  if (reply.kind === "json") return fuzzReply(reply.body, party, client, fate);
  const bytes = reply.kind === "sse" ? utf8(reply.text) : reply.bytes;
  return fuzzStream(bytes, party, client, fate);
}

/** Damaged as JSON, or as bytes that may still be JSON. */
function damagedDocument(body: string, fate: Dice): JsonDocument | undefined {
  if (fate.roll(4) === 0) {
    const parsed = parseJson(new TextDecoder().decode(scrambled(utf8(body), fate)));
    return parsed.ok ? parsed.value : undefined;
  }
  const whole = parseJson(body);
  if (!whole.ok) return undefined;
  const parsed = parseJson(JSON.stringify(damaged(whole.value.root, fate)));
  return parsed.ok ? parsed.value : undefined;
}

function fuzzRequest(body: string, from: Party, to: Party, fate: Dice): void {
  const document = damagedDocument(body, fate);
  if (document === undefined) return;
  const context = contextOf(document.root);
  const decoded = from.codec.request.decode(document, context);
  if (!decoded.ok) return;
  printJson(to.codec.request.encode(decoded.value, targetOf(to, context)).body);
}

function fuzzReply(body: string, from: Party, to: Party, fate: Dice): void {
  const document = damagedDocument(body, fate);
  if (document === undefined) return;
  const decoded = from.codec.reply.decode(document, originOf(from, document.root));
  if (decoded.ok) printJson(to.codec.reply.encode(decoded.value, clientOf(to)).body);
}

function fuzzStream(bytes: Uint8Array, from: Party, to: Party, fate: Dice): void {
  const deframer = createDeframer(from.framing, CAP);
  const framer = createFramer(to.framing);
  const translator = translatorOf(from, to);
  for (const piece of pieces(scrambled(bytes, fate), fate)) {
    const read = deframer.push(piece);
    if (!read.ok) break;
    for (const frame of read.value) {
      for (const shown of translator.push(frame).frames) framer.frame(shown);
    }
  }
  for (const shown of translator.end().frames) framer.frame(shown);
}

function heap(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

function main(): number {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
  });
  const until = performance.now() + Number(values.seconds) * 1000;
  const findings: string[] = [];
  const before = heap();
  let seed = Number(values.seed);
  let cases = 0;
  do {
    const started = performance.now();
    try {
      run(seed);
    } catch (error) {
      findings.push(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const took = performance.now() - started;
    if (took > HANG) findings.push(`seed ${seed}: took ${Math.round(took)} ms`);
    seed += 1;
    cases += 1;
  } while (performance.now() < until && findings.length < 20);
  const stayed = heap() - before;
  if (stayed > GROWTH) findings.push(`${Math.round(stayed / 1024)} kB stayed in memory`);
  for (const finding of findings) console.log(finding);
  console.log(`${cases} cases over ${PARTIES.length} protocols, ${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = main();
