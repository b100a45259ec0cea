import { expect, test } from "bun:test";
import type { Reply } from "../../src/ir/reply.ts";
import { NOTHING_TO_RESTORE } from "../../src/ir/restore.ts";
import { fanOut, joinReplies, type FanOut } from "../../src/protocols/fan-out.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { clientOf } from "../support/laws.ts";
import { PARTIES } from "../support/parties.ts";

function replyOf(text: string, usage?: Reply["usage"]): Reply {
  return {
    id: `id ${text}`,
    candidates: [{ blocks: [{ kind: "text", text }], stop: { class: "end" } }],
    ext: [],
    uses: [],
    ...(usage === undefined ? {} : { usage }),
  };
}

test("whole replies become candidates in order; what one of them does not count is not made up", () => {
  const joined = joinReplies([
    replyOf("a", { inFresh: 5, output: 1 }),
    replyOf("b", { inFresh: 5, output: 2, reasoning: 1 }),
    replyOf("c"),
  ]);
  expect(joined.candidates.map(({ blocks }) => blocks)).toEqual([
    [{ kind: "text", text: "a" }],
    [{ kind: "text", text: "b" }],
    [{ kind: "text", text: "c" }],
  ]);
  expect(joined.usage).toEqual({ inFresh: 10, output: 3, reasoning: 1 });
  expect(joined.id).toBe("id a");
});

test("a single reply stays as it is", () => {
  const only = replyOf("a", { output: 1, audioIn: 2 });
  expect(joinReplies([only])).toBe(only);
});

function start(calls: number, stop?: readonly string[]): FanOut {
  const codecs = new Map(PARTIES.map(({ name, codec }) => [name, codec]));
  const [from, to] = [codecs.get("anthropic"), codecs.get("openai")];
  if (from === undefined || to === undefined) throw new Error("no codecs");
  const origin = { vendor: "anthropic", model: "m" };
  const job = { from, to, origin, client: clientOf(), restore: NOTHING_TO_RESTORE };
  return fanOut(stop === undefined ? job : { ...job, stop }, calls);
}

function frame(type: string, body: object = {}): Frame {
  return { kind: "sse", event: type, data: JSON.stringify({ type, ...body }) };
}

const MESSAGE = {
  id: "msg",
  model: "m",
  content: [],
  usage: { input_tokens: 2, output_tokens: 0 },
};
const BEGIN = [
  frame("message_start", { message: MESSAGE }),
  frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
];
const text = (words: string): Frame =>
  frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } });
const END = [
  frame("content_block_stop", { index: 0 }),
  frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }),
  frame("message_stop"),
];

/** Choices with something in them, and whether the end was written. */
function seen(frames: readonly Frame[]): readonly unknown[] {
  return frames.flatMap((each): unknown[] => {
    if (each.kind !== "sse") return [];
    if (each.data === "[DONE]") return ["done"];
    const { choices, usage } = JSON.parse(each.data) as {
      choices: { index: number; delta: { content?: string }; finish_reason: string | null }[];
      usage?: { total_tokens: number } | null;
    };
    const said = choices.flatMap(({ index, delta, finish_reason }) => {
      const words = delta.content ?? "";
      return words === "" && finish_reason === null ? [] : [[index, words || finish_reason]];
    });
    return usage === undefined || usage === null ? said : [...said, usage.total_tokens];
  });
}

test("streams of several calls are one stream, whose end waits for the last of them", () => {
  const merged = start(2);
  const frames: Frame[] = [];
  const push = (call: number, ...list: readonly Frame[]): void => {
    for (const each of list) frames.push(...merged.push(call, each).frames);
  };
  push(1, ...BEGIN, text("one"));
  push(0, ...BEGIN, text("zero"), ...END);
  expect(seen(frames)).toEqual([
    [1, "one"],
    [0, "zero"],
  ]);
  push(1, text("!"), ...END);
  expect(seen(frames).slice(2)).toEqual([[1, "!"], [0, "stop"], [1, "stop"], 10, "done"]);
  expect(merged.usage()).toMatchObject({ inFresh: 4, output: 6 });
});

test("a call that breaks off is the failure of the whole", () => {
  const merged = start(2);
  merged.push(0, BEGIN[0] ?? text(""));
  const last = merged.end(1, { class: "network", message: "reset" });
  expect(last.failure).toEqual({ class: "network", message: "reset" });
});

test("a call that ends at a stop sequence says so, and the others go on", () => {
  const merged = start(2, ["END"]);
  for (const each of [...BEGIN, text("a END b")]) merged.push(0, each);
  expect([merged.isCut(0), merged.isCut(1)]).toEqual([true, false]);
  expect(merged.push(1, BEGIN[0] ?? text("")).terminal).toBe(false);
});
