// Finds what a client means by the name it gave: pool, model, `provider/model`, alias, in that order (interface.md).
import type { Pool } from "./upstream.ts";

/** A wildcard alias: `claude-*` is kept as its two ends. */
type Wildcard = { readonly prefix: string; readonly suffix: string; readonly target: string };

/** Names that can be called, as the config gives them. */
export type TargetTable = {
  /** Pools, and every model as a pool of one. */
  readonly pools: ReadonlyMap<string, Pool>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly wildcards: readonly Wildcard[];
  /** Makes the pool of one for `provider/model`, if that provider allows any model. */
  readonly adHoc: (provider: string, model: string) => Pool | undefined;
};

/** Sorts aliases into exact names and wildcards, the most specific wildcard first. */
export function aliasTable(
  aliases: Readonly<Record<string, string>>,
): Pick<TargetTable, "aliases" | "wildcards"> {
  const exact = new Map<string, string>();
  const wildcards: Wildcard[] = [];
  for (const [name, target] of Object.entries(aliases)) {
    const star = name.indexOf("*");
    if (star < 0) exact.set(name, target);
    else wildcards.push({ prefix: name.slice(0, star), suffix: name.slice(star + 1), target });
  }
  const literal = (entry: Wildcard): number => entry.prefix.length + entry.suffix.length;
  wildcards.sort((a, b) => literal(b) - literal(a));
  return { aliases: exact, wildcards };
}

/** Resolves a name; `undefined` if nothing is called so. */
export function resolveTarget(table: TargetTable, name: string): Pool | undefined {
  const direct = table.pools.get(name) ?? adHocPool(table, name);
  if (direct !== undefined) return direct;
  const target = table.aliases.get(name) ?? matchWildcard(table.wildcards, name);
  return target === undefined ? undefined : (table.pools.get(target) ?? adHocPool(table, target));
}

function adHocPool(table: TargetTable, name: string): Pool | undefined {
  const slash = name.indexOf("/");
  if (slash <= 0 || slash === name.length - 1) return undefined;
  return table.adHoc(name.slice(0, slash), name.slice(slash + 1));
}

function matchWildcard(wildcards: readonly Wildcard[], name: string): string | undefined {
  const match = wildcards.find(
    ({ prefix, suffix }) =>
      name.length >= prefix.length + suffix.length &&
      name.startsWith(prefix) &&
      name.endsWith(suffix),
  );
  return match?.target;
}
