// Streams of several upstreams as one: nothing changes where none breaks off, and where one does, its end and the next one's
// beginning meet without a seam.
import { expect, test } from "bun:test";
import { NOTHING_TO_RESTORE } from "../../src/ir/restore.ts";
import type { Failure } from "../../src/ir/failure.ts";
import { continued, type Continued } from "../../src/protocols/continued.ts";
import type { ReplyJob } from "../../src/protocols/stream-path.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { fixtures, recorded } from "../support/corpus.ts";
import { clientOf, type Party } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";
import { framesOf, sseText, translatorOf } from "../support/streams.ts";

/** Own streams, and some of the recorded ones. */
function streamsOf(from: Party): readonly (readonly Frame[])[] {
  return [...fixtures(from.name), ...recorded(from.name).slice(0, 60)].flatMap(({ reply }) => {
    if (reply.kind === "json") return [];
    const bytes = reply.kind === "sse" ? new TextEncoder().encode(reply.text) : reply.bytes;
    return [framesOf(from, [bytes])];
  });
}

const PAIRS = PARTIES.flatMap((from) => {
  const streams = streamsOf(from);
  return streams.length === 0 ? [] : PARTIES.map((to) => ({ from, to, streams }));
});

function jobOf(from: Party, to: Party): ReplyJob {
  return {
    from: from.codec,
    to: to.codec,
    origin: { vendor: from.name, model: "model" },
    client: clientOf(to),
    restore: NOTHING_TO_RESTORE,
  };
}

test.each(PAIRS)(
  "$from.name>$to.name: a stream that does not break off is translated as ever",
  ({ from, to, streams }) => {
    for (const frames of streams) {
      const written = (each: Pick<Continued, "push" | "end">) => [
        ...frames.map(each.push),
        each.end(),
      ];
      const plain = written(translatorOf(from, to));
      const isWhole = plain.every(({ failure }) => failure === undefined);
      if (isWhole) expect(written(continued(jobOf(from, to)))).toEqual(plain);
    }
  },
);

const DIED: Failure = { class: "network", message: "gone" };
const openai = PARTIES.find(({ name }) => name === "openai");
const anthropic = PARTIES.find(({ name }) => name === "anthropic");

function start(to: Party | undefined): Continued {
  if (anthropic === undefined || to === undefined) throw new Error("no codec");
  return continued(jobOf(anthropic, to));
}

function goOn(stream: Continued, to: Party | undefined): void {
  if (anthropic === undefined || to === undefined) throw new Error("no codec");
  stream.goOn(jobOf(anthropic, to));
}

function frame(type: string, body: object = {}): Frame {
  return { kind: "sse", event: type, data: JSON.stringify({ type, ...body }) };
}

const usage = { input_tokens: 2, output_tokens: 0 };
const BEGIN = frame("message_start", { message: { id: "m", model: "m", content: [], usage } });
const open = (index: number, content_block: object): Frame =>
  frame("content_block_start", { index, content_block });
const say = (index: number, text: string): Frame =>
  frame("content_block_delta", { index, delta: { type: "text_delta", text } });
const close = (index: number): Frame => frame("content_block_stop", { index });
const END = [
  frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }),
  frame("message_stop"),
];
const TEXT = { type: "text", text: "" };

/** The types and indexes of a client's events, and its text. */
function shown(frames: readonly Frame[]): { readonly events: string; readonly text: string } {
  const all = frames.flatMap((each) =>
    each.kind === "sse" ? [JSON.parse(each.data) as Record<string, unknown>] : [],
  );
  const events = all.map(
    ({ type, index }) => `${String(type)}${typeof index === "number" ? ` ${index}` : ""}`,
  );
  const text = all.map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? "");
  return { events: events.join(", "), text: text.join("") };
}

test.each([
  ["one  ", [" ", " two"], "one  two"],
  ["one", [" two"], "one two"],
  ["one\n\n", ["\n\ntwo"], "one\n\ntwo"],
  ["one ", ["two"], "one two"],
])("%j and %j meet without a seam", (before, after, whole) => {
  const stream = start(anthropic);
  const first = [BEGIN, open(0, TEXT), say(0, before)].flatMap((each) => stream.push(each).frames);
  expect(stream.end(DIED).frames).toEqual([]);
  expect(stream.broken()).toEqual({ failure: DIED, text: before });
  goOn(stream, anthropic);
  const second = [BEGIN, open(0, TEXT), ...after.map((text) => say(0, text)), close(0), ...END];
  const rest = second.flatMap((each) => stream.push(each).frames);
  const { events, text } = shown([...first, ...rest]);
  expect(text.trimEnd()).toBe(whole);
  expect(events.replaceAll(/(?:content_block_delta 0, )+/g, "… ")).toBe(
    "message_start, ping, content_block_start 0, … content_block_stop 0, message_delta, message_stop",
  );
  expect(stream.usage()).toMatchObject({ output: 3 });
});

test("reasoning of the next upstream gets a block of its own, after the one that was open is closed", () => {
  const stream = start(anthropic);
  const first = [BEGIN, open(0, TEXT), say(0, "one ")].flatMap((each) => stream.push(each).frames);
  stream.end(DIED);
  goOn(stream, anthropic);
  const thought = { type: "thinking", thinking: "", signature: "" };
  const think = frame("content_block_delta", {
    index: 0,
    delta: { type: "thinking_delta", thinking: "hm" },
  });
  const second = [
    BEGIN,
    open(0, thought),
    think,
    close(0),
    open(1, TEXT),
    say(1, "two"),
    close(1),
    ...END,
  ];
  const { events, text } = shown([...first, ...second.flatMap((each) => stream.push(each).frames)]);
  expect(text).toBe("one two");
  expect(events).toContain(
    "content_block_stop 0, content_block_start 1, content_block_delta 1, content_block_stop 1, content_block_start 2",
  );
});

test("an answer that says nothing more closes what was open", () => {
  const stream = start(anthropic);
  const first = [BEGIN, open(0, TEXT), say(0, "one")].flatMap((each) => stream.push(each).frames);
  stream.end(DIED);
  goOn(stream, anthropic);
  const rest = [BEGIN, ...END].flatMap((each) => stream.push(each).frames);
  expect(shown([...first, ...rest]).events).toBe(
    "message_start, ping, content_block_start 0, content_block_delta 0, content_block_stop 0, message_delta, message_stop",
  );
});

test("nobody goes on: the failure is told, once", () => {
  const stream = start(openai);
  for (const each of [BEGIN, open(0, TEXT), say(0, "one")]) stream.push(each);
  stream.end(DIED);
  const told = stream.giveUp();
  expect(told.failure).toEqual(DIED);
  expect(sseText(told.frames)).toContain("gone");
});

test.each([
  ["nothing was said", [BEGIN]],
  ["only white space was said", [BEGIN, open(0, TEXT), say(0, " \n")]],
  [
    "a tool is being called",
    [
      BEGIN,
      open(0, TEXT),
      say(0, "one"),
      close(0),
      open(1, { type: "tool_use", id: "t", name: "f", input: {} }),
    ],
  ],
  ["the text is complete", [BEGIN, open(0, TEXT), say(0, "one"), close(0)]],
])("%s: there is nothing to go on with", (_why, frames) => {
  const stream = start(openai);
  for (const each of frames) stream.push(each);
  expect(stream.end(DIED).failure).toEqual(DIED);
  expect(stream.broken()).toBeUndefined();
});
