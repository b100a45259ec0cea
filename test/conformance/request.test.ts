// Requests that go to another dialect and come back (translation.md 0.1, RT and REQ).
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Req } from "../../src/ir/request.ts";
import type { JsonText } from "../../src/lib/json.ts";
import type { ModelCapabilities } from "../../src/protocols/protocol.ts";
import { fixtures, recorded, type Exchange } from "../support/corpus.ts";
import { diff } from "../support/diff.ts";
import { jsonDocument } from "../support/json-text.ts";
import { describe, overTheWire, requestRoundTrip, targetOf, type Party } from "../support/laws.ts";
import { PAIRS, PARTIES } from "../support/parties.ts";
import { requestArbitrary } from "../support/requests.ts";
import { tally } from "../support/tally.ts";

/** Requests that break the rules of their own dialect, which only their own vendor tolerates. */
const MALFORMED: ReadonlySet<string> = new Set([
  // A tool message that does not say which call it answers.
  "openai-chat-8feb13d77021",
]);

/** Chat requests that the provider accepted. */
function accepted(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(
    ({ id, operation, reply }) =>
      operation === "chat" && reply.status === 200 && !MALFORMED.has(id),
  );
}

test.each(PAIRS)(
  "$pair: what does not come back of our own requests is what was reported",
  ({ a, b, pair }) => {
    const count = tally(`requests ${pair}, own`);
    for (const { id, request } of accepted(fixtures(a.name))) {
      if (request !== undefined) count.add(id, requestRoundTrip(a, b, request.body));
    }
    expect(count.close()).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: what does not come back of recorded requests is what was reported",
  ({ a, b, pair }) => {
    const count = tally(`requests ${pair}, recorded`);
    const again = tally(`requests ${b.name}>${a.name}, as encoded from recorded ${a.name}`);
    for (const { id, request } of accepted(recorded(a.name))) {
      if (request === undefined) continue;
      const verdict = requestRoundTrip(a, b, request.body);
      count.add(id, verdict);
      // What was encoded is itself a request of the other dialect, for which the same law holds.
      if (verdict.sent !== undefined && a !== b)
        again.add(id, requestRoundTrip(b, a, verdict.sent));
    }
    expect(count.close()).toEqual([]);
    if (a !== b) expect(again.close()).toEqual([]);
  },
);

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

const LIMITED_PAIRS = PAIRS.filter(({ a, b }) => a !== b).flatMap((row) =>
  LIMITED.map((capabilities, at) => ({ ...row, capabilities, at })),
);

test.each(LIMITED_PAIRS)(
  "$pair: what a limited model ($at) cannot do is reported",
  ({ a, b, pair, capabilities, at }) => {
    const count = tally(`requests ${pair}, recorded, limited model ${at}`);
    for (const { id, request } of [...accepted(fixtures(a.name)), ...accepted(recorded(a.name))]) {
      if (request !== undefined) count.add(id, requestRoundTrip(a, b, request.body, capabilities));
    }
    expect(count.close()).toEqual([]);
  },
);

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
      { numRuns: 300 },
    );
  },
);

test.each(PAIRS)(
  "$pair: what does not come back of any request is what was reported",
  ({ a, b }) => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        expect(requestRoundTrip(a, b, written(a, request)).problems).toEqual([]);
      }),
      { numRuns: 300 },
    );
  },
);
