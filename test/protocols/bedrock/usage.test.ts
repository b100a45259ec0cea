// Token counts into the gateway's disjoint buckets (translation.md B.12).
import { expect, test } from "bun:test";
import { asRecord, parseJson } from "../../../src/lib/json.ts";
import { decodeUsage } from "../../../src/protocols/bedrock/usage.ts";

function read(text: string): ReturnType<typeof decodeUsage> {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) throw new Error(text);
  return decodeUsage(record, document.value);
}

test("E230 the input leaves out what was read from and written to the cache", () => {
  const text =
    '{"inputTokens":100,"outputTokens":9,"totalTokens":1059,"cacheReadInputTokens":900,"cacheWriteInputTokens":50,"cacheDetails":[{"ttl":"1h","inputTokens":40},{"ttl":"5m","inputTokens":10}]}';
  expect(read(text)).toMatchObject({
    inFresh: 100,
    cacheRead: 900,
    cacheWrite: 50,
    cacheWrite1h: 40,
    cacheWrite5m: 10,
    output: 9,
  });
});

test("what the vendor said is kept as it was spelt", () => {
  const text = '{ "x": 1.0,  "2": 1, "1": 2 }';
  expect<object>(read(text)).toEqual({ reported: text });
});
