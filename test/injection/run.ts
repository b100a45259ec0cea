// Fault injection against the compiled gateway: bun run inject -- [--rounds 6] [--calls 300] [--at-once 32]
import { parseArgs } from "node:util";
import { binary } from "../support/binary.ts";
import { cases, faultsOf, inject } from "./inject.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "6" },
    calls: { type: "string", default: "300" },
    "at-once": { type: "string", default: "32" },
  },
});

const size = { calls: Number(values.calls), atOnce: Number(values["at-once"]) };
const path = await binary();
const found: string[] = [];
let calls = 0;
let told = 0;
for (let round = 0; round < Number(values.rounds); round++) {
  for (const given of cases(round, size)) {
    const tally = await inject(path, given);
    const wrong = faultsOf(given, tally);
    found.push(...wrong);
    calls += tally.calls;
    told += tally.errors.length;
    for (const line of wrong) console.log(line);
  }
}
console.log(
  `${calls} calls, ${told} streams that broke after content were told so, ${found.length} violations`,
);
process.exitCode = found.length === 0 ? 0 : 1;
