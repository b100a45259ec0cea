// Requests drawn at random that go to another dialect and come back (translation.md 0.1, RT and REQ; C.6 step 2).
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Req } from "../../src/ir/request.ts";
import type { JsonText } from "../../src/lib/json.ts";
import { diff } from "../support/diff.ts";
import { jsonDocument } from "../support/json-text.ts";
import { describe, overTheWire, requestRoundTrip, targetOf, type Party } from "../support/laws.ts";
import { PAIRS, PARTIES } from "../support/parties.ts";
import { requestArbitrary } from "../support/requests.ts";
import { LAW_RUNS, PATIENCE_MS } from "../support/runs.ts";

const CONTEXT = { model: "model", stream: false, unseal: () => undefined };

function written(party: Party, request: Req): JsonText {
  const target = targetOf(party, { ...CONTEXT, stream: request.stream });
  return overTheWire(party.codec.request.encode(request, target).body);
}

test.each(PARTIES)(
  "$name: what the encoder writes, the decoder reads and the encoder writes again",
  (party) => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        const body = written(party, request);
        const read = party.codec.request.decode(jsonDocument(body), {
          ...CONTEXT,
          stream: request.stream,
        });
        if (!read.ok) throw new Error(read.error.message);
        const again = written(party, read.value);
        const [before, after] = [body, again].map((text) =>
          party.canon.request(jsonDocument(text).root),
        );
        expect(diff(before ?? null, after ?? null).map(describe)).toEqual([]);
      }),
      { numRuns: LAW_RUNS },
    );
  },
  PATIENCE_MS,
);

test.each(PAIRS)(
  "$pair: what does not come back of any request is what was reported",
  ({ a, b }) => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        expect(requestRoundTrip(a, b, written(a, request)).problems).toEqual([]);
      }),
      { numRuns: LAW_RUNS },
    );
  },
  PATIENCE_MS,
);
