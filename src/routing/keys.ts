// The credentials of one provider: several keys, each with its own cooldown (interface.md, `api_keys`).
import { ms, type Milliseconds } from "../lib/time.ts";

/** Which keys of a provider rest until when, and whose turn is next. The caller owns and replaces it. */
export type KeyRing = { readonly restUntil: readonly Milliseconds[]; readonly next: number };

/** A ring of `count` rested keys. */
export function keyRing(count: number): KeyRing {
  return { restUntil: Array.from({ length: count }, () => ms(0)), next: 0 };
}

/** Picks the next key that neither rests nor was tried by this call; `undefined` if there is none. */
export function pickKey(
  ring: KeyRing,
  now: Milliseconds,
  tried: ReadonlySet<number>,
): number | undefined {
  const count = ring.restUntil.length;
  for (let offset = 0; offset < count; offset++) {
    const index = (ring.next + offset) % count;
    if (!tried.has(index) && (ring.restUntil[index] ?? 0) <= now) return index;
  }
  return undefined;
}

/** Moves the turn past a key that was picked. */
export function passTurn(ring: KeyRing, index: number): KeyRing {
  return { ...ring, next: (index + 1) % ring.restUntil.length };
}

/** Lets a key rest; a shorter rest never cuts a longer one. */
export function restKey(ring: KeyRing, index: number, until: Milliseconds): KeyRing {
  const restUntil = ring.restUntil.map((old, i) => (i === index && until > old ? until : old));
  return { ...ring, restUntil };
}

/** When the first key is rested again. */
export function soonestKey(ring: KeyRing): Milliseconds {
  return ms(Math.min(...ring.restUntil));
}
