// Ids of calls as a target can take them, and which result answers which call (translation.md B.4 R40): unchanged where
// legal, else derived from the original so that every turn of a conversation maps it alike.
import type { ToolCallBlock, ToolResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { hash16 } from "./hash.ts";

/** What a target allows as an id. */
export type IdRule = {
  /** Longest id, in characters. */
  readonly max: number;
  /** Characters that are allowed; absent: all. */
  readonly legal?: RegExp;
  /** Length that an id must have; absent: any up to `max`. */
  readonly exact?: number;
};

/** The ids of one request. */
export type CallIds = {
  /** The id on the wire of a call of this request. */
  readonly call: (block: ToolCallBlock) => string;
  /** The id of the call that a result answers; `undefined`: there is none (or it has its answer already). */
  readonly result: (block: ToolResultBlock) => string | undefined;
  /** Whether the call's id had to change. */
  readonly changed: (block: ToolCallBlock) => boolean;
};

/** Assigns ids to all calls; the second use of an id becomes another one, and results follow in order (E132). */
export function callIds(turns: readonly Turn[], rule: IdRule): CallIds {
  const calls = new Map<ToolCallBlock, string>();
  const results = new Map<ToolResultBlock, string>();
  const used = new Set<string>();
  const waiting = new Map<string, string[]>();
  for (const block of turns.flatMap((turn) => turn.blocks)) {
    if (block.kind === "toolCall") {
      const id = unused(legalId(block.id, rule), used, rule);
      used.add(id);
      calls.set(block, id);
      waiting.set(block.id, [...(waiting.get(block.id) ?? []), id]);
    } else if (block.kind === "toolResult") {
      const id = waiting.get(block.id)?.shift();
      if (id !== undefined) results.set(block, id);
    }
  }
  return {
    call: (block) => calls.get(block) ?? legalId(block.id, rule),
    result: (block) => results.get(block),
    changed: (block) => (calls.get(block) ?? block.id) !== block.id,
  };
}

/** The id itself if the target takes it, else `call_` and a hash of it. */
export function legalId(id: string, rule: IdRule): string {
  const legal = id !== "" && id.length <= rule.max && (rule.legal?.test(id) ?? true);
  if (legal) return id;
  return rule.exact === undefined ? `call_${hash16(id)}` : hash16(id).slice(0, rule.exact);
}

/** Gives each call of a reply an id on the wire: unchanged where legal and new, else one derived from it. */
export function uniqueIds(rule: IdRule): (id: string) => string {
  const used = new Set<string>();
  return (id) => {
    const own = unused(legalId(id, rule), used, rule);
    used.add(own);
    return own;
  };
}

function unused(id: string, used: ReadonlySet<string>, rule: IdRule): string {
  if (!used.has(id)) return id;
  for (let round = 2; ; round += 1) {
    const next = legalId(`${id}_${round}`, rule);
    if (!used.has(next)) return next;
  }
}
