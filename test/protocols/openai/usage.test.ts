// Usage and log probabilities keep their numbers.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { printJson } from "../../../src/lib/json.ts";
import { decodeTokens, encodeTokens } from "../../../src/protocols/kit/openai-logprobs.ts";
import { decodeUsage, encodeUsage, usageRecord } from "../../../src/protocols/openai/usage.ts";
import { documentOf } from "./harness.ts";

const count = fc.nat({ max: 1_000_000 });

test("buckets that were written are read as they were", () => {
  const usage = fc.record(
    {
      inFresh: count,
      cacheRead: count,
      cacheWrite: count,
      output: count,
      reasoning: count,
      audioIn: count,
      audioOut: count,
      acceptedPrediction: count,
      rejectedPrediction: count,
    },
    { requiredKeys: ["inFresh", "output"] },
  );
  fc.assert(
    fc.property(usage, (given) => {
      // Reasoning beyond the output would be another vendor's way to count.
      const buckets = {
        ...given,
        ...(given.reasoning === undefined
          ? {}
          : { reasoning: Math.min(given.reasoning, given.output) }),
      };
      const document = documentOf({
        usage: JSON.parse(printJson(encodeUsage(buckets))) as unknown,
      });
      const record = usageRecord(document.root);
      if (record === undefined) throw new Error("no usage");
      const { reported, ...read } = decodeUsage(record, document);
      expect(read).toEqual(buckets);
      expect(reported).toBeDefined();
    }),
  );
});

test.each([[{}], [{ usage: null }], [{ usage: { cost: 1 } }], [[]], [{ usage: "none" }]])(
  "%j holds no usage",
  (body) => {
    expect(usageRecord(documentOf(body).root)).toBeUndefined();
  },
);

test("tokens without bytes get null, as the SDK expects", () => {
  expect(encodeTokens([{ token: "a", logprob: -1, top: [] }])).toEqual([
    { token: "a", logprob: -1, bytes: null, top_logprobs: [] },
  ]);
  expect(decodeTokens(null)).toBeUndefined();
});
