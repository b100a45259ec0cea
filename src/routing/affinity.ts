// Keeps a session on one member by rendezvous hashing: every session ranks all members, so when its first choice
// cannot serve, only that session moves, and it returns when the member is well again.
import type { Candidate } from "./policies/policy.ts";
import type { Member } from "./upstream.ts";

/** Picks the candidate that ranks highest for the session, in proportion to the weights. */
export function pickForSession(
  members: readonly Member[],
  candidates: readonly Candidate[],
  session: string,
): number | undefined {
  let best: number | undefined;
  let bestScore = -Infinity;
  for (const { index } of candidates) {
    const member = members[index];
    if (member === undefined) continue;
    // Weighted rendezvous hashing: -w / ln(u) gives each member a share in proportion to w.
    const score = -member.weight / Math.log(rank(member.upstream.name, session));
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best;
}

/** Picks the key of a provider that a session stays on: caches of prompts may belong to a key's account. */
export function keyForSession(
  provider: string,
  ready: readonly number[],
  session: string,
): number | undefined {
  const scored = ready.map((index) => ({ index, score: rank(`${provider}#${index}`, session) }));
  return scored.toSorted((a, b) => b.score - a.score)[0]?.index;
}

function rank(name: string, session: string): number {
  return (hash(`${name}\n${session}`) + 1) / 4_294_967_297;
}

/** A number from 0 to 2^32 - 1: FNV-1a with a final avalanche, so that texts that differ in one letter rank independently. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
