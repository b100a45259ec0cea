// Opaque reasoning for clients that do not carry it (translation.md 0.4, "Gateway store"): what a reply held beside its
// words and calls is remembered under these, and put back when the history echoes them without it.
import { createHash } from "node:crypto";
import { parseJson } from "../lib/json.ts";
import type { Block, Opaque, ThinkingBlock, ToolCallBlock } from "./block.ts";
import type { Candidate, Reply } from "./reply.ts";
import type { Req, Turn } from "./request.ts";

/** One block of a remembered answer: reasoning whole, of what the client keeps itself only what it takes to find it. */
type Mark =
  | { readonly kind: "thinking"; readonly block: ThinkingBlock }
  | { readonly kind: "call"; readonly id: string; readonly opaque: readonly Opaque[] }
  | { readonly kind: "text"; readonly length: number; readonly opaque: readonly Opaque[] };

/** What one answer held, in order. */
export type Trace = readonly Mark[];

/** An answer to remember. */
export type Memory = {
  readonly key: string;
  readonly trace: Trace;
  /** About how much room it takes, in bytes. */
  readonly bytes: number;
};

/** What is to be remembered of a reply to a request: one memory for each answer with opaque tokens. */
export function remember(reply: Reply, request: Req): readonly Memory[] {
  return reply.candidates.flatMap(({ blocks }: Candidate): readonly Memory[] => {
    if (!blocks.some(isProven)) return [];
    const [key] = keysOf(blocks, wordsBefore(request.turns, request.turns.length));
    if (key === undefined) return [];
    const trace = blocks.flatMap(markOf);
    return [{ key, trace, bytes: 2 * JSON.stringify(trace).length + key.length }];
  });
}

function isProven({ opaque }: Block): boolean {
  return opaque !== undefined && opaque.length > 0;
}

function markOf(block: Block): readonly Mark[] {
  const { opaque = [] } = block;
  switch (block.kind) {
    case "thinking": {
      const { kind, text, form, redacted } = block;
      return [{ kind, block: { kind, text, form, redacted, opaque } }];
    }
    case "toolCall":
      return [{ kind: "call", id: block.id, opaque }];
    case "text":
    case "refusal":
      return [{ kind: "text", length: block.text.length, opaque }];
    case "toolResult":
    case "image":
    case "audio":
    case "video":
    case "document":
    case "searchResult":
    case "json":
    case "vendor":
      return [];
  }
}

/** An answer in the history; some dialects have one turn for each of its blocks. */
type Answer = { readonly start: number; readonly end: number };

/**
 * Puts back what the client left out, as far as `mayReplay` lets it go to the target. Answers that carry tokens of their
 * own, or that nobody remembers, stay as they are. `lookup` finds a trace by its key.
 */
export function recall(
  request: Req,
  lookup: (key: string) => Trace | undefined,
  mayReplay: (opaque: Opaque) => boolean,
): Req {
  const turns = [...request.turns];
  let changed = false;
  for (const answer of answersOf(request.turns)) {
    const said = request.turns.slice(answer.start, answer.end);
    const trace = traceOf(request.turns, answer, lookup);
    const marks = trace?.flatMap((mark) => replayable(mark, mayReplay)) ?? [];
    if (!marks.some(holdsToken)) continue;
    turns.splice(answer.start, said.length, ...restored(said, marks));
    changed = true;
  }
  return changed ? { ...request, turns } : request;
}

function answersOf(turns: readonly Turn[]): readonly Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; at < turns.length; at += 1) {
    if (turns[at]?.role !== "assistant") continue;
    const start = at;
    while (turns[at + 1]?.role === "assistant") at += 1;
    answers.push({ start, end: at + 1 });
  }
  return answers;
}

function traceOf(
  turns: readonly Turn[],
  { start, end }: Answer,
  lookup: (key: string) => Trace | undefined,
): Trace | undefined {
  const blocks = turns.slice(start, end).flatMap((turn) => turn.blocks);
  if (blocks.some(isProven)) return undefined;
  for (const key of keysOf(blocks, wordsBefore(turns, start))) {
    const trace = lookup(key);
    if (trace !== undefined) return trace;
  }
  return undefined;
}

