// Many simulated worlds: bun run simulate -- [--seeds 1000] [--from 1] [--calls 2000]
import { parseArgs } from "node:util";
import { violations } from "./invariants.ts";
import { scenarioOf } from "./scenario.ts";
import { simulate } from "./world.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    calls: { type: "string", default: "2000" },
  },
});

const from = Number(values.from);
const found: string[] = [];
let days = 0;
let calls = 0;
let attempts = 0;
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const outcome = await simulate(scenarioOf(seed, Number(values.calls)));
  days += outcome.scenario.duration / 86_400_000;
  calls += outcome.statuses.length;
  attempts += outcome.arrivals.length;
  const wrong = violations(outcome);
  found.push(...wrong);
  for (const line of wrong) console.log(line);
}
console.log(
  `${values.seeds} worlds, ${Math.round(days)} days, ${calls} calls, ${attempts} attempts, ${found.length} violations`,
);
process.exitCode = found.length === 0 ? 0 : 1;
