// Results for targets that want all of one assistant turn together, first in the user's turn after it (translation.md B.4,
// Grouping).
import type { Block, ToolResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import type { CallIds } from "./call-ids.ts";

/** A result with the id of its call on the wire. */
export type Answer = { readonly turn: Turn; readonly block: ToolResultBlock; readonly id: string };

/** What follows a run of assistant turns. */
export type ResultGroup = {
  readonly answers: readonly Answer[];
  /** Ids of calls that nobody answered. */
  readonly missing: readonly string[];
  /** What else stood in the turns that brought results. */
  readonly rest: readonly { readonly turn: Turn; readonly blocks: readonly Block[] }[];
};

/** The neighbouring assistant turns from one on: they are one turn to the target (E038). */
export function assistantRun(turns: readonly Turn[], from: number): readonly Turn[] {
  const end = turns.findIndex((turn, index) => index > from && turn.role !== "assistant");
  return turns.slice(from, end < 0 ? undefined : end);
}

/** Collects the results of a run and marks what it took as placed; `undefined`: the run holds no calls. */
export function groupResults(
  run: readonly Turn[],
  following: readonly Turn[],
  placed: Set<Block>,
  ids: CallIds,
): ResultGroup | undefined {
  const calls = run.flatMap((turn) => turn.blocks.filter((block) => block.kind === "toolCall"));
  const open = new Set(calls.map(ids.call));
  if (open.size === 0) return undefined;
  const next = following.findIndex((turn) => turn.role === "assistant");
  const nearby = next < 0 ? following : following.slice(0, next);
  const answers = nearby.flatMap((turn) => answersIn(turn, open, ids));
  for (const { block, id } of answers) {
    placed.add(block);
    open.delete(id);
  }
  const rest = [...new Set(answers.map(({ turn }) => turn))].map((turn) => {
    const blocks = turn.blocks.filter((block) => !placed.has(block));
    for (const block of blocks) placed.add(block);
    return { turn, blocks };
  });
  return { answers, missing: [...open], rest };
}

function answersIn(turn: Turn, open: ReadonlySet<string>, ids: CallIds): readonly Answer[] {
  return turn.blocks.flatMap((block): Answer[] => {
    if (block.kind !== "toolResult") return [];
    const id = ids.result(block);
    return id === undefined || !open.has(id) ? [] : [{ turn, block, id }];
  });
}
