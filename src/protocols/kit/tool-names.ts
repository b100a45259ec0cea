// Tool names that a target cannot spell become ones that it can, and back (translation.md B.3 R20 names).
import type { Req } from "../../ir/request.ts";
import { hash16 } from "./hash.ts";

/** What a target allows in a tool name. */
export type NameRule = {
  /** Longest name, in characters. */
  readonly max: number;
  /** One character that is not allowed, with the global flag. */
  readonly illegal: RegExp;
};

/** The rule that OpenAI, Responses and Bedrock share. */
export const NAME_64: NameRule = { max: 64, illegal: /[^A-Za-z0-9_-]/g };

/** The rule of Anthropic. */
export const NAME_128: NameRule = { max: 128, illegal: /[^A-Za-z0-9_-]/g };

/** Names for one request: asked for in any order, the same answer each time. */
export type ToolNames = {
  /** The name on the wire for a caller's name. */
  readonly wire: (name: string) => string;
  /** Whether a name had to change. */
  readonly changed: (name: string) => boolean;
  /** Wire name to caller's name, for every name that changed so far (`Restore.toolNames`). */
  readonly restore: () => ReadonlyMap<string, string>;
};

/** Starts a mapping. `known` are names that are certain to occur: legal ones among them are never taken by others. */
export function toolNames(known: readonly string[], rule: NameRule): ToolNames {
  const byName = new Map<string, string>();
  const byWire = new Map<string, string>();
  const claim = (name: string, wire: string): string => {
    byName.set(name, wire);
    byWire.set(wire, name);
    return wire;
  };
  const wire = (name: string): string => {
    const settled = byName.get(name);
    if (settled !== undefined) return settled;
    if (isLegal(name, rule) && !byWire.has(name)) return claim(name, name);
    for (let round = 0; ; round += 1) {
      const candidate = shorten(name, rule, round);
      if (!byWire.has(candidate)) return claim(name, candidate);
    }
  };
  for (const name of known) if (isLegal(name, rule)) wire(name);
  return {
    wire,
    changed: (name) => wire(name) !== name,
    restore: () => new Map([...byWire].filter(([written, name]) => written !== name)),
  };
}

/** Whether a target takes the name as it is. */
export function isLegal(name: string, rule: NameRule): boolean {
  return name !== "" && name.length <= rule.max && name.search(rule.illegal) < 0;
}

const HASH_DIGITS = 8;

/** Bad characters become `_`; the hash of the whole original keeps names apart that share a beginning. */
function shorten(name: string, rule: NameRule, round: number): string {
  const seed = round === 0 ? name : `${name}#${round}`;
  const suffix = `_${hash16(seed).slice(0, HASH_DIGITS)}`;
  return name.replace(rule.illegal, "_").slice(0, rule.max - suffix.length) + suffix;
}

/** Every name of a tool that a request is certain to hold: those offered, and those called. */
export function namesIn(request: Req): readonly string[] {
  const offered = request.tools.flatMap((tool) => (tool.kind === "hosted" ? [] : [tool.name]));
  const called = request.turns.flatMap((turn) =>
    turn.blocks.flatMap((block) => (block.kind === "toolCall" ? [block.name] : [])),
  );
  return [...offered, ...called];
}
