// Cooldowns and drains across a restart.
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCells } from "../../src/gateway/cells.ts";
import { keptHealth, restoreHealth } from "../../src/gateway/health.ts";
import type { Runtime } from "../../src/gateway/runtime.ts";
import { parseJson } from "../../src/lib/json.ts";
import { ms } from "../../src/lib/time.ts";
import { openHealthFile } from "../../src/store/health-file.ts";
import { startGateway } from "../support/gateway.ts";

const BEFORE = { now: ms(5000), wall: 1_000_000 };
/** A minute later, in a process whose clock has just begun. */
const AFTER = { now: ms(10), wall: 1_060_000 };

function json(value: unknown) {
  const document = parseJson(JSON.stringify(value));
  if (!document.ok) throw new Error("no JSON");
  return document.value.root;
}

test("deadlines move from one clock to another; what is over may be tried at once", () => {
  const cells = createCells(() => ms(0));
  const key = cells.cell("key", "a#1");
  key.breaker = { state: "open", until: ms(5000 + 3_600_000), trips: 3 };
  key.why = "quota-exhausted";
  cells.cell("member", "p/m").breaker = { state: "open", until: ms(35_000), trips: 1 };
  cells.cell("model", "m").breaker = { state: "half-open", probe: 7, trips: 2 };
  cells.cell("provider", "a").drainedAt = 900_000;
  cells.cell("provider", "well");
  const kept = keptHealth(cells, BEFORE);
  expect(kept).toEqual([
    { scope: "key", name: "a#1", until: 4_600_000, trips: 3, why: "quota-exhausted" },
    { scope: "member", name: "p/m", until: 1_030_000, trips: 1 },
    { scope: "model", name: "m", until: 1_000_000, trips: 2 },
    { scope: "provider", name: "a", drained_at: 900_000 },
  ]);
  const fresh = createCells(() => ms(0));
  expect(restoreHealth(fresh, json(kept), AFTER)).toBe(4);
  expect(fresh.cell("key", "a#1")).toMatchObject({
    breaker: { state: "open", until: ms(10 + 3_540_000), trips: 3 },
    why: "quota-exhausted",
  });
  expect(fresh.cell("member", "p/m").breaker).toEqual({ state: "open", until: ms(10), trips: 1 });
  expect(fresh.cell("model", "m").breaker).toMatchObject({ state: "open", until: ms(10) });
  expect(fresh.cell("provider", "a").drainedAt).toBe(900_000);
});

test("whatever does not look like health is left out", () => {
  const cells = createCells(() => ms(0));
  const odd = [
    1,
    null,
    {},
    { scope: "moon", name: "x" },
    { scope: "key" },
    { scope: "key", name: "k", until: "soon", why: "x" },
  ];
  expect(restoreHealth(cells, json(odd), AFTER)).toBe(1);
  expect(cells.cell("key", "k")).toMatchObject({ breaker: { state: "closed" }, why: undefined });
  expect(restoreHealth(cells, json({ a: 1 }), AFTER)).toBe(0);
});

test("a file keeps it from one process to the next, and trouble with it is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "recloser-health-"));
  const path = join(folder, "health.json");
  const start = () =>
    startGateway(
      "auth: { mode: none }\nproviders: { ollama: }\nmodels: { m: { provider: ollama } }\n",
    );
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const open = (runtime: Runtime, file = path) => openHealthFile(file, () => runtime, log);
  const first = start();
  const file = open(first.runtime);
  first.runtime.cells.cell("model", "m").drainedAt = 42;
  file.save();
  await first.stop();
  const second = start();
  open(second.runtime);
  expect(second.runtime.cells.cell("model", "m").drainedAt).toBe(42);
  expect(lines).toEqual(["recloser: 1 cooldowns and drains are as before the restart"]);
  const written = readFileSync(path, "utf8");
  expect(JSON.parse(written)).toEqual([{ scope: "model", name: "m", drained_at: 42 }]);
  writeFileSync(path, "{");
  open(second.runtime);
  expect(lines.at(-1)).toContain("is no JSON and is not used");
  second.runtime.cells.cell("model", "m").drainedAt = 43;
  open(second.runtime, join(folder, "no", "such", "folder.json")).save();
  expect(lines.at(-1)).toContain("cannot be written");
  await second.stop();
  rmSync(folder, { recursive: true });
});
