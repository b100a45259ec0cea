// Names of the model within bodies.
import { expect, test } from "bun:test";
import { parseJson, printJson } from "../../../src/lib/json.ts";
import { rename } from "../../../src/protocols/gemini/rename.ts";

test.each([
  [
    '{"model":"models/a","content":{"model":"kept"}}',
    '{"model":"models/real","content":{"model":"kept"}}',
  ],
  [
    '{"requests":[{"model":"models/a","n":1.0},{"n":2}]}',
    '{"requests":[{"model":"models/real","n":1.0},{"n":2}]}',
  ],
  [
    '{"generateContentRequest":{"model":"models/a","contents":[]}}',
    '{"generateContentRequest":{"model":"models/real","contents":[]}}',
  ],
  ['{"contents":[]}', '{"contents":[]}'],
  ['{"requests":3,"generateContentRequest":null}', '{"requests":3,"generateContentRequest":null}'],
])("%s", (before, after) => {
  const document = parseJson(before);
  if (!document.ok) throw new Error(before);
  expect(printJson(rename(document.value, "real"))).toBe(after);
});

test("a tuned model keeps its kind", () => {
  const document = parseJson('{"model":"models/a"}');
  if (!document.ok) throw new Error();
  expect(printJson(rename(document.value, "tunedModels/x"))).toBe('{"model":"tunedModels/x"}');
});
