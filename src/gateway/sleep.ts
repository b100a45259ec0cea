// Waiting, with an end.
import type { Milliseconds } from "../lib/time.ts";

/** Resolves after the time, or as soon as the signal aborts. */
export function sleep(time: Milliseconds, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, time);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return promise;
}
