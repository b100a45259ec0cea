// Which cache breakpoints are sent and where: at most four, the first on the system and the last ones, since those cover the
// longest prefixes; never on reasoning or blank text; longer lifetimes ahead of shorter ones (translation.md B.8).
import type { Block, CachePoint } from "../../ir/block.ts";
import type { Req, ToolDef } from "../../ir/request.ts";
import type { Verdicts } from "./verdicts.ts";

/** The breakpoints that are sent, by what carries them. */
export type Breakpoints = ReadonlyMap<Block | ToolDef, CachePoint>;

const MOST = 4;

type Carrier = {
  readonly item: Block | ToolDef;
  readonly point: CachePoint;
  readonly path: string;
  readonly top: boolean;
};

/** Chooses; the others are reported as lost. `isOwn`: the lifetimes are as a client of the target's dialect wrote them. */
export function chooseBreakpoints(request: Req, verdicts: Verdicts, isOwn: boolean): Breakpoints {
  const all = [...toolCarriers(request), ...blockCarriers(request, verdicts)];
  const limit = request.cache.automatic === undefined ? MOST : MOST - 1;
  const kept = all.slice(-limit);
  const first = all.find(({ top }) => top);
  if (all.length > limit && first !== undefined && !kept.includes(first)) kept.splice(0, 1, first);
  for (const carrier of all) {
    const isTool = request.tools.some((tool) => tool === carrier.item);
    if (!kept.includes(carrier)) verdicts.lose(isTool ? "R63d" : "R63", carrier.path, "X");
  }
  if (isOwn) return new Map(kept.map(({ item, point }) => [item, point]));
  return new Map(inOrder(kept, verdicts));
}

function toolCarriers({ tools }: Req): readonly Carrier[] {
  return tools.flatMap((item): Carrier[] =>
    item.kind === "hosted" || item.cache === undefined
      ? []
      : [{ item, point: item.cache, path: item.path, top: false }],
  );
}

/** Breakpoints of blocks; one on a block that cannot carry it moves to the nearest before it that can (E206). */
function blockCarriers({ turns }: Req, verdicts: Verdicts): readonly Carrier[] {
  const carriers = new Map<Block, Carrier>();
  let home: { readonly item: Block; readonly path: string; readonly top: boolean } | undefined;
  for (const { blocks, path, place } of turns) {
    for (const block of blocks.flatMap(withParts)) {
      if (mayCarry(block)) home = { item: block, path, top: place === "top" };
      if (block.cache === undefined) continue;
      if (home === undefined) verdicts.lose("R63", path, "X");
      else if (home.item !== block) verdicts.emulate("R63", path);
      if (home === undefined) continue;
      carriers.set(home.item, { ...home, point: block.cache });
    }
  }
  return [...carriers.values()];
}

/** A result's parts can carry breakpoints of their own, which stand before the result's. */
function withParts(block: Block): readonly Block[] {
  return block.kind === "toolResult" ? [...block.parts, block] : [block];
}

/** Kinds that carry no breakpoint; verbatim blocks spell their own. */
const BARE: ReadonlySet<Block["kind"]> = new Set(["thinking", "audio", "video", "vendor"]);

function mayCarry(block: Block): boolean {
  if (block.kind === "text") return block.text.trim() !== "";
  return !BARE.has(block.kind);
}

/** One hour may not follow five minutes. */
function inOrder(
  carriers: readonly Carrier[],
  verdicts: Verdicts,
): readonly (readonly [Block | ToolDef, CachePoint])[] {
  let long = true;
  return carriers.map(({ item, point, path }) => {
    long &&= point.ttl === "1h";
    if (long || point.ttl !== "1h") return [item, point];
    verdicts.loseNoted("R63t", path, "D");
    return [item, {}];
  });
}
