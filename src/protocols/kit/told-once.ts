// What a stream says about itself is told once: many vendors repeat it with every event.
import type { Event } from "../../ir/event.ts";
import type { Use } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";

/** Remembers what was told. */
export type ToldOnce = {
  /** Events for the features that are new. */
  readonly uses: (uses: readonly Use[]) => readonly Event[];
  /** The residues that are new. */
  readonly residues: (residues: readonly Residue[]) => readonly Residue[];
  /** Whether something was not told before; it counts as told then. */
  readonly isNew: (key: string) => boolean;
};

/** Most different things of one stream; what comes beyond them is not told. */
const MAX_TOLD = 4096;

/** Starts without anything told. */
export function toldOnce(): ToldOnce {
  const told = new Set<string>();
  const isNew = (key: string): boolean => {
    if (told.has(key) || told.size >= MAX_TOLD) return false;
    told.add(key);
    return true;
  };
  return {
    uses: (uses) =>
      uses.flatMap(({ id, path }): Event[] =>
        isNew(`${id} ${path}`) ? [{ type: "use", id, path }] : [],
      ),
    residues: (residues) => residues.filter(({ path, text }) => isNew(`residue ${path} ${text}`)),
    isNew,
  };
}
