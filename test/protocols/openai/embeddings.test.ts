// Embeddings of Chat Completions' vendor.
import { expect, test } from "bun:test";
import { embeddings } from "../../../src/protocols/openai/embeddings.ts";
import { document, reread } from "../../support/documents.ts";
import { client, NO_HEADER, REQUEST, TARGET } from "../../support/embeddings.ts";

const { request, reply } = embeddings;

test("a request is read with every setting", () => {
  const body = {
    model: "m",
    input: "a",
    dimensions: 3,
    encoding_format: "base64",
    user: "u",
    x: 1,
  };
  expect(request.decode(document(body))).toEqual({
    ok: true,
    value: {
      inputs: ["a"],
      dimensions: { value: 3, path: "/dimensions" },
      residue: [
        { id: "R69", path: "/user" },
        { id: "R00", path: "/x" },
      ],
      encodings: ["base64"],
      form: "",
    },
  });
  expect(request.decode(document({ input: ["a", "b"] }))).toMatchObject({ value: REQUEST });
});

test.each([
  [{ input: [1, 2] }, "untranslatable", "input"],
  [{ input: [[1]] }, "untranslatable", "input"],
  [{ input: [] }, "invalid", "input"],
  [{ input: 1 }, "invalid", "input"],
  [{ input: ["a", null] }, "invalid", "input[1]"],
  [{}, "invalid", "input"],
  [{ input: "a", encoding_format: "int8" }, "invalid", "encoding_format"],
  [{ input: "a", dimensions: "3" }, "invalid", "dimensions"],
])("%j is refused as %s", (body, expected, param) => {
  const error = { class: expected, param };
  expect(request.decode(document(body))).toMatchObject({ ok: false, error });
});

test("a request is written for numbers, and what has no place is told", () => {
  const { bodies, losses } = request.encode(
    {
      ...REQUEST,
      task: { value: "query", path: "/taskType" },
      truncate: { value: "end", path: "/truncate" },
      dimensions: { value: 8, path: "/d" },
    },
    TARGET,
  );
  expect(bodies).toEqual([
    { model: "m", input: ["a", "b"], dimensions: 8, encoding_format: "float" },
  ]);
  expect(losses.map(({ path }) => path)).toEqual(["/taskType", "/truncate"]);
});

test("a reply is read in the order of its indexes", () => {
  const data = [
    { index: 1, embedding: [2] },
    { index: 0, embedding: "AACAPw==" },
  ];
  const body = { data, model: "real", usage: { prompt_tokens: 5, total_tokens: 5 } };
  const value = { vectors: [[1], [2]], model: "real", inputTokens: 5 };
  expect(reply.decode(document(body), NO_HEADER)).toEqual({ ok: true, value });
  for (const broken of [{}, { data: [1] }, { data: [{ embedding: ["x"] }] }]) {
    expect(reply.decode(document(broken), NO_HEADER).ok).toBe(false);
  }
});

test("a reply is written as the specification has it", () => {
  expect(reread(reply.encode({ vectors: [[1], [2]], inputTokens: 5 }, client()))).toEqual({
    object: "list",
    data: [
      { object: "embedding", index: 0, embedding: [1] },
      { object: "embedding", index: 1, embedding: [2] },
    ],
    model: "alias",
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });
  const packed = reply.encode({ vectors: [[1]] }, client({ ...REQUEST, encodings: ["base64"] }));
  expect(packed).toMatchObject({ data: [{ embedding: "AACAPw==" }] });
});
