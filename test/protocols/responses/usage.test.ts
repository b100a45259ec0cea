// Token counts into the gateway's disjoint buckets (translation.md B.12).
import { expect, test } from "bun:test";
import { asRecord, parseJson } from "../../../src/lib/json.ts";
import { decodeUsage } from "../../../src/protocols/responses/usage.ts";

function read(text: string): ReturnType<typeof decodeUsage> {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) throw new Error(text);
  return decodeUsage(record, document.value);
}

test("the input includes the cache, the output includes reasoning", () => {
  const text =
    '{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":10},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":109}';
  expect(read(text)).toMatchObject({
    inFresh: 30,
    cacheRead: 60,
    cacheWrite: 10,
    output: 9,
    reasoning: 4,
  });
});

test("more cached than there is leaves nothing fresh", () => {
  const text = '{"input_tokens":1,"input_tokens_details":{"cached_tokens":3}}';
  expect(read(text)).toMatchObject({ inFresh: 0, cacheRead: 3 });
});

test("what the vendor said is kept as it was spelt", () => {
  const text = '{ "x": 1.0,  "2": 1, "1": 2 }';
  expect<object>(read(text)).toEqual({ reported: text });
});
