// The command on every pair of protocols: documents of the one come out as documents of the other, and the report names every
// loss by its row of the table.
import { expect, test } from "bun:test";
import { run } from "../../src/commands/translate.ts";
import { FEATURES } from "../../src/ir/loss.ts";
import { utf8 } from "../../src/lib/bytes.ts";
import { SAMPLE_CALLS } from "../../src/mock/calls.ts";
import { PROTOCOL_NAMES, PROTOCOLS } from "../../src/protocols/registry.ts";
import { REPLIES } from "../loops/replies.ts";
import { streamBytes } from "../loops/provider.ts";
import { turnsOf } from "../loops/script.ts";
import { recordingIo } from "../support/command-io.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import { contextOf } from "../support/laws.ts";
import { framesOf, streamFault } from "../support/streams.ts";

type Report = {
  readonly losses: readonly { readonly id: string; readonly level: string }[];
  readonly emulated: readonly { readonly id: string }[];
};

async function translate(words: string, input: Uint8Array) {
  const io = recordingIo({ input });
  const code = await run([...words.split(" "), "--model", "some-model", "--report"], io);
  const report: Report = JSON.parse(io.errors());
  const ids = [...report.losses, ...report.emulated].map(({ id }) => id);
  // Every entry of a report is a row of the loss table.
  expect(ids.filter((id) => !Object.hasOwn(FEATURES, id))).toEqual([]);
  expect(code).toBe(0);
  return io.bytes();
}

const rootOf = (bytes: Uint8Array) => jsonDocument(jsonText(new TextDecoder().decode(bytes)));
const PAIRS = PROTOCOL_NAMES.flatMap((from) => PROTOCOL_NAMES.map((to) => ({ from, to })));
const [SAID = { words: "" }] = turnsOf(1);

test.each(PAIRS)("$from > $to: a request", async ({ from, to }) => {
  const { body } = SAMPLE_CALLS[from]({ model: "m", words: "hello", stream: false });
  const words = `--from ${from} --to ${to} --what request`;
  const document = rootOf(await translate(words, utf8(JSON.stringify(body))));
  const decoded = PROTOCOLS[to].codec.request.decode(document, contextOf(document.root));
  expect(decoded.ok && decoded.value.turns).toMatchObject([
    { role: "user", blocks: [{ text: "hello" }] },
  ]);
});

test.each(PAIRS)("$from > $to: a reply", async ({ from, to }) => {
  const words = `--from ${from} --to ${to} --what response`;
  const { root } = rootOf(await translate(words, utf8(JSON.stringify(REPLIES[from](SAID)))));
  expect(PROTOCOLS[to].check.reply(root)).toBeUndefined();
  expect(JSON.stringify(root)).toContain("weather");
});

test.each(PAIRS)("$from > $to: a streamed reply", async ({ from, to }) => {
  const words = `--from ${from} --to ${to} --what stream`;
  const bytes = await translate(words, streamBytes(from, REPLIES[from](SAID)));
  const protocol = PROTOCOLS[to];
  expect(streamFault({ protocol }, framesOf(protocol, [bytes]))).toBeUndefined();
  expect(Buffer.from(bytes).toString()).toContain("weather");
});

test("a stream of Gemini may be an array as well, as it is without alt=sse", async () => {
  const reply = JSON.stringify([REPLIES.gemini(SAID)]);
  const bytes = await translate("--from gemini --to openai --what stream", utf8(reply));
  expect(Buffer.from(bytes).toString()).toContain('"name":"weather"');
});
