// Units of time as types, the ports for clock and chance, and the duration syntax of the config
// (`250ms`, `15s`, `2m`, `1h`). Nothing here reads a clock.
import { err, ok, type Result } from "./result.ts";

declare const unit: unique symbol;

/** A span or a point on the monotonic clock, in milliseconds. */
export type Milliseconds = number & { readonly [unit]: "ms" };

/** Brands a plain number of milliseconds. */
export function ms(value: number): Milliseconds {
  return value as Milliseconds;
}

/** Reads the monotonic clock; injected so that decisions can be tested and repeated. */
export type Clock = () => Milliseconds;

/** Draws a number in [0, 1); injected for the same reason. */
export type Random = () => number;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const FACTOR: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Parses `250ms`, `15s`, `2m` or `1h`; fails with a sentence that says what is expected. */
export function parseDuration(text: string): Result<Milliseconds, string> {
  const match = DURATION.exec(text.trim());
  const factor = match?.[2] === undefined ? undefined : FACTOR[match[2]];
  if (match === null || factor === undefined) {
    return err(`expected a duration such as 250ms, 15s, 2m or 1h`);
  }
  return ok(ms(Number(match[1]) * factor));
}
