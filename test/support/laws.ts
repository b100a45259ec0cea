// The laws of translation (translation.md 0.1 and C.6), for any two protocols: what comes back from the other dialect and
// what was reported as lost together make up the document, with nothing missing and no loss claimed in vain.
import { printJson, type Json, type JsonText, type Printable } from "../../src/lib/json.ts";
import type { Loss, LossId, Report, Use } from "../../src/ir/loss.ts";
import type { Block, Opaque } from "../../src/ir/block.ts";
import type { Reply, StopClass } from "../../src/ir/reply.ts";
import { seal, unseal } from "../../src/ir/opaque.ts";
import type {
  Client,
  Codec,
  DecodeContext,
  Framing,
  ModelCapabilities,
  Origin,
  Protocol,
  Target,
} from "../../src/protocols/protocol.ts";
import { isRecord } from "./canon.ts";
import { NOW } from "./canon-openai.ts";
import type { Dialect } from "./dialect.ts";
import { diff, type Difference } from "./diff.ts";
import { jsonDocument } from "./json-text.ts";
import { mayExplain } from "./traces.ts";

/** A protocol with what the tests know about its dialect. */
export type Party = Dialect & {
  readonly name: string;
  readonly codec: Codec;
  /** Framing of the dialect's streams. */
  readonly framing: Framing;
  readonly protocol: Protocol;
};

/** How a law went for one document. */
export type Verdict = {
  /** `exact`: nothing differs and nothing is lost. `declared`: what differs is what was reported. */
  readonly kind: "exact" | "declared" | "failed";
  readonly problems: readonly string[];
};

const KEY = new Uint8Array(32).fill(1);

/** A token that was sealed for a foreign dialect goes home under its own name when it is shown to its maker's clients. */
function sealOrOpen(opaque: Opaque): string {
  return unseal(opaque.data, KEY)?.data ?? seal(opaque, KEY);
}

/** The context in which the tests decode a request. */
export function contextOf(body: Json): DecodeContext {
  return {
    model: isRecord(body) && typeof body["model"] === "string" ? body["model"] : "",
    stream: isRecord(body) && body["stream"] === true,
    unseal: (text) => unseal(text, KEY),
  };
}

/** A model that takes whatever its dialect can say. */
const CAPABLE: ModelCapabilities = {
  maxOutput: 64_000,
  sampling: "all",
  reasoning: "adaptive",
  reasoningOff: "yes",
  forcedToolChoice: "yes",
  prefill: true,
  inlineSystem: true,
  jsonSchema: true,
  vision: true,
  audio: true,
  pdf: true,
  stop: true,
  family: "claude",
};

/** A target of a protocol that has the document's own model. */
export function targetOf(
  party: Party,
  context: DecodeContext,
  capabilities: ModelCapabilities = CAPABLE,
): Target {
  const { model, stream } = context;
  return { model, stream, vendor: party.vendor ?? party.name, capabilities, profile: {} };
}

/** A client of a protocol that asked for everything. */
export function clientOf(party?: Party): Client {
  return {
    callId: "call-1",
    model: "model-asked-for",
    now: NOW,
    streamUsage: true,
    framing: party?.framing ?? "sse",
    seal: sealOrOpen,
  };
}

/** The origin of a reply of the protocol. */
export function originOf(party: Party, body: Json): Origin {
  const model = isRecord(body) && typeof body["model"] === "string" ? body["model"] : "model";
  return { vendor: party.vendor ?? party.name, model };
}

/** Prints and parses again: what the other side of the wire would see. */
export function overTheWire(body: Printable): JsonText {
  return printJson(body) as JsonText;
}

/** RT(A,B,A): a request of `a` to `b` and back. */
export function requestRoundTrip(
  a: Party,
  b: Party,
  body: JsonText,
  capabilities?: ModelCapabilities,
): Verdict & { readonly sent?: JsonText } {
  const document = jsonDocument(body);
  const context = contextOf(document.root);
  const decoded = a.codec.request.decode(document, context);
  if (!decoded.ok) return failed(`${a.name} does not decode: ${decoded.error.message}`);
  const out = b.codec.request.encode(decoded.value, targetOf(b, context, capabilities));
  const sent = overTheWire(out.body);
  const received = b.codec.request.decode(jsonDocument(sent), context);
  if (!received.ok)
    return failed(`${b.name} does not decode what it encoded: ${received.error.message}`);
  const back = a.codec.request.encode(
    received.value,
    targetOf(a, context, { ...CAPABLE, ...a.capabilities?.(document.root) }),
  );
  const before = a.canon.request(document.root);
  const after = a.canon.request(jsonDocument(overTheWire(back.body)).root);
  const origin = a.canon.origin?.(document.root) ?? ((path: string): string => path);
  const differences = (back: Json): readonly Difference[] =>
    diff(before, back).map((found) => ({ ...found, path: origin(found.path) }));
  const excused = differences(a.canon.withoutDemanded?.(after, before) ?? after);
  const unexcused = excused.filter((found) => !isFileInWords(found, back.report));
  return {
    ...compare({ unexcused, all: differences(after) }, out.report, a, a === b),
    sent,
  };
}

/** A text file goes as it is to a dialect that takes it, and comes back as its words (B.2 R12): the way back declares that. */
function isFileInWords({ path }: Difference, back: Report): boolean {
  return back.losses.some(({ id }) => id === "R12") && /\/content\/\d+$/.test(path);
}

