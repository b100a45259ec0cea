// Time-outs for many connections with one coarse timer, which runs only while something waits: arming a deadline is an
// assignment, where a timer of its own would cost an allocation and a heap operation for every read.

/** Something with a deadline. */
export type Waiting = {
  /** Monotonic time in milliseconds; Infinity while nothing is due. */
  deadline: number;
  /** Called once when the deadline has passed. It is taken off the ticker first. */
  readonly expire: () => void;
};

/** Watches deadlines. */
export type Ticker = {
  readonly add: (waiting: Waiting) => void;
  readonly remove: (waiting: Waiting) => void;
};

/** Makes a ticker that looks every `intervalMs` at the clock; deadlines are met at most that much late. */
export function createTicker(intervalMs: number, now: () => number): Ticker {
  const waiting = new Set<Waiting>();
  let timer: ReturnType<typeof setInterval> | undefined;

  const tick = (): void => {
    const time = now();
    for (const entry of waiting) {
      if (entry.deadline > time) continue;
      waiting.delete(entry);
      entry.expire();
    }
    if (waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  return {
    add: (entry) => {
      waiting.add(entry);
      timer ??= setInterval(tick, intervalMs);
    },
    remove: (entry) => {
      waiting.delete(entry);
    },
  };
}
