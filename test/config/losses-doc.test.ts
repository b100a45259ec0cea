import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FEATURES } from "../../src/ir/loss.ts";
import { lossesDoc } from "../../src/config/losses-doc.ts";

const FILE = join(import.meta.dir, "..", "..", "docs", "losses.md");

test("docs/losses.md is current: `bun run losses` writes it", () => {
  expect(readFileSync(FILE, "utf8")).toBe(lossesDoc());
});

test("every feature has exactly one row", () => {
  const rows = [...lossesDoc().matchAll(/^\| ([RBS]\d\d[a-z]?) +\|/gm)].map(([, id]) => id);
  expect(rows).toEqual(Object.keys(FEATURES));
});
