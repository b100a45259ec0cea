// Damage to valid documents and bytes, the same for the same seed.
import type { Json } from "../../src/lib/json.ts";

/** A source of numbers that a seed determines. */
export type Dice = {
  /** A whole number from 0 up to, but not including, `below`. */
  readonly roll: (below: number) => number;
  /** One of a list that is not empty. */
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
};

/** Starts with a seed (mulberry32: 32 bits of state, which is plenty for choosing damage). */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const roll = (below: number): number => next() % Math.max(1, below);
  return { roll, pick: (list) => list[roll(list.length)] ?? list[0] };
}

const JUNK: readonly [Json, ...Json[]] = [
  null,
  true,
  0,
  -1,
  1e308,
  "",
  "\ud800",
  "__proto__",
  "data:image/png;base64,%%%",
  "x".repeat(5000),
  [],
  [[]],
  [null],
  {},
  { type: "text" },
  { type: "constructor", text: null },
  { constructor: { prototype: 1 } },
];

/** A copy with some of its values damaged: replaced, taken away, said twice, or put a level deeper. */
export function damaged(value: Json, { roll, pick }: Dice): Json {
  const size = countOf(value);
  const targets = new Set(Array.from({ length: 1 + roll(4) }, () => roll(size)));
  let seen = -1;
  const walk = (node: Json): readonly Json[] => {
    seen += 1;
    if (targets.has(seen)) return hurt(node);
    if (Array.isArray(node)) return [node.flatMap(walk)];
    if (!isObject(node)) return [node];
    const members = Object.entries(node).flatMap(([key, member]) =>
      walk(member)
        .slice(0, 1)
        .map((kept) => [key, kept] as const),
    );
    return [Object.fromEntries(members)];
  };
  const hurt = (node: Json): readonly Json[] => {
    switch (roll(4)) {
      case 0:
        return [];
      case 1:
        return [node, node];
      case 2:
        return [[node]];
    }
    return [pick(JUNK)];
  };
  return walk(value)[0] ?? null;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function countOf(value: Json): number {
  if (Array.isArray(value))
    return value.reduce((sum: number, item: Json) => sum + countOf(item), 1);
  if (!isObject(value)) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countOf(item), 1);
}

/** A copy with some bytes flipped, cut out, or cut off. */
export function scrambled(bytes: Uint8Array, { roll }: Dice): Uint8Array {
  const copy = bytes.slice();
  for (let flips = roll(4); flips > 0; flips -= 1) copy[roll(copy.length)] = roll(256);
  const from = roll(copy.length);
  switch (roll(4)) {
    case 0:
      return copy.subarray(0, from);
    case 1: {
      const rest = copy.subarray(from + roll(64));
      const joined = new Uint8Array(from + rest.length);
      joined.set(copy.subarray(0, from));
      joined.set(rest, from);
      return joined;
    }
  }
  return copy;
}

/** The bytes in pieces of any size. */
export function pieces(bytes: Uint8Array, { roll }: Dice): readonly Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + roll(roll(3) === 0 ? 8 : 4096);
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cut;
}
