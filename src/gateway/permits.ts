// Concurrency caps without busy waiting: a count for each name (an upstream, a pool), and one line of waiting calls that is
// served first come, first served, with an estimate of how long that takes.
import type { Clock } from "../lib/time.ts";
import { createPace } from "./pace.ts";

/** A call that waits until one of its upstreams has room. */
type Waiter = { readonly names: ReadonlySet<string>; readonly wake: (free: boolean) => void };

/** How a place in the line looks. */
export type Place = {
  /** Calls that wait before this one for the same names, and this one. */
  readonly position: number;
  /** How long that should take, in milliseconds, by the pace of late; `undefined`: nothing is known. */
  readonly estimate: number | undefined;
};

/** Places at upstreams. Taking and giving back are synchronous, so no call can slip in between. */
export type Permits = {
  /** Calls under way. */
  readonly inFlight: (name: string) => number;
  /** Counts one more call. The caller has checked that there is room. */
  readonly take: (name: string) => void;
  /** Gives a place back and wakes the first call that waits for it. */
  readonly give: (name: string) => void;
  /** Where a call that queues for these names now would stand; the pace is that at which `freed` comes free. */
  readonly place: (names: ReadonlySet<string>, freed: string) => Place;
  /** How long so many places of a name take to come free, in milliseconds; `undefined`: nothing is known. */
  readonly estimate: (places: number, name: string) => number | undefined;
  /** Resolves to `true` when one of the names gave a place back, to `false` after `waitMs` or when aborted. */
  readonly wait: (
    names: ReadonlySet<string>,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Calls waiting. */
  readonly waiting: () => number;
  /** Everything that is under way: names with their counts. */
  readonly all: () => ReadonlyMap<string, number>;
};

/** Makes an empty set of counts. */
export function createPermits(now: Clock): Permits {
  const counts = new Map<string, number>();
  const pace = createPace(now);
  const line: Waiter[] = [];

  const overlaps = (waiter: Waiter, names: ReadonlySet<string>): boolean =>
    !waiter.names.isDisjointFrom(names);

  return {
    inFlight: (name) => counts.get(name) ?? 0,
    take: (name) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    give: (name) => {
      const left = (counts.get(name) ?? 1) - 1;
      if (left === 0) counts.delete(name);
      else counts.set(name, left);
      pace.freed(name);
      const first = line.findIndex((waiter) => waiter.names.has(name));
      if (first >= 0) line.splice(first, 1)[0]?.wake(true);
    },
    place: (names, freed) => {
      const position = line.filter((waiter) => overlaps(waiter, names)).length + 1;
      return { position, estimate: pace.estimate(position, freed) };
    },
    estimate: pace.estimate,
    wait: (names, waitMs, signal) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = (): void => {
        const at = line.indexOf(waiter);
        if (at >= 0) line.splice(at, 1);
        waiter.wake(false);
      };
      const timer = setTimeout(giveUp, waitMs);
      const waiter: Waiter = {
        names,
        wake: (free) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", giveUp);
          resolve(free);
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) waiter.wake(false);
      else line.push(waiter);
      return promise;
    },
    waiting: () => line.length,
    all: () => new Map(counts),
  };
}

/** The name under which a pool's calls are counted: no model is called so. */
export function poolPermit(name: string): string {
  return `pool ${name}`;
}

/** The name under which all calls are counted. */
export const EVERYTHING = "*";
