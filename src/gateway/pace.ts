// How quickly places come free of late, so that a call in the line can be told how long it will stand there.
import type { Clock, Milliseconds } from "../lib/time.ts";

/** The pace of places. */
export type Pace = {
  /** A place came free. */
  readonly freed: (name: string) => void;
  /** How long until so many places of a name came free, in milliseconds; `undefined`: nothing is known. */
  readonly estimate: (places: number, name: string) => number | undefined;
};

type Gap = { readonly average: number | undefined; readonly at: Milliseconds };

/** Weight of the newest gap between two places. */
const NEWEST = 0.2;

/** Knows nothing yet. */
export function createPace(now: Clock): Pace {
  const gaps = new Map<string, Gap>();
  return {
    freed: (name) => {
      const at = now();
      const before = gaps.get(name);
      if (before === undefined) return void gaps.set(name, { average: undefined, at });
      const gap = at - before.at;
      const { average = gap } = before;
      gaps.set(name, { average: average + NEWEST * (gap - average), at });
    },
    estimate: (places, name) => {
      const average = gaps.get(name)?.average;
      return average === undefined ? undefined : places * average;
    },
  };
}
