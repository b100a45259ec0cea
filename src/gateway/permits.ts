// Concurrency caps without busy waiting: a count for each upstream, and one line of waiting calls that is served first
// come, first served.

/** A call that waits until one of its upstreams has room. */
type Waiter = { readonly upstreams: ReadonlySet<string>; readonly wake: (free: boolean) => void };

/** Places at upstreams. Taking and giving back are synchronous, so no call can slip in between. */
export type Permits = {
  /** Calls under way at an upstream. */
  readonly inFlight: (upstream: string) => number;
  /** Counts one more call. The caller has checked that there is room. */
  readonly take: (upstream: string) => void;
  /** Gives a place back and wakes the first call that waits for it. */
  readonly give: (upstream: string) => void;
  /** Resolves to `true` when one of the upstreams gave a place back, to `false` after `waitMs` or when aborted. */
  readonly wait: (
    upstreams: ReadonlySet<string>,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Calls waiting. */
  readonly waiting: () => number;
};

/** Makes an empty set of counts. */
export function createPermits(): Permits {
  const counts = new Map<string, number>();
  const line: Waiter[] = [];

  return {
    inFlight: (upstream) => counts.get(upstream) ?? 0,
    take: (upstream) => {
      counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
    },
    give: (upstream) => {
      const left = (counts.get(upstream) ?? 1) - 1;
      if (left === 0) counts.delete(upstream);
      else counts.set(upstream, left);
      const first = line.findIndex((waiter) => waiter.upstreams.has(upstream));
      if (first >= 0) line.splice(first, 1)[0]?.wake(true);
    },
    wait: (upstreams, waitMs, signal) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = (): void => {
        const at = line.indexOf(waiter);
        if (at >= 0) line.splice(at, 1);
        waiter.wake(false);
      };
      const timer = setTimeout(giveUp, waitMs);
      const waiter: Waiter = {
        upstreams,
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
  };
}
