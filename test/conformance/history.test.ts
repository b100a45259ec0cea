// A turn that one provider made, shown in another dialect, echoed by its client and sent to the provider again: order and
// every opaque byte are what the provider produced (translation.md 0.1 HIST). This is what agents depend on.
import { expect, test } from "bun:test";
import { diff } from "../support/diff.ts";
import { tokensIn } from "../support/history.ts";
import { fixtures, recorded } from "../support/corpus.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import { clientOf, contextOf, describe, originOf, overTheWire, targetOf } from "../support/laws.ts";
import { PAIRS } from "../support/parties.ts";

/** Losses about a reply that is not part of its turn: usage, model, time, tier, fingerprint. */
const ACCOUNTING = /^(?:S12.|S14.|S15|S21)$/;

/** A JavaScript client parses arguments and prints them again; reasoning without a proof is not sent back (B.7). */
const BY_CLIENT = /\/(?:reasoning|arguments|input)(?:\/|$)/;

test.each(PAIRS)(
  "$pair: the upstream gets its own turn back from the client's history",
  ({ a: upstream, b: client, pair }) => {
    const problems: string[] = [];
    let whole = 0;
    let tried = 0;
    for (const { id, operation, reply } of [
      ...fixtures(upstream.name),
      ...recorded(upstream.name),
    ]) {
      if (operation !== "chat" || reply.kind !== "json" || reply.status !== 200) continue;
      const document = jsonDocument(reply.body);
      const decoded = upstream.codec.reply.decode(document, originOf(upstream, document.root));
      if (!decoded.ok) continue;
      tried += 1;
      const shown = client.codec.reply.encode(decoded.value, clientOf(client));
      const echoed = client.echo(jsonDocument(overTheWire(shown.body)).root);
      const context = contextOf(echoed);
      const request = client.codec.request.decode(
        jsonDocument(jsonText(JSON.stringify(echoed))),
        context,
      );
      if (!request.ok) {
        problems.push(`${id}: ${request.error.message}`);
        continue;
      }
      const { model } = originOf(upstream, document.root);
      const sent = upstream.codec.request.encode(request.value, {
        ...targetOf(upstream, context),
        model,
      });
      const got = upstream.assistantTurns(
        upstream.canon.request(jsonDocument(overTheWire(sent.body)).root),
      );
      const made = upstream.assistantTurns(upstream.canon.request(upstream.echo(document.root)));
      if (!Bun.deepEquals(tokensIn(got), tokensIn(made))) {
        problems.push(
          `${id}: ${JSON.stringify(tokensIn(got))} is not ${JSON.stringify(tokensIn(made))}`,
        );
      }
      const differences = diff([...made], [...got]);
      if (differences.length === 0) whole += 1;
      const losses = [...shown.report.losses, ...sent.report.losses];
      const told = losses.some(({ id: lost }) => !ACCOUNTING.test(lost));
      const unexpected = differences.filter(({ path }) => !told && !BY_CLIENT.test(path));
      problems.push(...unexpected.slice(0, 4).map((found) => `${id}: ${describe(found)}`));
    }
    console.log(`history ${pair}: ${tried} tried, ${whole} exact`);
    expect(problems).toEqual([]);
  },
);
