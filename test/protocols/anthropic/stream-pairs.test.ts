// The two forms of a reply, streamed and in one piece, say the same: read (pairs written by hand) and written (random
// replies, put together by the vendor's SDK).
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { conform } from "../../../src/ir/conform.ts";
import type { Block, Opaque } from "../../../src/ir/block.ts";
import type { Event } from "../../../src/ir/event.ts";
import { unfold } from "../../../src/ir/fold.ts";
import type { Reply, Stop } from "../../../src/ir/reply.ts";
import { anthropic } from "../../../src/protocols/anthropic/index.ts";
import { judgeAnthropic } from "../../support/judge-anthropic.ts";
import { foldAll, sseBytes } from "../../support/streams.ts";
import { CLIENT, decodeReply, encodeReply, foreignReply, json, ORIGIN } from "./harness.ts";

const { stream } = anthropic.codec;

type Data = Readonly<Record<string, unknown>>;

/** What stands in a message beside its content: at its start, and what the end says. */
type Rest = { readonly start?: Data; readonly end: Data; readonly usage: Data };

const HEAD = { id: "msg_1", type: "message", role: "assistant", model: "claude-x" } as const;
const USAGE = { input_tokens: 10, output_tokens: 5 } as const;
const ENDED = { end: { stop_reason: "end_turn", stop_sequence: null }, usage: USAGE } as const;

/** One block: what a buffered reply holds, what its start event holds, and the deltas. */
type Piece = { readonly whole: Data; readonly start: Data; readonly deltas: readonly Data[] };

const text: Piece = {
  whole: { type: "text", text: "Hello" },
  start: { type: "text", text: "" },
  deltas: [
    { type: "text_delta", text: "Hel" },
    { type: "text_delta", text: "lo" },
  ],
};

const thinking: Piece = {
  whole: { type: "thinking", thinking: "hm, so", signature: "sig" },
  start: { type: "thinking", thinking: "", signature: "" },
  deltas: [
    { type: "thinking_delta", thinking: "hm, " },
    { type: "thinking_delta", thinking: "so" },
    { type: "signature_delta", signature: "sig" },
  ],
};

/** Reasoning that is not shown: its proof only (`display: omitted`). */
const omitted: Piece = {
  whole: { type: "thinking", thinking: "", signature: "sig" },
  start: { type: "thinking", thinking: "", signature: "" },
  deltas: [{ type: "signature_delta", signature: "sig" }],
};

const redacted: Piece = {
  whole: { type: "redacted_thinking", data: "blob" },
  start: { type: "redacted_thinking", data: "blob" },
  deltas: [],
};

function call(id: string, rest: Data = {}): Piece {
  return {
    whole: { type: "tool_use", id, name: "f", input: { a: [1, "x"] }, ...rest },
    start: { type: "tool_use", id, name: "f", input: {}, ...rest },
    deltas: [
      { type: "input_json_delta", partial_json: "" },
      { type: "input_json_delta", partial_json: '{"a":[1' },
      { type: "input_json_delta", partial_json: ',"x"]}' },
    ],
  };
}

const bare: Piece = {
  whole: { type: "tool_use", id: "toolu_0", name: "f", input: {} },
  start: { type: "tool_use", id: "toolu_0", name: "f", input: {} },
  deltas: [],
};

const search: Piece = {
  whole: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
  start: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
  deltas: [{ type: "input_json_delta", partial_json: '{"query":"q"}' }],
};

const found = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] } as const;
const results: Piece = { whole: found, start: found, deltas: [] };

const citation = {
  type: "char_location",
  cited_text: "q",
  document_index: 0,
  document_title: "D",
  start_char_index: 1,
  end_char_index: 2,
} as const;

const cited: Piece = {
  whole: { type: "text", text: "Hello", citations: [citation] },
  start: { type: "text", text: "", citations: [] },
  deltas: [
    { type: "text_delta", text: "Hello" },
    { type: "citations_delta", citation },
  ],
};

