// Streams for clients; expectations follow the API reference and translation.md D.4.
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import { conform } from "../../../src/ir/conform.ts";
import type { Event } from "../../../src/ir/event.ts";
import { unfold } from "../../../src/ir/fold.ts";
import type { Reply } from "../../../src/ir/reply.ts";
import { printJson, type Json, type JsonRecord } from "../../../src/lib/json.ts";
import { check } from "../../../src/protocols/responses/check.ts";
import { encode } from "../../../src/protocols/responses/reply-encode.ts";
import { encoder } from "../../../src/protocols/responses/stream-encode.ts";
import type { Frame } from "../../../src/wire/frame.ts";
import { elements, isRecord, words } from "../../support/canon.ts";
import { judgeResponses } from "../../support/judge-responses.ts";
import { jsonText } from "../../support/json-text.ts";
import { sseBytes } from "../../support/streams.ts";
import { CLIENT } from "./reply-harness.ts";

/** Upstreams say what a block is together with what comes with it, so nothing is let out after `open` alone. */
function framesOf(events: readonly Event[]): readonly Frame[] {
  const grammar = conform({ serial: true });
  const stream = encoder(CLIENT);
  const flush = ({ type }: Event): readonly Frame[] =>
    type === "open" ? [] : (stream.flush?.() ?? []);
  return events.flatMap(grammar.push).flatMap((event) => [...stream.push(event), ...flush(event)]);
}

function bodiesOf(frames: readonly Frame[]): readonly JsonRecord[] {
  return frames.flatMap((frame): JsonRecord[] => {
    const value: Json = frame.kind === "sse" ? JSON.parse(frame.data) : null;
    return isRecord(value) ? [value] : [];
  });
}

function typesOf(events: readonly Event[]): readonly string[] {
  return bodiesOf(framesOf(events)).map(({ type }) => words(type).replace("response.", ""));
}

const AT = { candidate: 0, index: 0 } as const;
const START: Event = { type: "start", id: "x", model: "m", created: 5 };
const END: readonly Event[] = [
  { type: "stop", candidate: 0, stop: { class: "end" } },
  { type: "end" },
];

const TOKEN = { vendor: "anthropic", model: "m", kind: "signature", data: "S" } as const;
const EVERYTHING: readonly Block[] = [
  { kind: "thinking", text: "hm", form: "summary", redacted: false, opaque: [TOKEN] },
  { kind: "thinking", text: "", form: "raw", redacted: true, opaque: [TOKEN] },
  { kind: "thinking", text: "chain", form: "raw", redacted: false },
  {
    kind: "text",
    text: "Hello 👋",
    citations: [
      {
        source: { kind: "url", url: "https://a.test" },
        native: { dialect: "elsewhere", text: jsonText("{}") },
      },
    ],
  },
  { kind: "refusal", text: "not that" },
  { kind: "toolCall", id: "c1", name: "f", argsText: '{"a":1}', call: "function" },
  { kind: "toolCall", id: "c2", name: "g", argsText: "", call: "function", opaque: [TOKEN] },
  { kind: "toolCall", id: "c3", name: "h", argsText: "x = 1", call: "custom" },
  { kind: "image", media: { kind: "inline", mime: "image/png", base64: "iVBORw0KGgo=" } },
  { kind: "text", text: "done", opaque: [TOKEN] },
];
const REPLY: Reply = {
  id: "x",
  model: "m",
  created: 5,
  candidates: [
    {
      blocks: EVERYTHING,
      stop: { class: "tool_calls" },
    },
  ],
  usage: { inFresh: 1, output: 2 },
  ext: [],
  uses: [],
};

/** Puts the items together from their pieces alone, as clients do that do not wait for the end. */
function foldedItems(bodies: readonly JsonRecord[]): readonly Json[] {
  const items: Json[] = [];
  const texts = new Map<string, string>();
  for (const body of bodies) {
    const index = Number(body["output_index"]);
    const type = words(body["type"]);
    if (type === "response.output_item.added") {
      expect(index).toBe(items.length);
      items.push(body["item"] ?? null);
    } else if (type === "response.output_item.done") items[index] = body["item"] ?? null;
    else if (type.endsWith(".delta")) {
      expect(index).toBe(items.length - 1);
      const key = `${type.slice(0, -".delta".length)} ${index} ${Number(body["content_index"] ?? 0)}`;
      texts.set(key, (texts.get(key) ?? "") + words(body["delta"]));
    } else if (/(?:text|refusal|arguments|input)\.done$/.test(type)) {
      const key = `${type.slice(0, -".done".length)} ${index} ${Number(body["content_index"] ?? 0)}`;
      expect(body["text"] ?? body["refusal"] ?? body["arguments"] ?? body["input"]).toBe(
        texts.get(key) ?? null,
      );
    }
  }
  return items;
}

