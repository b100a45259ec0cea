// Everything that changes while calls run: breakers, key rings, permits. Each cell is written only by `attempt.ts`
// (breakers, keys) or through `permits.ts`, never across an await. A reload hands the cells on to the new runtime.
import { CLOSED, type Breaker } from "../routing/breaker.ts";
import { keyRing, type KeyRing } from "../routing/keys.ts";
import { createPermits, type Permits } from "./permits.ts";

/** The mutable state of a gateway. */
export type Cells = {
  /** The breaker of a pool's member. */
  readonly breaker: (pool: string, upstream: string) => Breaker;
  readonly setBreaker: (pool: string, upstream: string, breaker: Breaker) => void;
  /** The keys of a provider; the count decides the size of a ring that is not there yet. */
  readonly keys: (provider: string, count: number) => KeyRing;
  readonly setKeys: (provider: string, ring: KeyRing) => void;
  readonly permits: Permits;
};

/** Makes fresh cells: all closed, all rested. */
export function createCells(): Cells {
  const breakers = new Map<string, Map<string, Breaker>>();
  const rings = new Map<string, KeyRing>();
  return {
    breaker: (pool, upstream) => breakers.get(pool)?.get(upstream) ?? CLOSED,
    setBreaker: (pool, upstream, breaker) => {
      const members = breakers.get(pool) ?? new Map<string, Breaker>();
      breakers.set(pool, members.set(upstream, breaker));
    },
    keys: (provider, count) => {
      const ring = rings.get(provider);
      // A reload may have changed the number of keys; their rests no longer belong to them then.
      if (ring?.restUntil.length === count) return ring;
      const fresh = keyRing(count);
      rings.set(provider, fresh);
      return fresh;
    },
    setKeys: (provider, ring) => {
      rings.set(provider, ring);
    },
    permits: createPermits(),
  };
}