/** Keys of an answer: those of its calls, else that of its words together with the words that it answers. */
function keysOf(blocks: readonly Block[], before: string): readonly string[] {
  const calls = blocks.filter((block) => block.kind === "toolCall");
  if (calls.length > 0) return calls.map(callKey);
  const words = wordsOf(blocks);
  return words === "" ? [] : [digest("text", before, words)];
}

/** Not the id alone: some upstreams have none, and the ones that stand for them return in other conversations. */
function callKey({ id, name, argsText }: ToolCallBlock): string {
  const parsed = parseJson(argsText);
  return digest("call", id, name, parsed.ok ? JSON.stringify(parsed.value.root) : argsText);
}

function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

function wordsBefore(turns: readonly Turn[], end: number): string {
  const last = turns.slice(0, end).findLast((turn) => turn.role === "user");
  return last === undefined ? "" : wordsOf(last.blocks);
}

function wordsOf(blocks: readonly Block[]): string {
  return blocks
    .map((block) => (isText(block) ? block.text : ""))
    .join("")
    .trim();
}

function isText(block: Block): block is Extract<Block, { kind: "text" | "refusal" }> {
  return block.kind === "text" || block.kind === "refusal";
}

function replayable(mark: Mark, mayReplay: (opaque: Opaque) => boolean): readonly Mark[] {
  if (mark.kind !== "thinking") return [{ ...mark, opaque: mark.opaque.filter(mayReplay) }];
  const opaque = (mark.block.opaque ?? []).filter(mayReplay);
  return opaque.length === 0 ? [] : [{ ...mark, block: { ...mark.block, opaque } }];
}

function holdsToken(mark: Mark): boolean {
  return mark.kind === "thinking" || mark.opaque.length > 0;
}

/** A block and the turn that it stands in, counted within the answer. */
type Placed = { readonly turn: number; readonly block: Block };

/** The answer as it was: reasoning where it stood, tokens on the blocks that had them, everything else after that. */
function restored(said: readonly Turn[], marks: Trace): readonly Turn[] {
  const rest = said.flatMap(({ blocks }, turn) =>
    // What the client shows of reasoning without its proof is the same reasoning.
    blocks.filter((block) => block.kind !== "thinking").map((block): Placed => ({ turn, block })),
  );
  const left = splitWords(rest, marks);
  const out: Placed[] = [];
  let thoughts: Block[] = [];
  for (const mark of marks) {
    if (mark.kind === "thinking") {
      thoughts.push(mark.block);
      continue;
    }
    const at = left.findIndex(({ block }) =>
      mark.kind === "call" ? block.kind === "toolCall" && block.id === mark.id : isText(block),
    );
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found === undefined) continue;
    const { turn } = found;
    out.push(...thoughts.map((block) => ({ turn, block })), withTokens(found, mark.opaque));
    thoughts = [];
  }
  const turn = said.length - 1;
  const all = [...out, ...thoughts.map((block) => ({ turn, block })), ...left];
  return said.map((each, index) => ({
    ...each,
    blocks: all.filter((placed) => placed.turn === index).map(({ block }) => block),
  }));
}

function withTokens({ turn, block }: Placed, opaque: readonly Opaque[]): Placed {
  return opaque.length === 0 ? { turn, block } : { turn, block: { ...block, opaque } };
}

/** Where a client keeps the words of an answer as one text, they are cut where the answer had them apart. */
function splitWords(placed: readonly Placed[], marks: Trace): Placed[] {
  const lengths = marks.flatMap((mark) => (mark.kind === "text" ? [mark.length] : []));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const texts = placed.filter(({ block }) => isText(block));
  return placed.flatMap((one): readonly Placed[] => {
    const { turn, block } = one;
    if (texts.length !== 1 || block.kind !== "text" || block.text.length !== total) return [one];
    if (lengths.length < 2 || block.citations !== undefined || block.cache !== undefined)
      return [one];
    let from = 0;
    return lengths.map((length): Placed => {
      const text = block.text.slice(from, from + length);
      from += length;
      return { turn, block: { ...block, text } };
    });
  });
}
