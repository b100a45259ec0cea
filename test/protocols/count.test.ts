// What of a request matters for counting it.
import { expect, test } from "bun:test";
import { countable } from "../../src/protocols/count.ts";
import { openai } from "../../src/protocols/openai/index.ts";
import { document } from "../support/documents.ts";

test("limits, sampling and who asks do not; contents, tools and formats do", () => {
  const body = {
    model: "m",
    messages: [{ role: "user", name: "n", content: "x" }],
    max_tokens: 5,
    temperature: 0.5,
    stop: ["x"],
    n: 2,
    user: "u",
    response_format: { type: "json_object" },
  };
  const context = { model: "m", stream: false, unseal: () => undefined };
  const request = openai.codec.request.decode(document(body), context);
  if (!request.ok) throw new Error(request.error.message);
  const counted = countable(request.value);
  expect(counted.turns).toEqual(request.value.turns);
  expect(counted.sampling).toEqual({});
  expect(counted.output).toEqual({ format: { kind: "json" } });
  expect(counted.uses.map(({ id }) => id)).toEqual(["R04", "R42"]);
});
