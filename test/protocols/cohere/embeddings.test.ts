// Embeddings of v2: the shared body (test/protocols/kit) with a model, and billed units in the reply.
import { expect, test } from "bun:test";
import { embeddings } from "../../../src/protocols/cohere/embeddings.ts";
import { document, reread } from "../../support/documents.ts";
import { client, NO_HEADER, REQUEST, TARGET } from "../../support/embeddings.ts";

const { request, reply } = embeddings;

test("a request is read, and replies always name the kinds", () => {
  const read = request.decode(document({ model: "m", texts: ["a"], input_type: "clustering" }));
  expect(read).toMatchObject({ value: { inputs: ["a"], form: "typed", encodings: ["float"] } });
  expect(request.decode(document({ model: "m" })).ok).toBe(false);
});

test("a request is written with its model", () => {
  expect(request.encode(REQUEST, TARGET).bodies).toMatchObject([{ model: "m", texts: ["a", "b"] }]);
});

test("a reply bills what was counted", () => {
  const request = { ...REQUEST, form: "typed" };
  const written = reread(reply.encode({ vectors: [[1], [2]], inputTokens: 6 }, client(request)));
  expect(written).toEqual({
    id: "call-1",
    texts: ["a", "b"],
    embeddings: { float: [[1], [2]] },
    response_type: "embeddings_by_type",
    meta: { api_version: { version: "2" }, billed_units: { input_tokens: 6 } },
  });
  const again = reply.decode(document(written), NO_HEADER);
  expect(again).toEqual({ ok: true, value: { vectors: [[1], [2]], inputTokens: 6 } });
  const uncounted = reread(reply.encode({ vectors: [] }, client(request)));
  expect(uncounted).toMatchObject({ meta: { api_version: { version: "2" } } });
});
