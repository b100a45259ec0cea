// Virtual time: whoever sleeps is woken in order, and the clock jumps from one to the next.
import { ms, type Milliseconds } from "../../src/lib/time.ts";

/** A clock that moves only when everybody sleeps. */
export type VirtualClock = {
  readonly now: () => Milliseconds;
  /** Resolves when so much virtual time has passed, or the signal aborts. */
  readonly sleep: (time: number, signal?: AbortSignal) => Promise<void>;
  /** Runs until nobody sleeps any more. */
  readonly run: () => Promise<void>;
};

type Sleeper = { readonly at: number; readonly order: number; readonly wake: () => void };

/** Starts at a moment after zero, as a real monotonic clock does. */
export function virtualClock(): VirtualClock {
  const sleepers: Sleeper[] = [];
  let now = 1000;
  let order = 0;
  return {
    now: () => ms(now),
    sleep: (time, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      insert(sleepers, { at: now + Math.max(time, 0), order: order++, wake: resolve });
      signal?.addEventListener("abort", () => resolve(), { once: true });
      return promise;
    },
    run: async () => {
      for (;;) {
        await settled();
        const next = sleepers.shift();
        if (next === undefined) return;
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}

/** Until every promise that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function insert(sleepers: Sleeper[], sleeper: Sleeper): void {
  let low = 0;
  let high = sleepers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = sleepers[middle];
    const isBefore =
      other !== undefined &&
      (other.at < sleeper.at || (other.at === sleeper.at && other.order < sleeper.order));
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  sleepers.splice(low, 0, sleeper);
}