const CASES: readonly {
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly rest?: Rest;
}[] = [
  { name: "a text", pieces: [text] },
  { name: "nothing", pieces: [], rest: { ...ENDED, end: { stop_reason: "max_tokens" } } },
  { name: "reasoning between texts", pieces: [thinking, text, redacted, thinking, text] },
  { name: "reasoning that is only its proof", pieces: [omitted, text] },
  {
    name: "calls, one of them without arguments",
    pieces: [text, call("toolu_1"), bare, call("toolu_2")],
    rest: { ...ENDED, end: { stop_reason: "tool_use", stop_sequence: null } },
  },
  {
    name: "a call that a program made",
    pieces: [call("toolu_1", { caller: { type: "code_execution_20250825", tool_id: "srv" } })],
    rest: { ...ENDED, end: { stop_reason: "tool_use", stop_sequence: null } },
  },
  { name: "a search of the server and cited text", pieces: [search, results, cited, text] },
  {
    name: "E256 a refusal with its details",
    pieces: [text],
    rest: {
      usage: USAGE,
      end: {
        stop_reason: "refusal",
        stop_sequence: null,
        stop_details: { type: "refusal", category: "cyber", explanation: "no" },
      },
    },
  },
  {
    name: "a stop sequence that matched, and a container",
    pieces: [text],
    rest: {
      usage: USAGE,
      end: { stop_reason: "stop_sequence", stop_sequence: "END", container: { id: "c" } },
    },
  },
  {
    name: "E240 counts that the end corrects, with cache and tier",
    pieces: [text],
    rest: {
      end: ENDED.end,
      start: { input_tokens: 1, output_tokens: 1, service_tier: "standard" },
      usage: {
        input_tokens: 100,
        cache_read_input_tokens: 900,
        cache_creation_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 0 },
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 3 },
        service_tier: "standard",
      },
    },
  },
  {
    name: "E241 a compaction among the counts",
    pieces: [text],
    rest: {
      end: ENDED.end,
      usage: {
        ...USAGE,
        iterations: [
          { type: "compaction", input_tokens: 1000, output_tokens: 30 },
          { type: "message", input_tokens: 10, output_tokens: 5 },
        ],
      },
    },
  },
];

function bodyOf(pieces: readonly Piece[], { end, usage }: Rest): Data {
  return { ...HEAD, content: pieces.map(({ whole }) => whole), ...end, usage };
}

function eventsOf(pieces: readonly Piece[], { start = USAGE, end, usage }: Rest): readonly Data[] {
  const message = { ...HEAD, content: [], stop_reason: null, stop_sequence: null, usage: start };
  return [
    { type: "message_start", message },
    { type: "ping" },
    ...pieces.flatMap((piece, index) => [
      { type: "content_block_start", index, content_block: piece.start },
      ...piece.deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: end, usage },
    { type: "message_stop" },
  ];
}

function streamed(events: readonly Data[]): Reply {
  const decoder = stream.decoder(ORIGIN);
  const grammar = conform({ serial: false });
  const seen = events.flatMap((event) =>
    decoder.push({ kind: "sse", event: String(event["type"]), data: JSON.stringify(event) }),
  );
  const conformed = [...seen, ...decoder.end()].flatMap(grammar.push);
  const folded = foldAll([...conformed, ...grammar.end()]);
  if (!folded.ok) throw new Error(folded.error.message);
  return folded.value;
}

/** The order in which features and residues were met is no part of a reply. */
function unordered(reply: Reply): unknown {
  const lines = (list: readonly unknown[]): readonly string[] =>
    list.map((entry) => JSON.stringify(entry)).sort();
  return { ...reply, uses: lines(reply.uses), ext: lines(reply.ext) };
}

test.each(CASES)("$name is the same in a stream and in one piece", ({ pieces, rest = ENDED }) => {
  const whole = decodeReply(bodyOf(pieces, rest));
  expect(unordered(streamed(eventsOf(pieces, rest)))).toEqual(unordered(whole));
});

test.each(CASES)("the SDK agrees that $name is the same", async ({ pieces, rest = ENDED }) => {
  // A check of the pairs themselves: they are written by hand.
  const frames = eventsOf(pieces, rest).map((event) => ({
    kind: "sse" as const,
    event: String(event["type"]),
    data: JSON.stringify(event),
  }));
  const message = await judgeAnthropic.accumulate(sseBytes(frames));
  expect(message).toMatchObject({ ...bodyOf(pieces, rest), usage: countsOf(rest) });
});

/** The counts that the SDK takes over from the end of a stream. */
function countsOf({ usage }: Rest): Data {
  return { input_tokens: usage["input_tokens"], output_tokens: usage["output_tokens"] };
}

const word = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word));
const args = fc.oneof(
  fc
    .dictionary(fc.string({ unit: "grapheme-ascii", maxLength: 5 }), value)
    .map((input) => JSON.stringify(input)),
  fc.constantFrom("", "null", "[1]", '"text"', "17", "sorry"),
);
const token: fc.Arbitrary<Opaque> = fc.record({
  vendor: fc.constantFrom("anthropic", "openai"),
  kind: fc.constant("signature"),
  data: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 }),
});
const tokens = fc.oneof(
  fc.constant({}),
  token.map((one) => ({ opaque: [one] })),
);

