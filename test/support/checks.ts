// Streams written by hand for the egress checks, and small changes to them.
import type { Check } from "../../src/protocols/protocol.ts";
import type { Frame } from "../../src/wire/frame.ts";

/** A server-sent event without a name. */
export const data = (body: unknown): Frame => ({
  kind: "sse",
  event: undefined,
  data: typeof body === "string" ? body : JSON.stringify(body),
});

/** A server-sent event that is named as its type. */
export const named = (body: { readonly type: string; readonly [key: string]: unknown }): Frame => ({
  kind: "sse",
  event: body.type,
  data: JSON.stringify(body),
});

/** What a check says of a whole stream: its first fault. */
export function faultOf(check: Check, frames: readonly Frame[]): string | undefined {
  const stream = check.stream();
  const found = frames.map(stream.push).find((fault) => fault !== undefined);
  return found ?? stream.end();
}

/** A list without the entry at a place. */
export const without = <T>(list: readonly T[], at: number): readonly T[] =>
  list.filter((_, index) => index !== at);

/** A list with the entry at a place said twice. */
export const twice = <T>(list: readonly T[], at: number): readonly T[] =>
  list.flatMap((entry, index) => (index === at ? [entry, entry] : [entry]));

/** A list with another entry at a place. */
export const swapped = <T>(list: readonly T[], at: number, other: T): readonly T[] =>
  list.map((entry, index) => (index === at ? other : entry));
