// How fast an upstream answers: a peak-sensitive moving average of its first-byte times (peak-EWMA, as Finagle and Linkerd
// have it), and their recent percentiles. Values; time is passed in.
import { ms, type Milliseconds } from "../lib/time.ts";

/** First-byte times of one upstream. */
export type Gauge = {
  /** The average in milliseconds: it jumps to a slower answer at once and sinks slowly. */
  readonly ewma: number;
  readonly at: Milliseconds;
  /** The latest times, the oldest first. */
  readonly recent: readonly number[];
};

/** After this time an old measurement weighs 1/e. */
const DECAY_MS = 10_000;
const MOST_RECENT = 64;
/** With fewer measurements a percentile says nothing. */
const FEWEST = 10;

/** One more measurement. */
export function measure(gauge: Gauge | undefined, took: number, now: Milliseconds): Gauge {
  if (gauge === undefined) return { ewma: took, at: now, recent: [took] };
  const weight = Math.exp(-Math.max(now - gauge.at, 0) / DECAY_MS);
  const ewma = took > gauge.ewma ? took : gauge.ewma * weight + took * (1 - weight);
  return { ewma, at: now, recent: [...gauge.recent.slice(1 - MOST_RECENT), took] };
}

/** What a new call has to expect, in milliseconds: the average, the more calls are under way the longer. */
export function expected(gauge: Gauge | undefined, inFlight: number, now: Milliseconds): number {
  if (gauge === undefined) return 0;
  // An upstream that nobody asked for long is given another chance.
  const ewma = gauge.ewma * Math.exp(-Math.max(now - gauge.at - DECAY_MS, 0) / DECAY_MS);
  return ewma * (inFlight + 1);
}

/** A percentile (0 to 1) of the recent times; `undefined`: there are too few. */
export function percentile(gauge: Gauge | undefined, share: number): Milliseconds | undefined {
  if (gauge === undefined || gauge.recent.length < FEWEST) return undefined;
  const sorted = gauge.recent.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1);
  const value = sorted[index];
  return value === undefined ? undefined : ms(value);
}
