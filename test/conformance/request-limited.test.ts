// Requests for models that cannot do all that their dialect can say: what they cannot is reported.
import { afterAll, expect, test } from "bun:test";
import type { ModelCapabilities } from "../../src/protocols/protocol.ts";
import { accepted, fixtures, recorded } from "../support/corpus.ts";
import { requestRoundTrip } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";
import { table } from "../support/tally.ts";

/** Models that cannot do all that their dialect can say. */
const LIMITED: readonly ModelCapabilities[] = [
  {},
  {
    reasoning: "none",
    sampling: "none",
    forcedToolChoice: "no",
    jsonSchema: false,
    inlineSystem: false,
    prefill: false,
    vision: false,
    audio: false,
    pdf: false,
    stop: false,
  },
  { reasoning: "budget", reasoningOff: "no", sampling: "one", maxOutput: 8192 },
  { reasoning: "effort", reasoningOff: "between-tools", forcedToolChoice: "without-reasoning" },
];

const TABLES = LIMITED.map((_, at) => table(`requests, our own and recorded, limited model ${at}`));
afterAll(() => {
  for (const counts of TABLES) counts.print();
});

const LIMITED_PAIRS = PAIRS.filter(({ a, b }) => a !== b).flatMap((row) =>
  LIMITED.map((capabilities, at) => ({ ...row, capabilities, at })),
);

test.each(LIMITED_PAIRS)(
  "$pair: what a limited model ($at) cannot do is reported",
  ({ a, b, capabilities, at }) => {
    const count = TABLES[at]?.tally(a.name, b.name);
    if (count === undefined) throw new Error(`no model ${at}`);
    for (const { id, request } of [...accepted(fixtures(a.name)), ...accepted(recorded(a.name))]) {
      if (request !== undefined) count.add(id, requestRoundTrip(a, b, request.body, capabilities));
    }
    expect(count.problems()).toEqual([]);
  },
);
