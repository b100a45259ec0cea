// Deadlines of many exchanges on one timer. Setting one is storing a number; the timer runs only while a deadline is
// set, and looks at all of them when the earliest may have passed. The clock and the timer are passed in.
import { ms, type Clock } from "../lib/time.ts";

/** One deadline that can be set, moved and taken back many times. */
export type Alarm = {
  /** The point on the clock, in milliseconds; `Infinity` while it is not set. Written by `Deadlines` alone. */
  at: number;
  /** Called once per setting, at the earliest when the point has passed. */
  readonly ring: () => void;
};

/** A set of alarms. */
export type Deadlines = {
  /** Sets an alarm to a point on the clock; `Infinity` takes it back but keeps it known, which is cheap. */
  readonly set: (alarm: Alarm, at: number) => void;
  /** Forgets an alarm. */
  readonly remove: (alarm: Alarm) => void;
  readonly now: Clock;
};

/** Runs a callback once after so many milliseconds; returns what takes it back. */
export type Schedule = (callback: () => void, delay: number) => () => void;

/** Where time comes from; tests pass their own. */
export type TimeSource = { readonly now: Clock; readonly schedule: Schedule };

/** The machine's time. Its timer keeps no process alive: what waits for the network does that by its socket. */
const SYSTEM_TIME: TimeSource = {
  now: () => ms(performance.now()),
  schedule: (callback, delay) => {
    const timer = setTimeout(callback, delay);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** How late deadlines may be unless somebody asks for less, in milliseconds. */
const COARSENESS_MS = 50;

/** The longest delay that timers take; what is further off is looked at in between. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A new alarm, not set. */
export function alarm(ring: () => void): Alarm {
  return { at: Infinity, ring };
}

/**
 * Alarms on one timer. They ring up to `coarseness` milliseconds late, which is also the shortest time between two
 * looks at them.
 */
export function createDeadlines(
  { now, schedule }: TimeSource = SYSTEM_TIME,
  coarseness = COARSENESS_MS,
): Deadlines {
  const alarms = new Set<Alarm>();
  /** No alarm is earlier; may be too early, because moving an alarm back does not touch it. */
  let bound = Infinity;
  let stop: (() => void) | undefined;

  const start = (): void => {
    stop?.();
    const delay = Math.max(coarseness, Math.ceil(bound - now()));
    stop = schedule(look, Math.min(delay, MAX_DELAY_MS));
  };
  const look = (): void => {
    stop = undefined;
    const time = now();
    const due: Alarm[] = [];
    bound = Infinity;
    for (const one of alarms) {
      if (one.at <= time) {
        one.at = Infinity;
        due.push(one);
      } else if (one.at < bound) {
        bound = one.at;
      }
    }
    for (const one of due) one.ring();
    // What rang may have set an alarm, and with it the timer.
    if (bound < Infinity && stop === undefined) start();
  };
  return {
    set: (one, at) => {
      one.at = at;
      if (at === Infinity) return;
      alarms.add(one);
      if (at >= bound) return;
      bound = at;
      start();
    },
    remove: (one) => {
      one.at = Infinity;
      alarms.delete(one);
      if (alarms.size > 0 || stop === undefined) return;
      stop();
      stop = undefined;
      bound = Infinity;
    },
    now,
  };
}
