// Embeddings of the two families: one text a call, and the body with `texts`.
import { expect, test } from "bun:test";
import { embeddings } from "../../../src/protocols/bedrock/embeddings.ts";
import { document, reread } from "../../support/documents.ts";
import { client, NO_HEADER, REQUEST, TARGET } from "../../support/embeddings.ts";

const { request, reply } = embeddings;
const TEXTS = { model: "m", capabilities: { family: "command" } } as const;

test("the body with one text is read", () => {
  const body = {
    inputText: "a",
    dimensions: 256,
    normalize: false,
    embeddingTypes: ["float"],
    x: 1,
  };
  expect(request.decode(document(body))).toEqual({
    ok: true,
    value: {
      inputs: ["a"],
      dimensions: { value: 256, path: "/dimensions" },
      residue: [
        { id: "R00", path: "/normalize" },
        { id: "R00", path: "/x" },
      ],
      encodings: ["float"],
      form: "text-typed",
    },
  });
  const plain = request.decode(document({ inputText: "a", normalize: true }));
  expect(plain).toMatchObject({ value: { form: "text", residue: [] } });
  expect(request.decode(document({ texts: ["a"] }))).toMatchObject({ value: { form: "plain" } });
});

test.each([
  [{}, "invalid"],
  [{ inputText: 1 }, "invalid"],
  [{ inputText: "a", embeddingTypes: ["binary"] }, "untranslatable"],
])("%j is refused as %s", (body, expected) => {
  expect(request.decode(document(body))).toMatchObject({ ok: false, error: { class: expected } });
});

test("each family gets its own body", () => {
  const wanted = { ...REQUEST, dimensions: { value: 4, path: "/d" } };
  expect(reread(request.encode(wanted, TARGET).bodies)).toEqual([
    { inputText: "a", dimensions: 4 },
    { inputText: "b", dimensions: 4 },
  ]);
  const task = { value: "query", path: "/taskType" } as const;
  const truncate = { value: "end", path: "/truncate" } as const;
  const lost = request.encode({ ...REQUEST, task, truncate }, TARGET).losses;
  expect(lost.map(({ path }) => path)).toEqual(["/taskType", "/truncate"]);
  const texts = request.encode({ ...REQUEST, task }, TEXTS);
  expect(texts.bodies).toMatchObject([{ texts: ["a", "b"], input_type: "search_query" }]);
  expect(texts.losses).toEqual([]);
});

test("replies of both families are read, with the count in body or header", () => {
  const one = { embedding: [1, 2], inputTextTokenCount: 3 };
  const value = { vectors: [[1, 2]], inputTokens: 3 };
  expect(reply.decode(document(one), NO_HEADER)).toEqual({ ok: true, value });
  const header = (told: string) => (name: string) =>
    name === "x-amzn-bedrock-input-token-count" ? told : undefined;
  const several = document({ embeddings: { float: [[1], [2]] } });
  expect(reply.decode(several, header("9"))).toMatchObject({ value: { inputTokens: 9 } });
  expect(reply.decode(several, header("x"))).toEqual({ ok: true, value: { vectors: [[1], [2]] } });
  expect(reply.decode(document({ embedding: "?" }), NO_HEADER).ok).toBe(false);
});

test("replies are written in the family of the request", () => {
  const made = { vectors: [[1, 2]], inputTokens: 3 };
  const text = reply.encode(made, client({ ...REQUEST, form: "text" }));
  expect(reread(text)).toEqual({ embedding: [1, 2], inputTextTokenCount: 3 });
  const typed = reply.encode(made, client({ ...REQUEST, form: "text-typed" }));
  expect(typed).toMatchObject({ embeddingsByType: { float: [1, 2] } });
  const plain = reply.encode(made, client({ ...REQUEST, form: "plain" }));
  expect(plain).toMatchObject({ embeddings: [[1, 2]], response_type: "embeddings_floats" });
});
