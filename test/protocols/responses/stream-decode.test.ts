// Streams of an upstream; expectations follow the API reference and translation.md D.2.
import { expect, test } from "bun:test";
import { conform } from "../../../src/ir/conform.ts";
import type { Event } from "../../../src/ir/event.ts";
import { fold } from "../../../src/ir/fold.ts";
import type { Block } from "../../../src/ir/block.ts";
import { decoder } from "../../../src/protocols/responses/stream-decode.ts";

type Told = { readonly type: string; readonly [key: string]: unknown };

const ORIGIN = { vendor: "openai", model: "gpt-x" };
const RESPONSE = { id: "resp_1", object: "response", created_at: 7, model: "gpt-x", output: [] };
const CREATED: Told = {
  type: "response.created",
  response: { ...RESPONSE, status: "in_progress" },
};

function completed(...output: readonly unknown[]): Told {
  return { type: "response.completed", response: { ...RESPONSE, status: "completed", output } };
}

function decode(...events: readonly Told[]): readonly Event[] {
  const stream = decoder(ORIGIN);
  const pushed = events.flatMap((event) =>
    stream.push({ kind: "sse", event: event.type, data: JSON.stringify(event) }),
  );
  return [...pushed, ...stream.end()];
}

function deltas(...events: readonly Told[]): readonly string[] {
  return decode(...events).flatMap((event) => (event.type === "delta" ? [event.text] : []));
}

function blocksOf(...events: readonly Told[]): readonly Block[] {
  const grammar = conform({ serial: false });
  const folded = fold();
  for (const event of [...decode(...events).flatMap(grammar.push), ...grammar.end()])
    folded.push(event);
  const result = folded.result();
  if (!result.ok) throw new Error(result.error.message);
  return result.value.candidates[0]?.blocks ?? [];
}

const CALL = { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "" };
const CALL_ADDED: Told = { type: "response.output_item.added", output_index: 0, item: CALL };

function argumentsDelta(delta: string): Told {
  return {
    type: "response.function_call_arguments.delta",
    item_id: "fc_1",
    output_index: 0,
    delta,
  };
}

function callDone(text: string): Told {
  return { type: "response.output_item.done", output_index: 0, item: { ...CALL, arguments: text } };
}

test("E278 arguments that come only when they are done come once", () => {
  const done: Told = {
    type: "response.function_call_arguments.done",
    item_id: "fc_1",
    output_index: 0,
    name: "f",
    arguments: '{"a":1}',
  };
  expect(
    deltas(
      CREATED,
      CALL_ADDED,
      done,
      callDone('{"a":1}'),
      completed({ ...CALL, arguments: '{"a":1}' }),
    ),
  ).toEqual(['{"a":1}']);
  // The same where pieces came before.
  expect(deltas(CREATED, CALL_ADDED, argumentsDelta('{"a"'), callDone('{"a":1}'))).toEqual([
    '{"a"',
    ":1}",
  ]);
});

test("E279 text that comes only in the last event is told", () => {
  const content = [
    {
      type: "output_text",
      text: "Hi",
      annotations: [
        { type: "url_citation", url: "https://a.test", title: "A", start_index: 0, end_index: 2 },
      ],
    },
  ];
  expect(
    blocksOf(
      CREATED,
      completed({ type: "message", id: "msg_1", role: "assistant", status: "completed", content }),
    ),
  ).toMatchObject([
    { kind: "text", text: "Hi", citations: [{ source: { url: "https://a.test" } }] },
  ]);
});

test("E305 arguments that happen to be JSON early are not done", () => {
  expect(
    blocksOf(
      CREATED,
      CALL_ADDED,
      argumentsDelta('{"a":1}'),
      argumentsDelta(" "),
      argumentsDelta("\n"),
      callDone('{"a":1} \n'),
      completed(),
    ),
  ).toMatchObject([{ kind: "toolCall", argsText: '{"a":1} \n' }]);
});

