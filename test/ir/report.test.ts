import { expect, test } from "bun:test";
import { FEATURES, type LossId, type Place, type Places } from "../../src/ir/loss.ts";
import { reporter } from "../../src/ir/report.ts";

/** A column in which everything is native but for what is given. */
function column(exceptions: Partial<Record<LossId, Place>>): Places {
  const native = Object.fromEntries(Object.keys(FEATURES).map((id) => [id, "N"]));
  return { ...native, ...exceptions } as Places;
}

const TOP_K = { id: "R49", path: "/top_k" } as const;
const STOP = { id: "R53", path: "/stop" } as const;
const FLAG = { id: "R39", path: "/messages/4" } as const;
const PLACES = column({ R49: "X", R53: "P", R39: "D", R07: "E" });

test("the column decides: no place and degraded are losses, emulated is told, native and partial are kept", () => {
  const image = { id: "R07", path: "/messages/0" } as const;
  expect(reporter([TOP_K, STOP, FLAG, image, { id: "R01", path: "/" }], PLACES).report()).toEqual({
    losses: [
      { ...TOP_K, level: "X" },
      { ...FLAG, level: "D" },
    ],
    emulated: [image],
  });
});

test("the encoder has the last word, and each use counts once, in the order of the document", () => {
  const report = reporter([STOP, TOP_K, FLAG], PLACES);
  report.lose(STOP, "X");
  report.keep(TOP_K);
  report.emulate(FLAG);
  report.lose(STOP, "D");
  expect(report.report()).toEqual({ losses: [{ ...STOP, level: "D" }], emulated: [FLAG] });
});
