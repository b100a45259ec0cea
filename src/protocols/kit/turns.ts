// What dialects with alternating roles have in common: which blocks may stand where, who speaks first and last, and what an
// assistant's turns and their results come to (translation.md B.1, B.4).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Req, Turn } from "../../ir/request.ts";
import type { Target } from "../protocol.ts";
import { featureOf } from "./block-feature.ts";
import type { CallIds } from "./call-ids.ts";
import { isProven } from "./claude-reasoning.ts";
import { judgeForeignProofs } from "./foreign-proofs.ts";
import { groupResults, type Answer } from "./result-groups.ts";
import type { Verdicts } from "./verdicts.ts";

/** The parts of an encoder's context that are needed here. */
export type TurnContext = {
  readonly request: Req;
  readonly target: Target;
  readonly verdicts: Verdicts;
  readonly ids: CallIds;
  /** Whether the request was written in the target's dialect. */
  readonly isOwn: boolean;
};

/** Where in the source some blocks stand. */
export type TurnPlace<C> = { readonly path: string; readonly context: C };

/** Kinds of blocks that instructions consist of. */
export const TEXTS: ReadonlySet<Block["kind"]> = new Set(["text", "refusal", "json", "vendor"]);

/** Kinds of blocks that a model may be said to have written. */
export const SPOKEN: ReadonlySet<Block["kind"]> = new Set([...TEXTS, "thinking", "toolCall"]);

/** The blocks that may stand here; the others are reported as lost. What was written in this dialect is not judged. */
export function only(
  blocks: readonly Block[],
  kinds: ReadonlySet<Block["kind"]>,
  { path, context }: TurnPlace<Pick<TurnContext, "isOwn" | "verdicts">>,
): readonly Block[] {
  if (context.isOwn) return blocks;
  for (const block of blocks) {
    if (!kinds.has(block.kind)) context.verdicts.lose(featureOf(block), path, "X");
  }
  return blocks.filter((block) => kinds.has(block.kind));
}

/** An instruction among the turns in words of the user, for models that have no other place for it (R03). */
export function wrappedInstruction(blocks: readonly Block[]): {
  readonly text: string;
  readonly texts: readonly Block[];
  /** What is no text. */
  readonly others: readonly Block[];
} {
  const texts = blocks.filter((block) => block.kind === "text");
  const words = texts.map(({ text }) => text).join("\n");
  return {
    text: `<system_instruction>\n${words}\n</system_instruction>`,
    texts,
    others: blocks.filter((block) => block.kind !== "text"),
  };
}

/** Neighbours of one role as one message (R05, E037); `join` returns `undefined` where two must stay apart. */
export function mergeNeighbours<M extends { readonly role: string }>(
  messages: readonly M[],
  join: (first: M, second: M) => M | undefined,
): readonly M[] {
  const joined: M[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const both = last?.role === message.role ? join(last, message) : undefined;
    if (both === undefined) joined.push(message);
    else joined[joined.length - 1] = both;
  }
  return joined;
}

/**
 * The conversation must begin with the user (E036), and for models that continue no prefill it must end with one (R41): `dot`
 * is what the user says where nothing was said.
 */
export function startedByUser<M extends { readonly role: string }>(
  messages: readonly M[],
  dot: M,
  { request, target, verdicts, isOwn }: TurnContext,
): readonly M[] {
  if (isOwn && messages.length > 0) return messages;
  const started = messages[0]?.role === dot.role ? messages : [dot, ...messages];
  const isPrefill = started.at(-1)?.role !== dot.role && started.at(-1)?.role !== "system";
  if (!isPrefill || target.capabilities.prefill !== false) return started;
  verdicts.lose("R41", request.turns.at(-1)?.path ?? "", "X");
  return [...started, dot];
}

/** What an assistant's turns in a row come to; `undefined`: they say nothing and are left out. */
export function spokenContent<C extends TurnContext>(
  run: readonly Turn[],
  isLast: boolean,
  context: C,
  encode: (
    blocks: readonly Block[],
    place: TurnPlace<C> & { readonly signed: boolean },
  ) => readonly Printable[],
): readonly Printable[] | undefined {
  const signed = run.some(({ blocks }) => blocks.some((block) => isProven(block, context)));
  const content = run.flatMap((turn) => {
    const place = { path: turn.path, context, signed };
    const blocks = only(turn.blocks, SPOKEN, place);
    const parts = encode(isLast && !context.isOwn ? withoutTrailingSpace(blocks) : blocks, place);
    if (!context.isOwn) judgeForeignProofs(turn, context);
    return parts;
  });
  // What says nothing is left out; what lost its words keeps its place, unless the model would continue it.
  const isSilent = run.every(({ blocks }) =>
    blocks.every((block) => block.kind === "text" && block.text.trim() === ""),
  );
  return content.length === 0 && (isSilent || isLast) ? undefined : content;
}

/** A prefill that ends in white space is refused (E041). */
function withoutTrailingSpace(blocks: readonly Block[]): readonly Block[] {
  const last = blocks.at(-1);
  if (last?.kind !== "text") return blocks;
  return [...blocks.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

/** How the results of a run are written. */
export type ResultWriter = {
  readonly result: (answer: Answer) => readonly Printable[];
  /** For a call that nobody answered, without which the whole request would be invalid (E131). */
  readonly missing: (id: string) => Printable;
  /** What else stood in the turns that brought results. */
  readonly others: (blocks: readonly Block[], path: string) => readonly Printable[];
};

/** The message that answers a run of an assistant's turns; `undefined`: they call nothing, or may still wait. */
export function answeringContent(
  { run, following }: { readonly run: readonly Turn[]; readonly following: readonly Turn[] },
  placed: Set<Block>,
  { ids, target, verdicts }: TurnContext,
  write: ResultWriter,
): { readonly content: readonly Printable[]; readonly ext: Turn["ext"] } | undefined {
  // The last turn may wait for its results, unless another turn would be put after it.
  const mayWait = following.length === 0 && target.capabilities.prefill !== false;
  const group = mayWait ? undefined : groupResults(run, following, placed, ids);
  if (group === undefined) return undefined;
  const { answers, missing, rest } = group;
  const results = answers.flatMap(write.result);
  if (missing.length > 0) verdicts.lose("R40", run[0]?.path ?? "", "D");
  const others = rest.flatMap(({ turn, blocks }) => write.others(blocks, turn.path));
  return {
    content: [...results, ...missing.map(write.missing), ...others],
    ext: rest.flatMap(({ turn }) => turn.ext ?? []),
  };
}
