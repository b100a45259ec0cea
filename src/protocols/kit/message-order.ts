// The order that dialects with tool messages demand: each assistant message with calls is followed at once by exactly
// one tool message for each call, and whatever a tool message cannot hold follows the whole group (translation.md B.4).
import { unreachable } from "../../lib/result.ts";
import type { Block, ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import type { CallIds } from "./call-ids.ts";
import type { Draft } from "./residue.ts";
import type { Verdicts } from "./verdicts.ts";

/** A result where its call wants it. */
type Answer = {
  readonly kind: "result";
  readonly turn: Turn;
  readonly block: ToolResultBlock;
  /** Id on the wire. */
  readonly id: string;
};

/** A message to write. */
export type Item =
  | { readonly kind: "instruction"; readonly turn: Turn }
  | { readonly kind: "user"; readonly turn: Turn; readonly blocks: readonly Block[] }
  | { readonly kind: "assistant"; readonly turns: readonly [Turn, ...Turn[]] }
  | Answer
  /** A call that was never answered although the conversation went on. */
  | { readonly kind: "missing"; readonly turn: Turn; readonly id: string }
  /** The tool group is over: media of its results follow. */
  | { readonly kind: "attachments"; readonly results: readonly Answer[] };

/** Arranges the turns. */
export function arrange(turns: readonly Turn[], ids: CallIds): readonly Item[] {
  const items: Item[] = [];
  const placed = new Set<Block>();
  for (let at = 0; at < turns.length; at += 1) {
    const turn = turns[at];
    if (turn === undefined) break;
    if (turn.role !== "assistant") {
      items.push(...plainItems(turn, placed));
      continue;
    }
    const run = assistantRun(turns, at);
    at += run.length - 1;
    items.push({ kind: "assistant", turns: run });
    items.push(...toolGroup(run, turns.slice(at + 1), ids, placed));
  }
  return items;
}

function plainItems(turn: Turn, placed: ReadonlySet<Block>): readonly Item[] {
  if (turn.role === "system" || turn.role === "developer") return [{ kind: "instruction", turn }];
  const blocks = turn.blocks.filter((block) => !placed.has(block));
  if (blocks.length === 0 && turn.blocks.length > 0) return [];
  return [{ kind: "user", turn, blocks }];
}

/** Assistant turns that must become one message: results could not follow a call otherwise. */
function assistantRun(turns: readonly Turn[], from: number): readonly [Turn, ...Turn[]] {
  const [first, ...rest] = turns.slice(from);
  if (first === undefined) throw new Error("a run starts at a turn");
  const run: [Turn, ...Turn[]] = [first];
  for (const turn of rest) {
    const last = run.at(-1) ?? first;
    const joins = turn.joined === true || callsOf(last).length > 0;
    if (turn.role !== "assistant" || !joins) break;
    run.push(turn);
  }
  return run;
}

/** The calls of a turn, in order. */
function callsOf(turn: Turn): readonly ToolCallBlock[] {
  return turn.blocks.filter((block) => block.kind === "toolCall");
}

function toolGroup(
  run: readonly [Turn, ...Turn[]],
  following: readonly Turn[],
  ids: CallIds,
  placed: Set<Block>,
): readonly Item[] {
  const wanted = new Set(run.flatMap(callsOf).map(ids.call));
  if (wanted.size === 0) return [];
  const next = following.findIndex((turn) => turn.role === "assistant");
  const nearby = next < 0 ? following : following.slice(0, next);
  const results = nearby.flatMap((turn) => answersIn(turn, wanted, ids));
  for (const { block, id } of results) {
    placed.add(block);
    wanted.delete(id);
  }
  // The last turn may wait for its results.
  const missing = following.length === 0 ? [] : [...wanted];
  return [
    ...results,
    ...missing.map((id) => ({ kind: "missing", turn: run[0], id }) as const),
    ...(results.length === 0 ? [] : [{ kind: "attachments", results } as const]),
  ];
}

function answersIn(turn: Turn, wanted: ReadonlySet<string>, ids: CallIds): readonly Answer[] {
  return turn.blocks.flatMap((block) => {
    if (block.kind !== "toolResult") return [];
    const id = ids.result(block);
    return id === undefined || !wanted.has(id)
      ? []
      : [{ kind: "result", turn, block, id } as const];
  });
}

/** How each kind of item becomes messages. */
export type ItemWriter = {
  readonly instruction: (turn: Turn) => readonly Draft[];
  readonly user: (item: Extract<Item, { kind: "user" }>) => readonly Draft[];
  readonly assistant: (turns: readonly [Turn, ...Turn[]]) => readonly Draft[];
  readonly result: (item: Extract<Item, { kind: "result" }>) => Draft;
  readonly attachments: (item: Extract<Item, { kind: "attachments" }>) => readonly Draft[];
};

/** The messages of one item. */
export function writeItem(item: Item, write: ItemWriter, verdicts: Verdicts): readonly Draft[] {
  switch (item.kind) {
    case "instruction":
      return write.instruction(item.turn);
    case "user":
      return write.user(item);
    case "assistant":
      return write.assistant(item.turns);
    case "result":
      return [write.result(item)];
    case "missing":
      // A call without an answer makes the whole request invalid (E131).
      verdicts.emulate("R40", item.turn.path);
      return [{ role: "tool", tool_call_id: item.id, content: "Error: no result recorded" }];
    case "attachments":
      return write.attachments(item);
  }
  return unreachable(item);
}
