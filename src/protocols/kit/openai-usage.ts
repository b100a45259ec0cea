// What OpenAI's two protocols share in counting tokens: the input total includes what came from or went to a cache
// (translation.md B.12).
import type { Usage } from "../../ir/reply.ts";

/** Input tokens that no cache had to do with; some servers report more cached tokens than tokens. */
export function freshInput(
  total: number | undefined,
  cacheRead: number | undefined,
  cacheWrite: number | undefined,
): number | undefined {
  return total === undefined
    ? undefined
    : Math.max(total - (cacheRead ?? 0) - (cacheWrite ?? 0), 0);
}

/** The input total of disjoint buckets. */
export function inputTotal(usage: Usage): number {
  const { inFresh = 0, cacheRead = 0, cacheWrite = 0, toolUseIn = 0 } = usage;
  return inFresh + cacheRead + cacheWrite + toolUseIn;
}
