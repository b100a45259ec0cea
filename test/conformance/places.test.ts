// The columns of the loss table against the design's own matrix: where a codec differs, the reason stands here.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FEATURES, type LossId } from "../../src/ir/loss.ts";
import { PARTIES } from "../support/parties.ts";
import { shared } from "../support/shared.ts";

type Matrix = {
  readonly dialects: readonly string[];
  readonly features: readonly {
    readonly id: string;
    readonly name: string;
    readonly severity: string;
    readonly place: Readonly<Record<string, string>>;
  }[];
};

/** The matrix names dialects in short, in the order of the documentation. */
const COLUMNS: Readonly<Record<string, string>> = {
  openai: "OC",
  responses: "OR",
  anthropic: "AN",
  gemini: "GE",
  bedrock: "BR",
  cohere: "CO",
};

/** `protocol id`: why the codec's place is another one than the matrix has. */
const DIFFERENT: Readonly<Record<string, string>> = {};

/** Features that the matrix leaves out, since no two protocols could share them. */
const UNSHARED: readonly LossId[] = ["R00", "S00"];

const file = shared("design", "loss-matrix.json");

test("the table has the features of the matrix, with their names and severities", () => {
  if (file === undefined) return;
  const matrix: Matrix = JSON.parse(readFileSync(file, "utf8"));
  const ours = Object.entries(FEATURES)
    .filter(([id]) => !UNSHARED.some((unshared) => unshared === id))
    .map(([id, { name, severity }]) => `${id} ${severity} ${name}`);
  const theirs = matrix.features.map(({ id, name, severity }) => `${id} ${severity} ${name}`);
  expect(ours.toSorted()).toEqual(theirs.toSorted());
});

test("every codec's column is that of the matrix, but for what is listed with its reason", () => {
  if (file === undefined) return;
  const matrix: Matrix = JSON.parse(readFileSync(file, "utf8"));
  const different = PARTIES.flatMap(({ name, codec }) =>
    matrix.features.flatMap(({ id, place }) => {
      const ours = Object.entries(codec.places).find(([key]) => key === id)?.[1];
      return ours === place[COLUMNS[name] ?? ""] ? [] : [`${name} ${id}`];
    }),
  );
  expect(different.toSorted()).toEqual(Object.keys(DIFFERENT).toSorted());
});
