// Token counts into the gateway's disjoint buckets (translation.md B.12).
import { expect, test } from "bun:test";
import { asRecord, parseJson } from "../../../src/lib/json.ts";
import { decodeUsage } from "../../../src/protocols/gemini/usage.ts";

function read(text: string): ReturnType<typeof decodeUsage> {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) throw new Error(text);
  return decodeUsage(record, document.value);
}

test("E232 thoughts come on top of the candidates", () => {
  const text =
    '{"promptTokenCount":100,"cachedContentTokenCount":90,"candidatesTokenCount":50,"thoughtsTokenCount":200,"toolUsePromptTokenCount":7,"totalTokenCount":357}';
  expect(read(text)).toMatchObject({
    inFresh: 10,
    cacheRead: 90,
    output: 250,
    reasoning: 200,
    toolUseIn: 7,
  });
});

test("an early chunk knows the prompt alone", () => {
  const usage = read('{"promptTokenCount":100}');
  expect(usage.inFresh).toBe(100);
  expect(usage.output).toBeUndefined();
});

test("sound is named among the modalities", () => {
  const details = '[{"modality":"TEXT","tokenCount":1},{"modality":"AUDIO","tokenCount":7}]';
  const text = `{"promptTokensDetails":${details},"candidatesTokensDetails":${details}}`;
  expect(read(text)).toMatchObject({ audioIn: 7, audioOut: 7 });
});

test("what the vendor said is kept as it was spelt", () => {
  const text = '{ "x": 1.0,  "2": 1, "1": 2 }';
  expect<object>(read(text)).toEqual({ reported: text });
});