test("E306 what comes again after a call is done makes no second call", () => {
  const events = decode(
    CREATED,
    CALL_ADDED,
    callDone("{}"),
    argumentsDelta(""),
    argumentsDelta("{}"),
    callDone("{}"),
    CALL_ADDED,
    completed({ ...CALL, arguments: "{}" }),
  );
  expect(events.filter(({ type }) => type === "open")).toHaveLength(1);
  expect(events.flatMap((event) => (event.type === "delta" ? [event.text] : []))).toEqual(["{}"]);
});

test("a call that was announced without its name waits for it", () => {
  const nameless: Told = { ...CALL_ADDED, item: { type: "function_call", id: "fc_1" } };
  expect(blocksOf(CREATED, nameless, argumentsDelta("{}"), callDone("{}"), completed())).toEqual([
    { kind: "toolCall", id: "c1", name: "f", call: "function", argsText: "{}" },
  ]);
});

test("parts of a summary are paragraphs, and the token comes when the item is done", () => {
  const item = { type: "reasoning", id: "rs_1", summary: [] };
  const delta = (summary_index: number, text: string): Told => ({
    type: "response.reasoning_summary_text.delta",
    item_id: "rs_1",
    output_index: 0,
    summary_index,
    delta: text,
  });
  const summary = ["a", "b"].map((text) => ({ type: "summary_text", text }));
  expect(
    blocksOf(
      CREATED,
      { type: "response.output_item.added", output_index: 0, item },
      delta(0, "a"),
      delta(1, "b"),
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { ...item, summary, encrypted_content: "T" },
      },
      completed(),
    ),
  ).toMatchObject([
    {
      kind: "thinking",
      form: "summary",
      text: "a\n\nb",
      opaque: [{ kind: "encrypted", data: "T" }],
    },
  ]);
});

test("items are told apart by their ids, whatever their indexes", () => {
  const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
  expect(
    blocksOf(
      CREATED,
      { type: "response.output_item.added", output_index: 3, item: message },
      {
        type: "response.output_text.delta",
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        delta: "Hi",
      },
      completed({ ...message, content: [{ type: "output_text", text: "Hi" }] }),
    ),
  ).toEqual([{ kind: "text", text: "Hi" }]);
});

test("unknown events say nothing, and the last one ends the reply by its reason", () => {
  const incomplete: Told = {
    type: "response.incomplete",
    response: {
      ...RESPONSE,
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      usage: { input_tokens: 3, output_tokens: 2 },
    },
  };
  const events = decode(
    CREATED,
    { type: "response.future.thing", x: 1 },
    { type: "keepalive" },
    incomplete,
    completed(),
  );
  expect(
    events.filter(({ type }) => ["usage", "stop", "end", "ping"].includes(type)),
  ).toMatchObject([
    { type: "ping" },
    { type: "usage", usage: { inFresh: 3, output: 2 } },
    { type: "stop", stop: { class: "length", raw: "max_output_tokens" } },
    { type: "end" },
  ]);
});

test.each([
  {
    event: {
      type: "response.failed",
      response: {
        ...RESPONSE,
        status: "failed",
        error: { code: "rate_limit_exceeded", message: "slow down" },
      },
    },
    expected: "rate-limited",
  },
  {
    event: { type: "error", code: "server_error", message: "slow down", param: null },
    expected: "server-error",
  },
  {
    event: { type: "error", error: { code: "context_length_exceeded", message: "slow down" } },
    expected: "context-length",
  },
])("$event.type is a failure of the class $expected", ({ event, expected }) => {
  expect(decode(CREATED, event).at(-1)).toMatchObject({
    type: "error",
    failure: { class: expected, message: "slow down" },
  });
});

test("a stream that just stops has no end", () => {
  expect(decode(CREATED, CALL_ADDED).some(({ type }) => type === "end" || type === "stop")).toBe(
    false,
  );
});
