// Token counts into the gateway's disjoint buckets (translation.md B.12).
import { expect, test } from "bun:test";
import { asRecord, parseJson } from "../../../src/lib/json.ts";
import { decodeUsage } from "../../../src/protocols/cohere/usage.ts";

function read(text: string): ReturnType<typeof decodeUsage> {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) throw new Error(text);
  return decodeUsage(record, document.value);
}

test("E238 tokens count, billed units only where there are none", () => {
  const billed = '"billed_units":{"input_tokens":5,"output_tokens":6}';
  const tokens = '"tokens":{"input_tokens":50,"output_tokens":60}';
  expect(read(`{${billed},${tokens},"cached_tokens":48}`)).toMatchObject({
    inFresh: 2,
    cacheRead: 48,
    output: 60,
  });
  expect(read(`{${billed}}`)).toMatchObject({ inFresh: 5, output: 6 });
});

test("more cached than there is leaves nothing fresh", () => {
  expect(read('{"tokens":{"input_tokens":1},"cached_tokens":3}').inFresh).toBe(0);
});

test("what the vendor said is kept as it was spelt", () => {
  const text = '{ "x": 1.0,  "2": 1, "1": 2 }';
  expect<object>(read(text)).toEqual({ reported: text });
});
