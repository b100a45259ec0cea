// The body with `texts`.
import { describe, expect, test } from "bun:test";
import {
  decodeTexts,
  decodeTextsReply,
  encodeTexts,
  encodeTextsReply,
} from "../../../src/protocols/kit/embeddings-texts.ts";
import { document, reread } from "../../support/documents.ts";
import { client, REQUEST } from "../../support/embeddings.ts";

describe("requests", () => {
  test("are read with every setting", () => {
    const body = {
      model: "m",
      texts: ["a", "b"],
      input_type: "search_query",
      embedding_types: ["base64", "float"],
      output_dimension: 256,
      truncate: "START",
      priority: 3,
    };
    expect(decodeTexts(document(body))).toEqual({
      ok: true,
      value: {
        inputs: ["a", "b"],
        task: { value: "query", path: "/input_type" },
        truncate: { value: "start", path: "/truncate" },
        dimensions: { value: 256, path: "/output_dimension" },
        residue: [{ id: "R00", path: "/priority" }],
        encodings: ["base64", "float"],
        form: "typed",
      },
    });
  });

  test.each([
    [{ texts: "a" }, "invalid"],
    [{ texts: [] }, "invalid"],
    [{ texts: [1] }, "invalid"],
    [{}, "invalid"],
    [{ texts: ["a"], input_type: "other" }, "invalid"],
    [{ texts: ["a"], truncate: "MIDDLE" }, "invalid"],
    [{ images: ["data:"] }, "untranslatable"],
    [{ inputs: [{ content: [] }] }, "untranslatable"],
    [{ texts: ["a"], embedding_types: ["float", "binary"] }, "untranslatable"],
  ])("%j is refused as %s", (body, expected) => {
    expect(decodeTexts(document(body))).toMatchObject({ ok: false, error: { class: expected } });
  });

  test("are written with a type of input, which is told when it was guessed or bent", () => {
    expect(reread(encodeTexts(REQUEST).bodies)).toEqual([
      { texts: ["a", "b"], input_type: "search_document", embedding_types: ["float"] },
    ]);
    const bent = { id: "R00", path: "/input_type", level: "D" } as const;
    expect(encodeTexts(REQUEST).losses).toEqual([bent]);
    const given = (value: "query" | "similarity") =>
      encodeTexts({ ...REQUEST, task: { value, path: "/taskType" } });
    expect(given("query").losses).toEqual([]);
    expect(given("similarity").losses).toEqual([{ ...bent, path: "/taskType" }]);
    expect(given("similarity").bodies).toMatchObject([{ input_type: "clustering" }]);
  });

  test("keep length and cut", () => {
    const { bodies } = encodeTexts({
      ...REQUEST,
      dimensions: { value: 512, path: "/d" },
      truncate: { value: "none", path: "/t" },
    });
    expect(bodies).toMatchObject([{ output_dimension: 512, truncate: "NONE" }]);
  });
});

describe("replies", () => {
  test.each([
    [
      {
        embeddings: [
          [1, 2],
          [3, 4],
        ],
      },
      undefined,
    ],
    [
      {
        embeddings: {
          float: [
            [1, 2],
            [3, 4],
          ],
        },
      },
      undefined,
    ],
    [
      {
        embeddings: { base64: ["AACAPwAAAEA=", "AABAQAAAgEA="] },
        meta: { billed_units: { input_tokens: 7 } },
      },
      7,
    ],
  ])("%j are read", (body, tokens) => {
    const value = {
      vectors: [
        [1, 2],
        [3, 4],
      ],
      ...(tokens ? { inputTokens: tokens } : {}),
    };
    expect(decodeTextsReply(document(body))).toEqual({ ok: true, value });
  });

  test.each([{}, { embeddings: {} }, { embeddings: [["x"]] }])("%j is none", (body) => {
    expect(decodeTextsReply(document(body))).toMatchObject({
      error: { class: "bad-upstream-reply" },
    });
  });

  test("are written in the form that was asked for", () => {
    const reply = { vectors: [[1, 2]] };
    const plain = encodeTextsReply(reply, client({ ...REQUEST, inputs: ["a"], form: "plain" }));
    expect(reread(plain)).toEqual({
      id: "call-1",
      texts: ["a"],
      embeddings: [[1, 2]],
      response_type: "embeddings_floats",
    });
    const request = { ...REQUEST, form: "typed", encodings: ["float", "base64"] as const };
    expect(encodeTextsReply(reply, client(request))).toMatchObject({
      embeddings: { float: [[1, 2]], base64: ["AACAPwAAAEA="] },
      response_type: "embeddings_by_type",
    });
  });
});