test("E280 items come in order before their pieces, numbers have no gap, and the last event is what the pieces make", async () => {
  const frames = framesOf(unfold(REPLY));
  const judge = check.stream();
  for (const frame of frames) expect(judge.push(frame)).toBeUndefined();
  expect(judge.end()).toBeUndefined();
  const bodies = bodiesOf(frames);
  expect(bodies.map((body) => body["sequence_number"])).toEqual(bodies.map((_, at) => at));
  const last = bodies.at(-1)?.["response"];
  const output = isRecord(last) ? elements(last["output"]) : [];
  expect(foldedItems(bodies)).toEqual(output);
  expect(output).toHaveLength(11);
  const buffered: Json = JSON.parse(printJson(encode(REPLY, CLIENT).body));
  expect(last).toEqual(buffered);
  expect(await judgeResponses.accumulate(sseBytes(frames))).toEqual(buffered);
});

test("a text is announced, told, done, and its message with it", () => {
  const events: readonly Event[] = [
    START,
    { type: "open", ...AT, head: { kind: "text" } },
    { type: "delta", ...AT, text: "a" },
    { type: "ping" },
    { type: "delta", ...AT, text: "b" },
    { type: "close", ...AT },
    ...END,
  ];
  expect(typesOf(events)).toEqual([
    "created",
    "in_progress",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
    "completed",
  ]);
  expect(framesOf(events)).toContainEqual({ kind: "comment", text: "ping" });
});

test("arguments stream as they come, and log probabilities with their text", () => {
  const call: readonly Event[] = [
    START,
    { type: "open", ...AT, head: { kind: "toolCall", id: "c", name: "f", call: "function" } },
    { type: "delta", ...AT, text: '{"a"' },
    { type: "delta", ...AT, text: ":1}" },
    { type: "close", ...AT },
    ...END,
  ];
  const deltas = bodiesOf(framesOf(call)).filter(({ type }) => words(type).endsWith(".delta"));
  expect(deltas.map(({ delta }) => delta)).toEqual(['{"a"', ":1}"]);
  const stream = encoder(CLIENT);
  const tokens = [{ token: "a", logprob: -1, top: [] }];
  const said = [
    START,
    { type: "open", ...AT, head: { kind: "text" } } as const,
    { type: "delta", ...AT, text: "a" } as const,
    { type: "logprobs", candidate: 0, tokens, refusal: false } as const,
  ].flatMap(stream.push);
  const [delta] = bodiesOf([...said, ...(stream.flush?.() ?? [])]).filter(
    ({ type }) => type === "response.output_text.delta",
  );
  expect(delta).toMatchObject({ delta: "a", logprobs: [{ token: "a", logprob: -1 }] });
});

test("a token that comes after its call has begun follows it", () => {
  const events: readonly Event[] = [
    START,
    { type: "open", ...AT, head: { kind: "toolCall", id: "c", name: "f", call: "function" } },
    { type: "delta", ...AT, text: "{}" },
    { type: "opaque", ...AT, opaque: TOKEN },
    { type: "close", ...AT },
    ...END,
  ];
  const last = bodiesOf(framesOf(events)).at(-1)?.["response"];
  expect(isRecord(last) ? last["output"] : null).toMatchObject([
    { type: "function_call" },
    { id: expect.stringMatching(/^rs_previous_/) },
  ]);
});

test("a failure is an error and a failed response; before the first event only an error", () => {
  const failure = { class: "overloaded", message: "busy" } as const;
  const bodies = bodiesOf(
    framesOf([
      START,
      { type: "open", ...AT, head: { kind: "text" } },
      { type: "delta", ...AT, text: "a" },
      { type: "error", failure },
    ]),
  );
  expect(bodies.slice(-2)).toMatchObject([
    { type: "error", code: "overloaded", message: "busy" },
    {
      type: "response.failed",
      response: { status: "failed", error: { code: "overloaded", message: "busy" } },
    },
  ]);
  expect(
    bodiesOf(encoder(CLIENT).push({ type: "error", failure })).map(({ type }) => type),
  ).toEqual(["error"]);
});
