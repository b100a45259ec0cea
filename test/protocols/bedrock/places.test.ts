// The column of the loss table.
import { expect, test } from "bun:test";
import { FEATURES } from "../../../src/ir/loss.ts";
import { DIALECT } from "../../../src/protocols/bedrock/dialect.ts";
import { bedrock } from "../../../src/protocols/bedrock/index.ts";
import { places } from "../../../src/protocols/bedrock/places.ts";

test("every feature has a place, and nothing else has", () => {
  expect(Object.keys(places).sort()).toEqual(Object.keys(FEATURES).sort());
});

test("residues carry the name under which the registry lists the protocol", () => {
  expect(bedrock.name).toBe(DIALECT);
});

test("unknown fields of others have no place", () => {
  expect([places.R00, places.S00]).toEqual(["X", "X"]);
});
