// Which cache breakpoints are sent: at most four, the first on the system and the last ones, since those cover the longest
// prefixes (translation.md B.8).
import type { Block, CachePoint } from "../../ir/block.ts";
import type { Req, ToolDef } from "../../ir/request.ts";
import type { Verdicts } from "../kit/verdicts.ts";
import type { Draft } from "../kit/residue.ts";

/** What carries a breakpoint that is sent. */
export type Breakpoints = ReadonlySet<Block | ToolDef>;

const MOST = 4;

type Carrier = { readonly item: Block | ToolDef; readonly path: string; readonly top: boolean };

/** Chooses; the others are reported as lost. */
export function chooseBreakpoints(request: Req, verdicts: Verdicts): Breakpoints {
  const tools = request.tools.flatMap((tool): Carrier[] =>
    tool.kind !== "hosted" && tool.cache !== undefined
      ? [{ item: tool, path: tool.path, top: false }]
      : [],
  );
  const blocks = request.turns.flatMap((turn) =>
    turn.blocks
      .flatMap(withParts)
      .flatMap((block): Carrier[] =>
        block.cache === undefined || block.kind === "thinking"
          ? []
          : [{ item: block, path: turn.path, top: turn.place === "top" }],
      ),
  );
  const all = [...tools, ...blocks];
  const limit = request.cache.automatic === undefined ? MOST : MOST - 1;
  const kept = new Set(all.slice(-limit).map(({ item }) => item));
  const first = all.find(({ top }) => top);
  if (all.length > limit && first !== undefined && !kept.has(first.item)) {
    const [oldest] = kept;
    if (oldest !== undefined) kept.delete(oldest);
    kept.add(first.item);
  }
  for (const { item, path } of all) {
    if (!kept.has(item))
      verdicts.lose("kind" in item && item.kind === "function" ? "R63d" : "R63", path, "X");
  }
  return kept;
}

/** A result's parts can carry breakpoints of their own, which stand before the result's. */
function withParts(block: Block): readonly Block[] {
  return block.kind === "toolResult" ? [...block.parts, block] : [block];
}

/** The member for a breakpoint. Lifetimes that the vendor does not have become its default. */
export function cacheControl(point: CachePoint | undefined): Draft | undefined {
  if (point === undefined) return undefined;
  return { type: "ephemeral", ttl: point.ttl === "30m" ? undefined : point.ttl };
}
