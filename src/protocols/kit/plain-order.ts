// The order of a reply's blocks that dialects with one text and a list of calls can keep (translation.md C.3 S05).
import type { Block } from "../../ir/block.ts";

/** Reasoning, then one text, then calls: the order that flat dialects can keep. */
export function isPlainOrder(blocks: readonly Pick<Block, "kind">[]): boolean {
  const ranks = blocks.map(({ kind }) => (kind === "thinking" ? 0 : kind === "toolCall" ? 2 : 1));
  const sorted = ranks.every((rank, index) => index === 0 || (ranks[index - 1] ?? 0) <= rank);
  return sorted && ranks.filter((rank) => rank === 1).length <= 1;
}
