// A request without any opaque reasoning, for an upstream that refused what its history held (translation.md E184): tokens
// are bound to models, organisations and prefixes in ways that only their maker can check.
import type { Block } from "./block.ts";
import type { Loss } from "./loss.ts";
import type { Req, Turn } from "./request.ts";

/** The request that is left, and what was taken out of it. */
export type WithoutProofs = { readonly request: Req; readonly losses: readonly Loss[] };

/** Takes out all tokens, and the reasoning that they belong to; `undefined`: there are none. */
export function withoutProofs(request: Req): WithoutProofs | undefined {
  if (!request.turns.some((turn) => turn.blocks.some(holdsProof))) return undefined;
  const uses = request.uses.filter(({ id }) => id !== "R62");
  return {
    request: { ...request, turns: request.turns.map(bare), uses },
    losses: request.turns
      .filter((turn) => turn.blocks.some(holdsProof))
      .map(({ path }) => ({ id: "R62", path, level: "X" })),
  };
}

function holdsProof(block: Block): boolean {
  return block.opaque !== undefined && block.opaque.length > 0;
}

function bare(turn: Turn): Turn {
  const blocks = turn.blocks.flatMap((block): readonly Block[] => {
    if (!holdsProof(block)) return [block];
    // Reasoning without its proof is not sent anywhere (B.7), so it goes with it.
    if (block.kind === "thinking") return [];
    const { opaque: _opaque, ...rest } = block;
    return [rest];
  });
  return { ...turn, blocks };
}