/** RESP(B,A): a reply of upstream `b` shown to a client of `a`, and read again as if `a` had made it. */
export function replyRoundTrip(b: Party, a: Party, body: JsonText): Verdict {
  const document = jsonDocument(body);
  const decoded = b.codec.reply.decode(document, originOf(b, document.root));
  if (!decoded.ok) return failed(`${b.name} does not decode: ${decoded.error.message}`);
  const out = a.codec.reply.encode(decoded.value, clientOf());
  const shown = jsonDocument(overTheWire(out.body));
  const fault = a === b ? undefined : a.protocol.check.reply(shown.root);
  if (fault !== undefined) return failed(`not what ${a.name} documents: ${fault}`);
  const again = a.codec.reply.decode(shown, originOf(a, shown.root));
  // What was declined without a word is an error in some dialects, and so is every reply that failed.
  if (!again.ok && isDeclined(decoded.value)) return { kind: "declared", problems: [] };
  if (!again.ok) return failed(`${a.name} does not decode what it encoded: ${again.error.message}`);
  const back = b.codec.reply.encode(again.value, clientOf());
  const origin = b.canon.replyOrigin?.(document.root) ?? ((path: string): string => path);
  const differences = diff(
    b.canon.reply(document.root),
    b.canon.reply(jsonDocument(overTheWire(back.body)).root),
  ).map((found) => ({ ...found, path: origin(found.path) }));
  return compare({ unexcused: differences, all: differences }, out.report, b, a === b);
}

const DECLINING: ReadonlySet<StopClass> = new Set([
  "refusal",
  "filtered",
  "recitation",
  "guardrail",
  "malformed_call",
]);

function isDeclined({ candidates }: Reply): boolean {
  return candidates.every(({ blocks, stop }) => {
    const isSilent = blocks.every((block) => block.kind === "text" && block.text === "");
    return stop.class === "error" || (isSilent && DECLINING.has(stop.class));
  });
}

function failed(problem: string): Verdict {
  return { kind: "failed", problems: [problem] };
}

/**
 * Holds what differs in a document of the dialect against what was reported: `unexcused` must be explained, and `all`, with those that need no
 * explanation, are what a report may be about. `same`: to the same dialect, where nothing may be lost.
 */
function compare(
  { unexcused, all }: Record<"unexcused" | "all", readonly Difference[]>,
  report: Report,
  dialect: Dialect,
  same: boolean,
): Verdict {
  const told: readonly (Use | Loss)[] = [...report.losses, ...report.emulated];
  const silent = unexcused.filter(
    (found) => same || !told.some((use) => explains(use, found, dialect)),
  );
  // To the same dialect the codecs are not used at all, so their report is of no interest there.
  const vain = (same ? [] : report.losses).filter(
    (loss) => !isUnseen(loss, dialect) && !all.some((found) => explains(loss, found, dialect)),
  );
  const problems = [
    ...silent.map((found) => `not reported: ${describe(found)}`),
    ...vain.map((loss) => `reported in vain: ${loss.id} ${loss.level} at ${loss.path}`),
  ];
  if (problems.length > 0) return { kind: "failed", problems };
  const lost = same ? 0 : report.losses.length;
  return { kind: unexcused.length + lost === 0 ? "exact" : "declared", problems };
}

/**
 * What only the answer would show: another vendor's tool of the same kind is not the same tool, even if it comes back under
 * its own name, and a turn that is not continued looks like one that is. A budget becomes a word, which stands for one budget
 * of its range: some come back as they were.
 */
const ALIKE: readonly LossId[] = ["R25", "R26", "R27", "R41", "R58"];

/** Media by address: the address itself returns, though the server was not told to what it leads. */
const ADDRESSES: readonly LossId[] = ["R07", "R11"];

function isUnseen({ id, level }: Loss, { unseen = [] }: Dialect): boolean {
  const isAddress = level === "D" && ADDRESSES.includes(id);
  return isAddress || ALIKE.includes(id) || unseen.includes(id);
}

function explains(use: Use, found: Difference, dialect: Dialect): boolean {
  return isWithin(found.path, use.path) || mayExplain(use, found, dialect);
}

/** Whether a pointer is the other one or lies below it. */
function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

/** One difference in a line. */
export function describe(found: Difference): string {
  const show = (value: Json | undefined): string => (JSON.stringify(value) ?? "-").slice(0, 160);
  switch (found.kind) {
    case "removed":
      return `${found.path} removed ${show(found.before)}`;
    case "added":
      return `${found.path} added ${show(found.after)}`;
    case "changed":
      return `${found.path} changed ${show(found.before)} to ${show(found.after)}`;
  }
}

/** A reply without what its two forms, streamed and buffered, need not share: residues, raw usage, uses, order of keys. */
export function essence(reply: Reply): unknown {
  const { candidates, usage, uses: _uses, ext: _ext, ...rest } = reply;
  const { reported: _reported, ...counts } = usage ?? {};
  return {
    ...rest,
    usage: counts,
    candidates: candidates.map(({ ext: _candidateExt, blocks, ...candidate }) => ({
      ...candidate,
      blocks: blocks.map(({ ext: _blockExt, ...block }) => withoutSpace(block)),
    })),
  };
}

type Bare = Block extends infer B ? (B extends Block ? Omit<B, "ext"> : never) : never;

/** An SDK parses what arrives in pieces, and with that its white space is gone. */
function withoutSpace(block: Bare): unknown {
  if (block.kind === "toolCall") return { ...block, argsText: reprinted(block.argsText) };
  return block.kind === "vendor" ? { ...block, text: JSON.parse(block.text) } : block;
}

function reprinted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
