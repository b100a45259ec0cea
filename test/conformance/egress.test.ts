// What leaves for clients has the documented form, whatever came in: drawn replies, and events in no sensible order, as a
// broken upstream might send them (translation.md D.1 and D.3 to D.6, judged by each protocol's `check`).
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { conform } from "../../src/ir/conform.ts";
import type { Event } from "../../src/ir/event.ts";
import { lossDetail } from "../../src/ir/loss-header.ts";
import { fold, unfold } from "../../src/ir/fold.ts";
import type { Reply } from "../../src/ir/reply.ts";
import { printJson } from "../../src/lib/json.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { eventArbitrary, replyArbitrary } from "../support/events.ts";
import { jsonDocument } from "../support/json-text.ts";
import { clientOf, overTheWire, type Party } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";
import { LAW_RUNS, PATIENCE_MS } from "../support/runs.ts";
import { bytesOfFrames, streamFault } from "../support/streams.ts";

const RUNS = { numRuns: LAW_RUNS };

/** The frames that a client of the party gets for some events of an upstream. */
function framesFor(party: Party, events: readonly Event[]): readonly Frame[] {
  const { encoder: create, serial } = party.codec.stream;
  const grammar = conform({ serial });
  const encoder = create(clientOf(party));
  const conformed = [...events.flatMap(grammar.push), ...grammar.end()];
  return conformed.flatMap((event) => [...encoder.push(event), ...(encoder.flush?.() ?? [])]);
}

/** A reply as it is after a stream: calls win over the word that the upstream chose. */
function settled(reply: Reply): Reply | undefined {
  const folded = fold();
  const grammar = conform({ serial: false });
  for (const event of [...unfold(reply).flatMap(grammar.push), ...grammar.end()])
    folded.push(event);
  const result = folded.result();
  return result.ok ? result.value : undefined;
}

test.each(PARTIES)(
  "$name: every drawn reply is written in the documented form, whole and streamed",
  (party) => {
    fc.assert(
      fc.property(replyArbitrary, (drawn) => {
        const reply = settled(drawn);
        if (reply === undefined) return;
        const { body } = party.codec.reply.encode(reply, clientOf(party));
        expect(party.protocol.check.reply(jsonDocument(overTheWire(body)).root)).toBeUndefined();
        expect(streamFault(party, framesFor(party, unfold(reply)))).toBeUndefined();
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test.each(PARTIES)(
  "$name: events in any order become a stream of the documented form",
  (party) => {
    fc.assert(
      fc.property(fc.array(eventArbitrary, { maxLength: 40 }), (events) => {
        expect(streamFault(party, framesFor(party, events))).toBeUndefined();
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

const HELLO: Reply = {
  candidates: [{ blocks: [{ kind: "text", text: "Hello" }], stop: { class: "end" } }],
  usage: { inFresh: 3, output: 1 },
  ext: [],
  uses: [],
};
const DETAIL = printJson(
  lossDetail({ losses: [{ id: "R49", path: "/top_k", level: "X" }], emulated: [] }),
);

test.each(PARTIES)(
  "$name: the SDK reads a reply with the detail of losses in it",
  async (party) => {
    const { body } = party.codec.reply.encode(HELLO, clientOf(party));
    const text = overTheWire(body);
    const detailed = `${text.slice(0, -1)},"x_recloser":${DETAIL}}`;
    const seen = party.canon.reply(await party.judge.reply(detailed));
    const { x_recloser: _detail, ...rest } = Object(seen);
    expect(rest).toEqual(party.canon.reply(await party.judge.reply(text)));
  },
);

test.each(PARTIES.filter(({ framing }) => framing === "sse"))(
  "$name: the SDK skips the comment with the detail of losses before the terminator",
  async (party) => {
    const frames = framesFor(party, unfold(HELLO));
    const comment: Frame = { kind: "comment", text: `x-recloser-loss ${DETAIL}` };
    const detailed = [...frames.slice(0, -1), comment, ...frames.slice(-1)];
    expect(streamFault(party, detailed)).toBeUndefined();
    expect(await party.judge.accumulate(bytesOfFrames(party, detailed))).toEqual(
      await party.judge.accumulate(bytesOfFrames(party, frames)),
    );
  },
);
