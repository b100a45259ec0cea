// Keeps a session on one member by rendezvous hashing: every session ranks all members, so when its first choice
// cannot serve, only that session moves, and it returns when the member is well again.
import type { Member } from "./upstream.ts";

/** Picks the usable member that ranks highest for the session, in proportion to the weights. */
export function pickForSession(
  members: readonly Member[],
  usable: readonly number[],
  session: string,
): number | undefined {
  let best: number | undefined;
  let bestScore = -Infinity;
  for (const index of usable) {
    const member = members[index];
    if (member === undefined) continue;
    const draw = (hash(`${member.upstream.name}\n${session}`) + 1) / 4_294_967_297;
    // Weighted rendezvous hashing: -w / ln(u) gives each member a share in proportion to w.
    const score = -member.weight / Math.log(draw);
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best;
}

/** FNV-1a with a final avalanche, so that names that differ in one letter rank independently. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
