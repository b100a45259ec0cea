// Each edge case of translation (translation.md, section E) is the business of exactly one test, whose title names it.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** The numbers of the cases, as runs of neighbours: first and last. */
const CASES: readonly (readonly [number, number])[] = [
  [1, 2],
  [4, 5],
  [8, 8],
  [10, 12],
  [14, 18],
  [20, 21],
  [23, 23],
  [25, 27],
  [30, 42],
  [45, 46],
  [48, 53],
  [55, 59],
  [61, 62],
  [65, 65],
  [67, 68],
  [80, 82],
  [84, 92],
  [94, 97],
  [99, 104],
  [106, 107],
  [110, 116],
  [118, 119],
  [121, 128],
  [130, 135],
  [137, 138],
  [140, 143],
  [151, 154],
  [156, 158],
  [160, 164],
  [166, 166],
  [168, 186],
  [188, 190],
  [200, 200],
  [202, 203],
  [206, 207],
  [209, 213],
  [215, 221],
  [230, 233],
  [235, 236],
  [238, 242],
  [250, 259],
  [262, 267],
  [270, 280],
  [283, 283],
  [285, 285],
  [288, 295],
  [298, 314],
  [320, 323],
  [325, 325],
  [328, 329],
  [332, 333],
  [335, 340],
];

const ALL = CASES.flatMap(([first, last]) =>
  Array.from(
    { length: last - first + 1 },
    (_, index) => `E${String(first + index).padStart(3, "0")}`,
  ),
);

/** How often titles name each case. */
function named(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of new Glob("**/*.test.ts").scanSync(import.meta.dir)) {
    if (path === "edge-cases.test.ts") continue;
    const source = readFileSync(join(import.meta.dir, path), "utf8");
    // Titles are the only strings that speak of cases; comments have no quotes before them.
    for (const [, title = ""] of source.matchAll(/["'`]((?:E\d{3} )+)/g)) {
      for (const [id] of title.matchAll(/E\d{3}/g)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

test("every edge case is named by exactly one test", () => {
  const counts = named();
  expect({
    unnamed: ALL.filter((id) => !counts.has(id)),
    repeated: [...counts].filter(([, count]) => count > 1).map(([id]) => id),
    unknown: [...counts.keys()].filter((id) => !ALL.includes(id)),
  }).toEqual({ unnamed: [], repeated: [], unknown: [] });
});
