// Members and blocks that only another dialect understands, wherever in a request or reply they stand (translation.md 0.2, 3).
import type { LossId } from "../../ir/loss.ts";
import type { Block } from "../../ir/block.ts";
import type { Reply } from "../../ir/reply.ts";
import type { Req, Residue } from "../../ir/request.ts";
import type { Verdicts } from "./verdicts.ts";

/** Reports every residue of another dialect as lost. `held`: features that the neutral request holds in another form. */
export function loseForeign(
  request: Req,
  dialect: string,
  held: ReadonlySet<LossId>,
  verdicts: Verdicts,
): void {
  const all: readonly Residue[] = [
    ...request.ext,
    ...request.tools.flatMap((tool) => (tool.kind === "function" ? (tool.ext ?? []) : [])),
    ...request.turns.flatMap(({ ext = [], blocks }) => [...ext, ...blocks.flatMap(residuesOf)]),
  ];
  for (const residue of all) {
    if (residue.dialect !== dialect && !held.has(residue.id))
      verdicts.lose(residue.id, residue.path, "X");
  }
}

function residuesOf(block: Block): readonly Residue[] {
  const inner =
    block.kind === "toolResult" || block.kind === "searchResult"
      ? block.parts.flatMap(residuesOf)
      : [];
  return [...(block.ext ?? []), ...inner];
}

/** Features of replies of which a residue is only another spelling: the neutral reply holds them. */
export const HELD_IN_REPLIES: ReadonlySet<LossId> = new Set(["S17", "S18"]);

/**
 * The same for a reply, with blocks of another vendor's hosted tools (S06). A residue that its decoder did not note is one
 * that nobody misses in another dialect, such as the settings of the request that a reply repeats.
 */
export function loseForeignReply(
  reply: Reply,
  dialect: string,
  held: ReadonlySet<LossId>,
  verdicts: Verdicts,
): void {
  const blocks = reply.candidates.flatMap((candidate) => candidate.blocks);
  const all: readonly Residue[] = [
    ...reply.ext,
    ...reply.candidates.flatMap(({ ext = [] }) => ext),
    ...blocks.flatMap(residuesOf),
  ];
  const noted = new Set(reply.uses.map(({ id, path }) => `${id} ${path}`));
  for (const residue of all) {
    const isMissed = noted.has(`${residue.id} ${residue.path}`) && !held.has(residue.id);
    if (residue.dialect !== dialect && isMissed) verdicts.lose(residue.id, residue.path, "X");
  }
  for (const block of blocks) {
    if (block.kind === "vendor" && block.dialect !== dialect) verdicts.loseNoted(block.id, "", "X");
  }
}
