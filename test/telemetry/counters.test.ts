import { expect, test } from "bun:test";
import { createCounters } from "../../src/telemetry/counters.ts";

test("each combination of labels is counted on its own", () => {
  const counters = createCounters();
  const lost = { pair: "openai>anthropic", id: "R49", level: "X" };
  counters.add("losses", lost);
  counters.add("losses", { ...lost, level: "D" });
  counters.add("losses", lost);
  counters.add("egress_checks", { pair: lost.pair, verdict: "ok" });
  expect(counters.list()).toEqual([
    { name: "losses", labels: lost, count: 2 },
    { name: "losses", labels: { ...lost, level: "D" }, count: 1 },
    { name: "egress_checks", labels: { pair: lost.pair, verdict: "ok" }, count: 1 },
  ]);
});

test("the list is a copy", () => {
  const counters = createCounters();
  counters.add("egress_checks", { pair: "a>b", verdict: "fault" });
  const before = counters.list();
  counters.add("egress_checks", { pair: "a>b", verdict: "fault" });
  expect(before[0]?.count).toBe(1);
});
