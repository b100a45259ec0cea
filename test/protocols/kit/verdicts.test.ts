// The report, addressed by place.
import { expect, test } from "bun:test";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/openai/places.ts";

const uses = [
  { id: "R47", path: "/temperature" },
  { id: "R49", path: "/top_k" },
  { id: "R37", path: "/messages/1/content/0" },
  { id: "R11", path: "/messages/10" },
] as const;

test("without a word the column decides", () => {
  expect(verdicts({ uses }, places).report()).toEqual({
    losses: [
      { id: "R49", path: "/top_k", level: "X" },
      { id: "R37", path: "/messages/1/content/0", level: "D" },
    ],
    emulated: [{ id: "R11", path: "/messages/10" }],
  });
});

test("a place means the uses at it and below, not its neighbours", () => {
  const fates = verdicts({ uses }, places);
  fates.lose("R37", "/messages/1", "X");
  fates.keep("R11", "/messages/1");
  fates.keep("R49", "");
  expect(fates.report()).toEqual({
    losses: [{ id: "R37", path: "/messages/1/content/0", level: "X" }],
    emulated: [{ id: "R11", path: "/messages/10" }],
  });
});

test("a loss that nobody noted is noted, unless only noted ones are meant", () => {
  const fates = verdicts({ uses: [] }, places);
  fates.loseNoted("R47", "", "D");
  fates.keep("R47", "");
  expect(fates.report().losses).toEqual([]);
  fates.lose("R53", "/stop", "D");
  fates.emulate("R40", "/messages/0");
  expect(fates.report()).toEqual({
    losses: [{ id: "R53", path: "/stop", level: "D" }],
    emulated: [{ id: "R40", path: "/messages/0" }],
  });
});
