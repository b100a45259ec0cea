import { expect, test } from "bun:test";
import { quotaLeft } from "../../../src/protocols/kit/quota-left.ts";

test.each<[Record<string, string>, number | undefined]>([
  [{ "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "25" }, 0.25],
  [
    {
      "x-ratelimit-limit-requests": "100",
      "x-ratelimit-remaining-requests": "90",
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "100",
    },
    0.1,
  ],
  [
    {
      "anthropic-ratelimit-input-tokens-limit": "8000",
      "anthropic-ratelimit-input-tokens-remaining": "0",
    },
    0,
  ],
  [{ "x-ratelimit-remaining-requests": "5" }, undefined],
  [{ "x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0" }, undefined],
  [{ "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "-1" }, undefined],
  [{}, undefined],
])("%j leaves %p", (headers, left) => {
  expect(quotaLeft((name) => headers[name])).toBe(left);
});
