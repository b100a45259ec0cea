// Every member of the neutral model's closed lists lands on a value that the target dialect knows.
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Block } from "../../src/ir/block.ts";
import { conform, stopWithCalls } from "../../src/ir/conform.ts";
import { unfold } from "../../src/ir/fold.ts";
import type { Req, Turn } from "../../src/ir/request.ts";
import type { Reply, StopClass } from "../../src/ir/reply.ts";
import type { Json } from "../../src/lib/json.ts";
import { STOP_CLASSES } from "../support/classes.ts";
import { diff } from "../support/diff.ts";
import { replyArbitrary } from "../support/events.ts";
import { jsonDocument, jsonText } from "../support/json-text.ts";
import { clientOf, describe, overTheWire, targetOf, type Party } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";
import { LAW_RUNS, PATIENCE_MS } from "../support/runs.ts";
import { bytesOfFrames } from "../support/streams.ts";

const CALL: Block = {
  kind: "toolCall",
  id: "call_1",
  name: "f",
  argsText: '{"a":1}',
  call: "function",
};
const IMAGE: Block = {
  kind: "image",
  media: { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" },
};

/** One block of every kind that a reply can hold. */
const BLOCKS: Readonly<Record<string, Block>> = {
  text: { kind: "text", text: "hello" },
  plan: { kind: "text", text: "first look", tag: "plan" },
  refusal: { kind: "refusal", text: "I cannot help with that." },
  thinking: { kind: "thinking", text: "hmm", form: "raw", redacted: false },
  "signed thinking": {
    kind: "thinking",
    text: "hmm",
    form: "summary",
    redacted: false,
    opaque: [{ vendor: "elsewhere", model: "m", kind: "signature", data: "c2ln" }],
  },
  "redacted thinking": {
    kind: "thinking",
    text: "",
    form: "raw",
    redacted: true,
    opaque: [{ vendor: "elsewhere", model: "m", kind: "redacted", data: "c2ln" }],
  },
  call: CALL,
  "call without arguments": { ...CALL, argsText: "" },
  "call cut short": { ...CALL, argsText: '{"a":' },
  "free-form call": {
    kind: "toolCall",
    id: "call_2",
    name: "g",
    argsText: "x = 1",
    call: "custom",
  },
  image: IMAGE,
  audio: {
    kind: "audio",
    media: { kind: "inline", mime: "audio/wav", base64: "UklGRg==" },
    transcript: "hi",
  },
  video: { kind: "video", media: { kind: "inline", mime: "video/mp4", base64: "AAAA" } },
  document: { kind: "document", content: { kind: "text", text: "page", mime: "text/plain" } },
  searchResult: { kind: "searchResult", source: "https://a.test/", title: "t", parts: [] },
  json: { kind: "json", text: jsonText('{"a":1.0}') },
  toolResult: { kind: "toolResult", id: "call_1", parts: [], isError: false },
  vendor: { kind: "vendor", dialect: "elsewhere", text: jsonText('{"type":"odd"}'), id: "S06" },
};

function replyWith(blocks: readonly Block[], stop: StopClass): Reply {
  return {
    model: "m",
    candidates: [{ blocks, stop: { class: stop, raw: "word of another vendor" } }],
    usage: { inFresh: 1, output: 2 },
    ext: [],
    uses: [],
  };
}

function streamOf(party: Party, reply: Reply): Uint8Array {
  const encoder = party.codec.stream.encoder(clientOf());
  const grammar = conform({ serial: party.codec.stream.serial });
  return bytesOfFrames(party, unfold(reply).flatMap(grammar.push).flatMap(encoder.push));
}

function bufferedOf(party: Party, reply: Reply): Json {
  return jsonDocument(overTheWire(party.codec.reply.encode(reply, clientOf()).body)).root;
}

const STOPS = PARTIES.flatMap((party) =>
  STOP_CLASSES.map((stop) => ({ party, name: party.name, stop })),
);

test.each(STOPS)(
  "$name: a reply that stopped with $stop says so in a word of the dialect",
  async ({ party, stop }) => {
    const blocks = stop === "tool_calls" ? [CALL] : [{ kind: "text", text: "so far" } as const];
    const allowed = party.stops[stop];
    const reply = replyWith(blocks, stop);
    expect(allowed).toContain(party.stopWord(bufferedOf(party, reply)) as string);
    expect(allowed).toContain(
      party.stopWord(await party.judge.accumulate(streamOf(party, reply))) as string,
    );
  },
);

/**
 * What an SDK cannot read from a stream as it stands in a buffered reply: arguments that are no object, which it tries to
 * complete, and counts that only the first event of a stream can tell.
 */
const UNSTREAMED = /\/input(?:\/|$)|^\/usage\/cache_creation(?:\/|$)/;

const KINDS = PARTIES.flatMap((party) =>
  Object.keys(BLOCKS).map((kind) => ({ party, name: party.name, kind })),
);

test.each(KINDS)(
  "$name: a reply with $kind is legal, buffered and streamed alike",
  async ({ party, kind }) => {
    const block = BLOCKS[kind];
    if (block === undefined) throw new Error(kind);
    const text: Block = { kind: "text", text: "and so on" };
    for (const blocks of [[block], [text, block], [block, text]]) {
      const reply = replyWith(blocks, block.kind === "toolCall" ? "tool_calls" : "end");
      const buffered = bufferedOf(party, reply);
      const streamed = await party.judge.accumulate(streamOf(party, reply));
      const found = diff(party.canon.reply(buffered), party.canon.reply(streamed));
      expect(found.filter(({ path }) => !UNSTREAMED.test(path)).map(describe)).toEqual([]);
      const again = party.codec.reply.decode(jsonDocument(JSON.stringify(buffered)), {
        vendor: party.name,
        model: "m",
      });
      expect(again.ok).toBe(true);
    }
  },
);

test.each(PARTIES)(
  "$name: any reply is the same to the SDK, buffered and streamed",
  async (party) => {
    await fc.assert(
      fc.asyncProperty(replyArbitrary, async (given) => {
        const reply = { ...given, candidates: given.candidates.map(endedByCalls).map(withJson) };
        const buffered = bufferedOf(party, reply);
        const streamed = await party.judge.accumulate(streamOf(party, reply));
        const canon = party.canon.streamed ?? party.canon.reply;
        const found = diff(canon(buffered), canon(streamed));
        expect(found.filter(({ path }) => !UNSTREAMED.test(path)).map(describe)).toEqual([]);
      }),
      { numRuns: LAW_RUNS },
    );
  },
  PATIENCE_MS,
);

/** Arguments as models write them: nothing, an object, or one that was cut short. */
function withJson(candidate: Reply["candidates"][number]): Reply["candidates"][number] {
  const blocks = candidate.blocks.map((block): Block => {
    if (block.kind !== "toolCall" || block.call === "custom") return block;
    const whole = JSON.stringify({ said: block.argsText });
    const forms = [whole, " ", "", whole.slice(0, -2)];
    return { ...block, argsText: forms[block.argsText.length % forms.length] ?? whole };
  });
  return { ...candidate, blocks };
}

function endedByCalls(candidate: Reply["candidates"][number]): Reply["candidates"][number] {
  const hasCalls = candidate.blocks.some((block) => block.kind === "toolCall");
  return { ...candidate, stop: stopWithCalls(candidate.stop, hasCalls) };
}

const PLACES = PARTIES.flatMap((party) =>
  (["system", "user", "assistant", "result"] as const).flatMap((role) =>
    Object.keys(BLOCKS).map((kind) => ({ party, name: party.name, role, kind })),
  ),
);

function turnsWith(
  role: (typeof PLACES)[number]["role"],
  block: Block,
): readonly Omit<Turn, "path">[] {
  const ask = { role: "user", place: "inline", blocks: [{ kind: "text", text: "go" }] } as const;
  const calls = { role: "assistant", place: "inline", blocks: [CALL] } as const;
  const result = { kind: "toolResult", id: "call_1", parts: [block], isError: false } as const;
  switch (role) {
    case "system":
      return [{ role, place: "top", blocks: [block] }, ask];
    case "user":
      return [{ role, place: "inline", blocks: [block, ...ask.blocks] }];
    case "assistant":
      return [ask, { role, place: "inline", blocks: [block] }, ask];
    case "result":
      return [ask, calls, { role: "user", place: "inline", blocks: [result] }];
  }
}

test.each(PLACES)("$name: a request with $kind as $role is legal", ({ party, role, kind }) => {
  const block = BLOCKS[kind];
  if (block === undefined) throw new Error(kind);
  const context = { model: "m", stream: false, unseal: () => undefined };
  const request: Req = {
    ...context,
    turns: turnsWith(role, block).map((turn, at) => ({ ...turn, path: `/turns/${at}` })),
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "elsewhere",
  };
  const body = overTheWire(party.codec.request.encode(request, targetOf(party, context)).body);
  const { root } = jsonDocument(body);
  const types = party.contentTypesIn(root);
  expect(types.filter((type) => !party.contentTypes.includes(type))).toEqual([]);
  expect(party.codec.request.decode(jsonDocument(body), context).ok).toBe(true);
});
