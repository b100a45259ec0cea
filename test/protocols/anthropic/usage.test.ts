// Token counts (translation.md B.12).
import { expect, test } from "bun:test";
import fc from "fast-check";
import { asRecord, printJson } from "../../../src/lib/json.ts";
import type { Usage } from "../../../src/ir/reply.ts";
import { decodeUsage, encodeUsage } from "../../../src/protocols/anthropic/usage.ts";
import { documentOf } from "./harness.ts";

function read(usage: unknown): Usage {
  const document = documentOf(usage);
  const record = asRecord(document.root);
  if (record === undefined) throw new Error("no object");
  const { reported, ...counts } = decodeUsage(record, document);
  expect(reported).toBe(document.textOf(document.root));
  return counts;
}

function write(usage?: Usage): unknown {
  return JSON.parse(printJson(encodeUsage(usage)));
}

test("the input excludes the cache, as the buckets do", () => {
  expect(
    read({
      input_tokens: 100,
      cache_read_input_tokens: 900,
      cache_creation_input_tokens: 50,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
    }),
  ).toEqual({
    inFresh: 100,
    cacheRead: 900,
    cacheWrite: 50,
    cacheWrite5m: 20,
    cacheWrite1h: 30,
    output: 7,
    reasoning: 3,
  });
});

test("null is unknown", () => {
  expect(
    read({
      input_tokens: 1,
      cache_read_input_tokens: null,
      cache_creation: null,
      output_tokens: 2,
    }),
  ).toEqual({ inFresh: 1, output: 2 });
});

test("four numbers are always written, and nothing that is unknown", () => {
  expect(write()).toEqual({
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 0,
  });
});

test("what server tools read counts as input", () => {
  expect(write({ inFresh: 10, toolUseIn: 5, output: 1, reasoning: 1, cacheWrite1h: 4 })).toEqual({
    input_tokens: 15,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 4 },
    output_tokens: 1,
    output_tokens_details: { thinking_tokens: 1 },
  });
});

const entry = (type: string, input: number, output: number) => ({
  type,
  input_tokens: input,
  output_tokens: output,
  cache_read_input_tokens: 1,
});

test("with a compaction the entries are summed, advice apart", () => {
  const iterations = [entry("compaction", 1000, 30), entry("message", 20, 4)];
  const outside = { input_tokens: 20, output_tokens: 4, cache_read_input_tokens: 1 };
  const advice = entry("advisor_message", 500, 60);
  expect(read({ ...outside, iterations: [...iterations, advice] })).toEqual({
    inFresh: 1020,
    cacheRead: 2,
    output: 34,
  });
});

test("with a fallback, or without a compaction, the counts outside hold", () => {
  const outside = { input_tokens: 20, output_tokens: 4 };
  const fallback = [entry("compaction", 1000, 30), entry("fallback_message", 20, 4)];
  expect(read({ ...outside, iterations: fallback })).toEqual({ inFresh: 20, output: 4 });
  const plain = [entry("message", 12, 3), entry("message", 8, 1)];
  expect(read({ ...outside, iterations: plain })).toEqual({ inFresh: 20, output: 4 });
});

test("buckets that were written are read as they were", () => {
  const count = fc.nat({ max: 1_000_000 });
  const usage = fc.record({
    inFresh: count,
    cacheRead: count,
    cacheWrite: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    output: count,
    reasoning: count,
  });
  fc.assert(fc.property(usage, (given) => expect(read(write(given))).toEqual(given)));
});
