// Which parts carry a cache breakpoint (translation.md B.8): only content parts can, and four of them at most.
import type { Block } from "../../ir/block.ts";
import type { Req, Turn } from "../../ir/request.ts";
import type { Verdicts } from "./verdicts.ts";

/** Most breakpoints of one request. */
const MAX_BREAKPOINTS = 4;

/** A breakpoint that was asked for, and the block whose part carries it; `undefined`: no part stands before it. */
type Wanted = { readonly turn: Turn; readonly carrier: Block | undefined };

/**
 * The blocks whose parts carry a breakpoint. Where a block has no part (a call, a result), the nearest earlier part
 * carries its point. Of too many the last ones stay, which mark the longest prefixes, with the first on the instructions.
 */
export function chooseBreakpoints(
  request: Req,
  understood: boolean,
  verdicts: Verdicts,
): ReadonlySet<Block> {
  const wanted = wantedPoints(request);
  const carriers = understood ? limited(wanted) : new Set<Block>();
  for (const { turn, carrier } of wanted) {
    const isSent = carrier !== undefined && carriers.has(carrier);
    if (!isSent && !spelt(turn)) verdicts.loseNoted("R63", turn.path, "X");
  }
  return carriers;
}

/** Resellers' own spelling of breakpoints goes back as residue. */
function spelt(turn: Turn): boolean {
  return turn.blocks.some((block) => block.ext?.some(({ id }) => id === "R63") ?? false);
}

function wantedPoints(request: Req): readonly Wanted[] {
  const wanted: Wanted[] = [];
  let carrier: Block | undefined;
  for (const turn of request.turns) {
    for (const block of turn.blocks) {
      carrier = partsOf(block, turn).at(-1) ?? carrier;
      const inside = block.kind === "toolResult" ? block.parts : [];
      const isMarked = [block, ...inside].some(({ cache }) => cache !== undefined);
      if (isMarked) wanted.push({ turn, carrier });
    }
  }
  return wanted;
}

/** The blocks that become parts of a message themselves. */
function partsOf(block: Block, turn: Turn): readonly Block[] {
  switch (block.kind) {
    case "text":
      return [block];
    case "image":
    case "audio":
    case "document":
      return turn.role === "user" ? [block] : [];
    case "toolResult":
      return block.parts.filter((part) => part.kind === "text");
    case "refusal":
    case "thinking":
    case "toolCall":
    case "video":
    case "searchResult":
    case "json":
    case "vendor":
      return [];
  }
}

function limited(wanted: readonly Wanted[]): ReadonlySet<Block> {
  const found = wanted.filter(({ carrier }) => carrier !== undefined);
  const first = found.find(({ turn }) => turn.place === "top");
  const isFew = found.length <= MAX_BREAKPOINTS;
  const kept =
    isFew || first === undefined
      ? found.slice(-MAX_BREAKPOINTS)
      : [first, ...found.slice(1 - MAX_BREAKPOINTS)];
  return new Set(kept.flatMap(({ carrier }) => carrier ?? []));
}
