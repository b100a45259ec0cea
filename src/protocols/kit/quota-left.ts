// What is left of a rate limit, as providers say it in the heads of their replies.
import type { HeaderReader } from "../protocol.ts";

/** Names of the headers of each window: its limit and what remains of it. */
const WINDOWS: readonly (readonly [limit: string, remaining: string])[] = [
  // OpenAI and many in its manner.
  ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"],
  ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"],
  ["x-ratelimit-limit", "x-ratelimit-remaining"],
  // Anthropic.
  ["anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"],
  ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining"],
  ["anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining"],
  ["anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining"],
  // Cohere's trial keys.
  ["x-trial-endpoint-call-limit", "x-trial-endpoint-call-remaining"],
];

/** Share of the tightest window that is left, 0 to 1; `undefined`: the provider does not say. */
export function quotaLeft(header: HeaderReader): number | undefined {
  let least: number | undefined;
  for (const [limitName, remainingName] of WINDOWS) {
    const remaining = header(remainingName);
    if (remaining === undefined) continue;
    const share = Number(remaining) / Number(header(limitName) ?? "");
    if (Number.isFinite(share) && share >= 0) least = Math.min(least ?? 1, share, 1);
  }
  return least;
}
