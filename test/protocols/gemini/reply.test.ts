import { expect, test } from "bun:test";
import { printJson } from "../../../src/lib/json.ts";
import type { Event } from "../../../src/ir/event.ts";
import { decodeGrounding, placeGrounding } from "../../../src/protocols/gemini/citations.ts";
import { encodeLogprobs } from "../../../src/protocols/gemini/logprobs.ts";
import { partialCall } from "../../../src/protocols/gemini/partial-args.ts";
import { encode } from "../../../src/protocols/gemini/reply-encode.ts";
import { decodeStop, encodeStop } from "../../../src/protocols/gemini/stop.ts";
import { decoder } from "../../../src/protocols/gemini/stream-decode.ts";
import { encoder } from "../../../src/protocols/gemini/stream-encode.ts";
import { jsonDocument } from "../../support/json-text.ts";
import { sseText } from "../../support/streams.ts";
import { CLIENT, eventsOf, ORIGIN } from "./harness.ts";

const chunk = (parts: unknown, rest: object = {}): object => ({
  candidates: [{ content: { role: "model", parts }, ...rest }],
  responseId: "r",
});
const STOP = { finishReason: "STOP" };
const f = (n: number): object => ({ functionCall: { name: "f", args: { n } } });
const opened = (events: readonly Event[]): unknown =>
  events.flatMap((event) => (event.type === "open" ? [[event.index, event.head]] : []));

test("E017 a stream has no word for its end but the blank line of the last event", () => {
  const client = encoder(CLIENT);
  const text = sseText(eventsOf([chunk([{ text: "hi" }], STOP)]).flatMap(client.push));
  expect(text).not.toContain("[DONE]");
  expect(text.endsWith("\n\n")).toBe(true);
});

test("E312 no comment ever stands in a stream, at which the vendor's first SDK would fail", () => {
  expect(encoder(CLIENT).push({ type: "ping" })).toEqual([]);
});

test("E313 an error of a stream has a numeric code", () => {
  const client = encoder(CLIENT);
  const failure = { class: "overloaded", message: "busy" } as const;
  expect(sseText(client.push({ type: "error", failure }))).toMatch(/"code":5\d\d/);
});

test("E292 two calls in one chunk and in two are the same", () => {
  const one = opened(eventsOf([chunk([f(1), f(2)], STOP)]));
  expect(opened(eventsOf([chunk([f(1)]), chunk([f(2)], STOP)]))).toEqual(one);
  expect(one).toHaveLength(2);
});

test("E293 a chunk of nothing but the end ends the reply once", () => {
  const events = eventsOf([chunk([f(1)], STOP), { candidates: [STOP] }]);
  const stops = events.filter(({ type }) => type === "stop");
  expect(stops).toMatchObject([{ stop: { class: "tool_calls" } }]);
});

test("E294 a thought and a text of one chunk are separate blocks", () => {
  const events = eventsOf([chunk([{ text: "mull", thought: true }, { text: "hi" }], STOP)]);
  expect(opened(events)).toMatchObject([
    [0, { kind: "thinking" }],
    [1, { kind: "text" }],
  ]);
});

test("E295 arguments by path are whole at the end", () => {
  const call = partialCall();
  const part = (jsonPath: string, stringValue: string): object => ({ jsonPath, stringValue });
  const piece = { name: "f", willContinue: true, partialArgs: [part("$.a.b", "x")] };
  expect(call.push({}, jsonDocument(JSON.stringify(piece)).root as never)).toBe(false);
  expect(
    call.push(
      {},
      jsonDocument(JSON.stringify({ partialArgs: [part("$.a.b", "y")] })).root as never,
    ),
  ).toBe(true);
  expect(JSON.stringify(call.part())).toBe('{"functionCall":{"name":"f","args":{"a":{"b":"xy"}}}}');
});

test("E308 a range of bytes is the same words in code points", () => {
  const document = jsonDocument(
    '{"groundingChunks":[{"web":{"uri":"https://a.example","title":"a"}}],"groundingSupports":[{"segment":{"startIndex":4,"endIndex":8,"text":"😀"},"groundingChunkIndices":[0]}]}',
  );
  const [found] = decodeGrounding(document.root as never, document);
  if (found === undefined) throw new Error("no citation");
  const placed = placeGrounding(found, [{ part: 0, text: "Öl 😀." }]);
  expect(placed?.citation.range).toEqual({ start: 3, end: 4 });
});

test("E235 counts that come early or late are one usage", () => {
  const events = eventsOf([
    { ...chunk([{ text: "hi" }]), usageMetadata: { promptTokenCount: 3, thoughtsTokenCount: 4 } },
    { ...chunk([], STOP), usageMetadata: { candidatesTokenCount: 2 } },
  ]);
  const usage = events.findLast((event) => event.type === "usage");
  expect(usage).toMatchObject({ usage: { inFresh: 3, output: 6, reasoning: 4 } });
});

test("E233 candidates are what was written without the thoughts", () => {
  const stop = { class: "end" } as const;
  const usage = { inFresh: 1, output: 10, reasoning: 4 };
  const { body } = encode({ candidates: [{ blocks: [], stop }], usage, ext: [], uses: [] }, CLIENT);
  expect(printJson(body)).toContain('"candidatesTokenCount":6,"totalTokenCount":11');
});

test("a malformed call has its own word", () => {
  expect(decodeStop("MALFORMED_FUNCTION_CALL").class).toBe("malformed_call");
  expect(encodeStop({ class: "malformed_call" })).toBe("MALFORMED_FUNCTION_CALL");
});

test("log probabilities without rivals have no list of them", () => {
  expect(encodeLogprobs([{ token: "a", logprob: -1, top: [] }])).toEqual({
    chosenCandidates: [{ token: "a", logProbability: -1 }],
    topCandidates: undefined,
  });
});

test("a stream without a finish reason has no end of its own", () => {
  const stream = decoder(ORIGIN);
  stream.push({ kind: "element", text: JSON.stringify(chunk([{ text: "hi" }])) });
  expect(stream.end()).toEqual([]);
});

test("a time that no date can tell is left out", () => {
  const reply = { candidates: [], created: 1e300, ext: [], uses: [] };
  expect(JSON.parse(printJson(encode(reply, CLIENT).body))).not.toHaveProperty("createTime");
});