const block: fc.Arbitrary<Block> = fc.oneof(
  word.map((content): Block => ({ kind: "text", text: content })),
  word.map((content): Block => ({ kind: "refusal", text: content })),
  fc.tuple(fc.oneof(word, fc.constant("")), tokens).map(([content, signed]): Block => ({
    kind: "thinking",
    text: content,
    form: "summary",
    redacted: false,
    ...signed,
  })),
  word.map((data): Block => ({
    kind: "thinking",
    text: "",
    form: "summary",
    redacted: true,
    opaque: [{ vendor: "anthropic", kind: "redacted", data }],
  })),
  fc.tuple(fc.uuid(), args).map(([id, input]): Block => ({
    kind: "toolCall",
    id,
    name: "f",
    argsText: JSON.stringify(input),
    call: "function",
  })),
  fc.tuple(fc.uuid(), word).map(([id, free]): Block => ({
    kind: "toolCall",
    id,
    name: "f",
    argsText: free,
    call: "custom",
  })),
  fc.constant<Block>({ kind: "vendor", dialect: "anthropic", text: json(found), id: "S06" }),
);

const stop: fc.Arbitrary<Stop> = fc.oneof(
  fc.constantFrom<Stop["class"]>("end", "length", "pause", "filtered", "unknown").map((name) => ({
    class: name,
  })),
  word.map((sequence): Stop => ({ class: "stop_sequence", sequence })),
  word.map((explanation): Stop => ({ class: "refusal", refusal: { explanation } })),
);

/** Cuts every delta in two, surrogate pairs too. */
function cut(event: Event, at: number): readonly Event[] {
  if (event.type !== "delta") return [event];
  const middle = at % (event.text.length + 1);
  const parts = [event.text.slice(0, middle), event.text.slice(middle)];
  return parts.filter((part) => part !== "").map((part) => ({ ...event, text: part }));
}

test("the SDK puts a stream together to what the buffered encoder writes", async () => {
  const random = fc.record({
    blocks: fc.array(block, { maxLength: 5 }),
    stop,
    counts: fc.record({ inFresh: fc.nat(), cacheRead: fc.nat(), output: fc.nat() }),
    at: fc.nat({ max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(random, async ({ blocks, stop: why, counts, at }) => {
      const reply = foreignReply({
        id: "x",
        model: "gpt-x",
        candidates: [{ blocks, stop: why }],
        usage: counts,
      });
      const grammar = conform({ serial: true });
      const events = unfold(reply)
        .flatMap((event) => cut(event, at))
        .flatMap(grammar.push);
      const encoder = stream.encoder(CLIENT);
      const frames = events.flatMap((event) => [
        ...encoder.push(event),
        ...(encoder.flush?.() ?? []),
      ]);
      const folded = foldAll(events);
      if (!folded.ok) throw new Error(folded.error.message);
      const message = await judgeAnthropic.accumulate(sseBytes(frames));
      // The SDK's own member, of which the wire knows nothing.
      expect({ ...Object(message), parsed_output: undefined }).toEqual(encodeReply(folded.value));
    }),
  );
});
