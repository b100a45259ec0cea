// Several rounds of a paused turn as one reply, from an upstream of Messages to an OpenAI client.
import { expect, test } from "bun:test";
import { NOTHING_TO_RESTORE } from "../../src/ir/restore.ts";
import type { Reply } from "../../src/ir/reply.ts";
import {
  joinRounds,
  resumer,
  rounds,
  type Resume,
  type Rounds,
} from "../../src/protocols/rounds.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { clientOf } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";

const codecs = new Map(PARTIES.map(({ name, codec }) => [name, codec]));

function start(resume: Resume, to = "openai"): Rounds {
  const [from, client] = [codecs.get("anthropic"), codecs.get(to)];
  if (from === undefined || client === undefined) throw new Error("no codecs");
  const origin = { vendor: "anthropic", model: "m" };
  return rounds(
    { from, to: client, origin, client: clientOf(), restore: NOTHING_TO_RESTORE },
    resume,
  );
}

function frame(type: string, body: object = {}): Frame {
  return { kind: "sse", event: type, data: JSON.stringify({ type, ...body }) };
}

function round(text: string, stop: string, output: number): readonly Frame[] {
  const usage = { input_tokens: 2, output_tokens: 0 };
  return [
    frame("message_start", { message: { id: `msg ${text}`, model: "m", content: [], usage } }),
    frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    frame("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    frame("content_block_stop", { index: 0 }),
    frame("message_delta", { delta: { stop_reason: stop }, usage: { output_tokens: output } }),
    frame("message_stop"),
  ];
}

function dataOf(frames: readonly Frame[]): readonly unknown[] {
  return frames.flatMap((each) =>
    each.kind === "sse" && each.data !== "[DONE]" ? [JSON.parse(each.data)] : [],
  );
}

const never: Resume = () => undefined;

test("a stream of two rounds is one stream: blocks numbered on, usage summed, one start and one end", () => {
  const asked: Reply[] = [];
  const stream = start((reply) => {
    asked.push(reply);
    return asked.length === 1 ? "again" : undefined;
  }, "anthropic");
  const first = round("one ", "pause_turn", 5).map(stream.push);
  expect(first.at(-1)).toMatchObject({ terminal: false, content: true });
  expect(asked).toMatchObject([{ candidates: [{ blocks: [{ text: "one " }] }] }]);
  // What the first body still says is not heard.
  expect(stream.end({ class: "network", message: "late" }).failure).toBeUndefined();
  expect(stream.next()).toBe("again");
  expect(stream.next()).toBeUndefined();
  const second = round("two", "end_turn", 7).map(stream.push);
  expect(second.at(-1)).toMatchObject({ terminal: true });
  const events = dataOf([...first, ...second].flatMap(({ frames }) => frames));
  const types = events.map((each) => (each as { type: string }).type);
  expect(types.filter((type) => type !== "ping")).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  const starts = events.filter((each) => (each as { type: string }).type === "content_block_start");
  expect(starts).toMatchObject([{ index: 0 }, { index: 1 }]);
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "end_turn" } });
  expect(stream.usage()).toMatchObject({ inFresh: 4, output: 12 });
  expect(stream.report().emulated).toEqual([{ id: "S10", path: "/stop_reason" }]);
});

test("a pause that is not resumed is an ordinary end, and reported as lost", () => {
  const stream = start(never);
  const last = round("one", "pause_turn", 5).map(stream.push).at(-1);
  expect(last).toMatchObject({ terminal: true });
  expect(stream.report().losses).toContainEqual({ id: "S10", path: "/stop_reason", level: "D" });
  expect(stream.report().emulated).toEqual([]);
});

test("a round that breaks off is an error, with the usage of all rounds", () => {
  const stream = start(() => "again");
  round("one", "pause_turn", 5).forEach(stream.push);
  stream.next();
  round("two", "end_turn", 7).slice(0, 3).forEach(stream.push);
  const last = stream.end({ class: "network", message: "reset" });
  expect(last).toMatchObject({ terminal: false, failure: { message: "reset" } });
  expect(stream.usage()).toMatchObject({ inFresh: 4, output: 5 });
});

function paused(...blocks: Reply["candidates"][number]["blocks"]): Reply {
  return {
    candidates: [{ blocks, stop: { class: "pause" } }],
    usage: { inFresh: 1, output: 1 },
    ext: [],
    uses: [{ id: "S10", path: "/stop_reason" }],
  };
}

const TEXT = { kind: "text", text: "a" } as const;

test("whole replies are joined alike", () => {
  const last: Reply = {
    ...paused(TEXT),
    candidates: [{ blocks: [TEXT], stop: { class: "end" } }],
    uses: [],
  };
  const joined = joinRounds([{ ...paused(TEXT), id: "first" }, last]);
  expect(joined).toEqual({
    id: "first",
    candidates: [{ blocks: [TEXT, TEXT], stop: { class: "end" } }],
    usage: { inFresh: 2, output: 2 },
    ext: [],
    uses: [],
  });
  const only = paused(TEXT);
  expect(joinRounds([only])).toBe(only);
});

test("it is asked five times at most, each time with all that came", () => {
  const codec = codecs.get("anthropic");
  if (codec === undefined) throw new Error("no codec");
  const resume = resumer(codec, '{"max_tokens":100,"messages":[]}');
  const bodies = Array.from({ length: 6 }, () => resume(paused(TEXT)));
  expect(bodies.map((body) => body?.match(/assistant/g)?.length)).toEqual([
    1,
    2,
    3,
    4,
    5,
    undefined,
  ]);
  expect(bodies[4]).toContain('"max_tokens":95');
});

test("it is not asked after an end, nor before the client has answered its calls, nor in other protocols", () => {
  const codec = codecs.get("anthropic");
  const other = codecs.get("openai");
  if (codec === undefined || other === undefined) throw new Error("no codec");
  const body = '{"max_tokens":100,"messages":[]}';
  const call = { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" } as const;
  const ended: Reply = {
    ...paused(TEXT),
    candidates: [{ blocks: [TEXT], stop: { class: "end" } }],
  };
  expect(resumer(codec, body)(ended)).toBeUndefined();
  expect(resumer(codec, body)(paused(TEXT, call))).toBeUndefined();
  expect(resumer(other, body)(paused(TEXT))).toBeUndefined();
});
