// Counting tokens: the body of a response without what only generating takes.
import { expect, test } from "bun:test";
import { count } from "../../../src/protocols/responses/count.ts";
import { document, reread } from "../../support/documents.ts";

test("the body is the same but for what only generating takes", () => {
  const kept = {
    model: "m",
    input: "x",
    instructions: "s",
    text: {},
    reasoning: { effort: "low" },
  };
  const extra = { max_output_tokens: 5, temperature: 1, stream: true, store: false, metadata: {} };
  const body = document({ ...kept, ...extra });
  expect(count.unwrap(body)).toEqual({ ok: true, value: body });
  expect(reread(count.wrap(body, "m"))).toEqual(kept);
});

test("replies", () => {
  expect(count.read({ object: "response.input_tokens", input_tokens: 7 })).toBe(7);
  expect(count.read([])).toBeUndefined();
  expect(count.write(7)).toEqual({ object: "response.input_tokens", input_tokens: 7 });
});
