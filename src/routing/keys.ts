// Which of a provider's keys the next call uses (interface.md, `api_keys`). Whether a key is well is its breaker's business.

/** How a provider's keys share its calls. */
export type KeyStrategy = "round_robin" | "least_used" | "fill_first";

/** The strategies, as the config names them. */
export const KEY_STRATEGIES = [
  "round_robin",
  "least_used",
  "fill_first",
] as const satisfies readonly KeyStrategy[];

/** How often each key was used, and whose turn is next. The caller owns and replaces it. */
export type KeyRing = { readonly uses: readonly number[]; readonly next: number };

/** A ring of `count` unused keys. */
export function keyRing(count: number): KeyRing {
  return { uses: Array.from({ length: count }, () => 0), next: 0 };
}

/** Picks one of the keys that can be used now, by index, at least one; `undefined`: there is none. */
export function pickKey(
  ring: KeyRing,
  ready: readonly number[],
  strategy: KeyStrategy,
): number | undefined {
  switch (strategy) {
    case "round_robin":
      return ready.find((index) => index >= ring.next) ?? ready[0];
    case "least_used":
      return ready.reduce<number | undefined>(
        (best, index) =>
          best === undefined || (ring.uses[index] ?? 0) < (ring.uses[best] ?? 0) ? index : best,
        undefined,
      );
    case "fill_first":
      return ready[0];
  }
}

/** Counts a use and moves the turn past the key. */
export function useKey(ring: KeyRing, index: number): KeyRing {
  const uses = ring.uses.map((count, at) => (at === index ? count + 1 : count));
  return { uses, next: (index + 1) % Math.max(uses.length, 1) };
}
