// A turn that one provider made, shown in another dialect, echoed by its client and sent to the provider again: order and
// every opaque byte are what the provider produced (translation.md 0.1 HIST). This is what agents depend on.
import { afterAll, expect, test } from "bun:test";
import { mayReplay } from "../../src/ir/opaque.ts";
import { recall, remember } from "../../src/ir/recall.ts";
import type { Reply } from "../../src/ir/reply.ts";
import type { Req } from "../../src/ir/request.ts";
import type { Target } from "../../src/protocols/protocol.ts";
import { diff } from "../support/diff.ts";
import { tokensIn } from "../support/history.ts";
import { fixtures, recorded } from "../support/corpus.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import { clientOf, contextOf, describe, originOf, overTheWire, targetOf } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";
import { table } from "../support/tally.ts";

const TURNS = table("turns given back, our own and recorded");
afterAll(TURNS.print);

/** Losses about a reply that is not part of its turn: usage, model, time, tier, fingerprint. */
const ACCOUNTING = /^(?:S12.|S14.|S15|S21)$/;

/** A JavaScript client parses arguments and prints them again; reasoning without a proof is not sent back (B.7). */
const BY_CLIENT = /\/(?:reasoning|arguments|input)(?:\/|$)/;

/** The request with what the gateway remembers of the reply, for clients that do not carry all of it (0.4, store). */
function withMemory(request: Req, reply: Reply, target: Target): Req {
  const at = request.turns.findIndex(({ role }) => role === "assistant");
  const asked = { ...request, turns: request.turns.slice(0, Math.max(at, 0)) };
  const memory = new Map(remember(reply, asked).map(({ key, trace }) => [key, trace]));
  return recall(
    request,
    (key) => memory.get(key),
    (opaque) => mayReplay(opaque, target),
  );
}

test.each(PAIRS)(
  "$pair: the upstream gets its own turn back from the client's history",
  ({ a: upstream, b: client }) => {
    const count = TURNS.tally(upstream.name, client.name);
    for (const { id, operation, reply } of [
      ...fixtures(upstream.name),
      ...recorded(upstream.name),
    ]) {
      if (operation !== "chat" || reply.kind !== "json" || reply.status !== 200) continue;
      const document = jsonDocument(reply.body);
      const decoded = upstream.codec.reply.decode(document, originOf(upstream, document.root));
      if (!decoded.ok) continue;
      const shown = client.codec.reply.encode(decoded.value, clientOf(client));
      const echoed = client.echo(jsonDocument(overTheWire(shown.body)).root);
      const context = contextOf(echoed);
      const request = client.codec.request.decode(
        jsonDocument(jsonText(JSON.stringify(echoed))),
        context,
      );
      if (!request.ok) {
        count.add(id, { kind: "failed", problems: [request.error.message] });
        continue;
      }
      const { model } = originOf(upstream, document.root);
      const target = { ...targetOf(upstream, context), model };
      const sent = upstream.codec.request.encode(
        withMemory(request.value, decoded.value, target),
        target,
      );
      const got = upstream.assistantTurns(
        upstream.canon.request(jsonDocument(overTheWire(sent.body)).root),
      );
      const made = upstream.assistantTurns(upstream.canon.request(upstream.echo(document.root)));
      const tokens = [got, made].map((turns) => JSON.stringify(tokensIn([...turns])));
      const mixed = tokens[0] === tokens[1] ? [] : [`${tokens[0]} is not ${tokens[1]}`];
      const differences = diff([...made], [...got]);
      const losses = [...shown.report.losses, ...sent.report.losses];
      const told = losses.some(({ id: lost }) => !ACCOUNTING.test(lost));
      const unexpected = differences.filter(({ path }) => !told && !BY_CLIENT.test(path));
      const problems = [...mixed, ...unexpected.map(describe)];
      const isWhole = differences.length === 0;
      count.add(id, {
        kind: problems.length > 0 ? "failed" : isWhole ? "exact" : "declared",
        problems,
      });
    }
    expect(count.problems()).toEqual([]);
  },
);
