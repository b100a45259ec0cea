// Embeddings, one at a time and in batches.
import { expect, test } from "bun:test";
import { embeddings } from "../../../src/protocols/gemini/embeddings.ts";
import { document, reread } from "../../support/documents.ts";
import { client, NO_HEADER, REQUEST, TARGET } from "../../support/embeddings.ts";

const { request, reply } = embeddings;
const content = (...texts: readonly string[]) => ({ parts: texts.map((text) => ({ text })) });

test("one text is read with every setting, however they are spelt", () => {
  const value = {
    inputs: ["a\nb"],
    task: { value: "code-query", path: "/taskType" },
    dimensions: { value: 3, path: "/outputDimensionality" },
    residue: [{ id: "R00", path: "/title" }],
    form: "one",
  };
  const settings = { taskType: "CODE_RETRIEVAL_QUERY", outputDimensionality: 3, title: "t" };
  const body = { model: "models/x", content: content("a", "b"), ...settings };
  expect(request.decode(document(body))).toMatchObject({ ok: true, value });
  const snake = { content: content("a"), task_type: "CLUSTERING", output_dimensionality: 2 };
  expect(request.decode(document(snake))).toMatchObject({
    value: {
      task: { value: "clustering" },
      dimensions: { value: 2, path: "/output_dimensionality" },
    },
  });
  const nested = { content: content("a"), embedContentConfig: { taskType: "CLUSTERING" } };
  expect(request.decode(document(nested))).toMatchObject({
    value: { task: { value: "clustering", path: "/embedContentConfig/taskType" } },
  });
});

test("a batch is read if its requests agree", () => {
  const one = (text: string, more: object = {}) => ({
    model: "models/x",
    content: content(text),
    ...more,
  });
  const batch = (...requests: readonly unknown[]) => request.decode(document({ requests }));
  expect(batch(one("a"), one("b"))).toMatchObject({ value: { inputs: ["a", "b"], form: "batch" } });
  const odd = batch(one("a"), one("b", { taskType: "CLUSTERING" }));
  expect(odd).toMatchObject({ error: { class: "untranslatable", param: "requests[1]" } });
  expect(batch()).toMatchObject({ error: { class: "invalid" } });
  expect(batch(1)).toMatchObject({ error: { class: "invalid" } });
});

test.each([
  [{}, "invalid"],
  [{ content: { parts: [{ inlineData: {} }] } }, "untranslatable"],
  [{ content: content("a"), outputDimensionality: "3" }, "invalid"],
])("%j is refused as %s", (body, expected) => {
  expect(request.decode(document(body))).toMatchObject({ ok: false, error: { class: expected } });
});

test("a task that nobody knows is told, an unspecified one is none", () => {
  const ask = (taskType: string) => request.decode(document({ content: content("a"), taskType }));
  expect(ask("NEW")).toMatchObject({ value: { residue: [{ id: "R00", path: "/taskType" }] } });
  expect(ask("TASK_TYPE_UNSPECIFIED")).toMatchObject({ value: { residue: [] } });
});

test("one text goes alone, several in batches of a hundred", () => {
  const settings = {
    task: { value: "query", path: "/t" },
    dimensions: { value: 4, path: "/d" },
  } as const;
  const single = request.encode({ ...REQUEST, ...settings, inputs: ["a"] }, TARGET);
  expect(reread(single.bodies)).toEqual([
    { content: content("a"), taskType: "RETRIEVAL_QUERY", outputDimensionality: 4 },
  ]);
  expect(single.batch).toBeUndefined();
  const inputs = Array.from({ length: 201 }, (_, index) => String(index));
  const many = request.encode({ ...REQUEST, inputs }, TARGET);
  expect(many.batch).toBe(true);
  expect(many.bodies).toHaveLength(3);
  expect(reread(many.bodies[2] ?? null)).toEqual({
    requests: [{ model: "models/m", content: content("200") }],
  });
});

test("a tuned model keeps its kind in each request of a batch", () => {
  const { bodies } = request.encode(REQUEST, { ...TARGET, model: "tunedModels/x" });
  expect(reread(bodies[0] ?? null)).toMatchObject({
    requests: [{ model: "tunedModels/x" }, { model: "tunedModels/x" }],
  });
});

test("replies of both forms are read and written", () => {
  const one = { embedding: { values: [1, 2] } };
  expect(reply.decode(document(one), NO_HEADER)).toEqual({
    ok: true,
    value: { vectors: [[1, 2]] },
  });
  const two = {
    embeddings: [{ values: [1] }, { values: [2] }],
    usageMetadata: { promptTokenCount: 4 },
  };
  const value = { vectors: [[1], [2]], inputTokens: 4 };
  expect(reply.decode(document(two), NO_HEADER)).toEqual({ ok: true, value });
  expect(reply.decode(document({ embeddings: [{}] }), NO_HEADER).ok).toBe(false);
  expect(reread(reply.encode(value, client({ ...REQUEST, form: "batch" })))).toEqual(two);
  const single = reply.encode({ vectors: [[1, 2]] }, client({ ...REQUEST, form: "one" }));
  expect(reread(single)).toEqual(one);
});
