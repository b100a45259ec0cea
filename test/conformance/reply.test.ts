// Buffered replies that are shown in another dialect and read again (translation.md 0.1, RESP), and the SDK law.
import { afterAll, expect, test } from "bun:test";
import { fixtures, recorded, type Exchange } from "../support/corpus.ts";
import { jsonDocument } from "../support/json-text.ts";
import { clientOf, originOf, overTheWire, replyRoundTrip, type Party } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";
import { table, type Table } from "../support/tally.ts";

/** Buffered chat replies with their bodies. */
function buffered(
  exchanges: readonly Exchange[],
): readonly (readonly [string, Exchange["reply"] & { kind: "json" }])[] {
  return exchanges.flatMap(({ id, operation, reply }) =>
    operation === "chat" && reply.kind === "json" && reply.status === 200
      ? [[id, reply] as const]
      : [],
  );
}

const OWN = table("replies, our own");
const RECORDED = table("replies, recorded");
afterAll(() => {
  OWN.print();
  RECORDED.print();
});

function check(
  counts: Table,
  b: Party,
  a: Party,
  exchanges: readonly Exchange[],
): readonly string[] {
  const count = counts.tally(b.name, a.name);
  for (const [id, reply] of buffered(exchanges)) count.add(id, replyRoundTrip(b, a, reply.body));
  return count.problems();
}

test.each(PAIRS)(
  "$pair: what does not come back of our own replies is what was reported",
  ({ a: upstream, b: client }) => {
    expect(check(OWN, upstream, client, fixtures(upstream.name))).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: what does not come back of recorded replies is what was reported",
  ({ a: upstream, b: client }) => {
    expect(check(RECORDED, upstream, client, recorded(upstream.name))).toEqual([]);
  },
);

test.each(PAIRS)(
  "$pair: the client's SDK reads every reply",
  async ({ a: upstream, b: client }) => {
    for (const [id, { body }] of buffered([
      ...fixtures(upstream.name),
      ...recorded(upstream.name),
    ])) {
      const document = jsonDocument(body);
      const reply = upstream.codec.reply.decode(document, originOf(upstream, document.root));
      if (!reply.ok) throw new Error(`${id}: ${reply.error.message}`);
      const shown = overTheWire(client.codec.reply.encode(reply.value, clientOf(client)).body);
      const read = await client.judge.reply(shown);
      const written: unknown = JSON.parse(shown);
      // What a vendor adds to its own dialect, its own SDK may leave out.
      if (upstream === client) expect(written).toMatchObject(read as object);
      else expect(read as unknown).toEqual(written);
    }
  },
);
