// Replies to the parts of one request.
import { expect, test } from "bun:test";
import { readEmbeddings } from "../../src/protocols/embeddings.ts";
import { bedrock } from "../../src/protocols/bedrock/index.ts";
import { document } from "../support/documents.ts";
import { NO_HEADER } from "../support/embeddings.ts";

const part = (embedding: unknown, count?: number) => ({
  document: document({ embedding, ...(count === undefined ? {} : { inputTextTokenCount: count }) }),
  header: NO_HEADER,
});

test("vectors are joined in order and tokens added up", () => {
  const read = readEmbeddings(bedrock.embeddings, [part([1], 2), part([2], 3)], 2);
  expect(read).toEqual({ ok: true, value: { vectors: [[1], [2]], inputTokens: 5 } });
});

test("a sum is told only where every part was counted", () => {
  const read = readEmbeddings(bedrock.embeddings, [part([1], 2), part([2])], 2);
  expect(read).toEqual({ ok: true, value: { vectors: [[1], [2]] } });
});

test("a vector too few, or a part that is none, is the upstream's fault", () => {
  for (const parts of [[part([1])], [part([1]), part("x")]]) {
    const read = readEmbeddings(bedrock.embeddings, parts, 2);
    expect(read).toMatchObject({ ok: false, error: { class: "bad-upstream-reply" } });
  }
});
