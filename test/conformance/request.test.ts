// Requests that go to another dialect and come back (translation.md 0.1, RT and REQ).
import { afterAll, expect, test } from "bun:test";
import { accepted, fixtures, recorded } from "../support/corpus.ts";
import { requestRoundTrip } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";
import { table } from "../support/tally.ts";

const OWN = table("requests, our own");
const RECORDED = table("requests, recorded");
const AGAIN = table("requests, as encoded from recorded ones of the other dialect");
afterAll(() => {
  for (const counts of [OWN, RECORDED, AGAIN]) counts.print();
});

test.each(PAIRS)(
  "$pair: what does not come back of our own requests is what was reported",
  ({ a, b }) => {
    const count = OWN.tally(a.name, b.name);
    for (const { id, request } of accepted(fixtures(a.name))) {
      if (request !== undefined) count.add(id, requestRoundTrip(a, b, request.body));
    }
    expect(count.problems()).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: what does not come back of recorded requests is what was reported",
  ({ a, b }) => {
    const count = RECORDED.tally(a.name, b.name);
    const again = AGAIN.tally(b.name, a.name);
    for (const { id, request } of accepted(recorded(a.name))) {
      if (request === undefined) continue;
      const verdict = requestRoundTrip(a, b, request.body);
      count.add(id, verdict);
      // What was encoded is itself a request of the other dialect, for which the same law holds.
      if (verdict.sent !== undefined && a !== b)
        again.add(id, requestRoundTrip(b, a, verdict.sent));
    }
    expect(count.problems()).toEqual([]);
    if (a !== b) expect(again.problems()).toEqual([]);
  },
);
