// Opaque reasoning that a client left out is put back where it stood. Requests and replies are written by hand.
import { describe, expect, test } from "bun:test";
import type { Block, Opaque } from "../../src/ir/block.ts";
import { mayReplay } from "../../src/ir/opaque.ts";
import { recall, remember, type Trace } from "../../src/ir/recall.ts";
import type { Reply } from "../../src/ir/reply.ts";
import type { Req, Turn } from "../../src/ir/request.ts";

const CLAUDE: Opaque = { vendor: "claude", model: "c-1", kind: "signature", data: "SIG" };
const GEMINI: Opaque = { vendor: "gemini", model: "g-1", kind: "thoughtSignature", data: "THO" };

const text = (words: string, opaque?: readonly Opaque[]): Block => ({
  kind: "text",
  text: words,
  ...(opaque === undefined ? {} : { opaque }),
});
const call = (id: string, argsText = '{"a":1}', opaque?: readonly Opaque[]): Block => ({
  kind: "toolCall",
  id,
  name: "f",
  argsText,
  call: "function",
  ...(opaque === undefined ? {} : { opaque }),
});
const thinking = (words: string, ...opaque: readonly Opaque[]): Block => ({
  kind: "thinking",
  text: words,
  form: "raw",
  redacted: false,
  ...(opaque.length === 0 ? {} : { opaque }),
});
const turn = (role: Turn["role"], ...blocks: readonly Block[]): Turn => ({
  role,
  place: "inline",
  blocks,
  path: "/messages/0",
});

function request(...turns: readonly Turn[]): Req {
  return {
    model: "m",
    stream: false,
    turns,
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [],
    source: "x",
  };
}

function replied(...blocks: readonly Block[]): Reply {
  return { candidates: [{ blocks, stop: { class: "end" } }], ext: [], uses: [] };
}

function memory(
  ...replies: readonly (readonly [Req, Reply])[]
): (key: string) => Trace | undefined {
  const traces = new Map(
    replies.flatMap(([asked, reply]) =>
      remember(reply, asked).map(({ key, trace }): [string, Trace] => [key, trace]),
    ),
  );
  return (key) => traces.get(key);
}

const to =
  (vendor: string, model: string) =>
  (opaque: Opaque): boolean =>
    mayReplay(opaque, { vendor, model });
const claude = to("claude", "c-1");
const gemini = to("gemini", "g-1");

const ASK = turn("user", text("Go"));
const RESULT = turn("user", { kind: "toolResult", id: "c1", parts: [text("2")], isError: false });

function blocksOf(req: Req, index: number): readonly Block[] {
  return req.turns[index]?.blocks ?? [];
}

describe("what is remembered", () => {
  test("nothing where there is no token", () => {
    expect(remember(replied(thinking("Hm"), text("Hi")), request(ASK))).toEqual([]);
  });

  test("each answer of several, and how much room it takes", () => {
    const answer = {
      blocks: [thinking("Hm", CLAUDE), call("c1")],
      stop: { class: "end" },
    } as const;
    const other = { ...answer, blocks: [thinking("Ha", CLAUDE), call("c2")] };
    const memories = remember({ candidates: [answer, other], ext: [], uses: [] }, request(ASK));
    expect(new Set(memories.map(({ key }) => key)).size).toBe(2);
    expect(memories.every(({ bytes }) => bytes > 100)).toBe(true);
  });
});

describe("what is put back", () => {
  const first = thinking("Hm", CLAUDE);
  const second = thinking("And", CLAUDE);
  const said = [first, text("I call."), call("c1"), second, call("c2")];
  const lookup = memory([request(ASK), replied(...said)]);

  test("reasoning between words and calls, also if the client shows it without proof", () => {
    const words = text("I call.");
    const [one, two] = [call("c1", '{ "a": 1 }'), call("c2")];
    const bare = [words, one, two];
    const shown = [thinking("HmAnd"), ...bare];
    for (const blocks of [bare, shown]) {
      const asked = request(ASK, turn("assistant", ...blocks), RESULT);
      const back = recall(asked, lookup, claude);
      expect(blocksOf(back, 1)).toEqual([first, words, one, second, two]);
      expect(blocksOf(asked, 1)).toEqual(blocks);
    }
  });

  test("tokens on words and calls, and words cut where they were apart", () => {
    const parts = [text("One", [GEMINI]), text("Two"), call("c1", "{}", [GEMINI])];
    const known = memory([request(ASK), replied(...parts)]);
    const asked = request(ASK, turn("assistant", text("OneTwo"), call("c1", "{}")), RESULT);
    expect(blocksOf(recall(asked, known, gemini), 1)).toEqual(parts);
  });

  test("an answer without calls, by its words and those before", () => {
    const known = memory([request(ASK), replied(thinking("Hm", CLAUDE), text("OK"))]);
    const history = (words: string): Req =>
      request(turn("user", text(words)), turn("assistant", text("OK\n")), ASK);
    expect(blocksOf(recall(history("Go"), known, claude), 1)).toHaveLength(2);
    const elsewhere = history("Stay");
    expect(recall(elsewhere, known, claude)).toBe(elsewhere);
  });

  test("an answer that came as several turns stays as many", () => {
    const asked = request(
      ASK,
      turn("assistant", text("I call.")),
      turn("assistant", call("c1")),
      turn("assistant", call("c2")),
      RESULT,
    );
    const back = recall(asked, lookup, claude);
    const kinds = back.turns.map(({ blocks }) => blocks.map(({ kind }) => kind));
    expect(kinds.slice(1, 4)).toEqual([
      ["thinking", "text"],
      ["toolCall"],
      ["thinking", "toolCall"],
    ]);
  });

  test("nothing into an answer with a token of its own, or with other arguments", () => {
    const own = request(ASK, turn("assistant", thinking("X", GEMINI), call("c1")), RESULT);
    expect(recall(own, lookup, claude)).toBe(own);
    const other = request(ASK, turn("assistant", call("c1", '{"a":2}')), RESULT);
    expect(recall(other, lookup, claude)).toBe(other);
  });

  test("words that the client changed come after the reasoning all the same", () => {
    const asked = request(ASK, turn("assistant", call("c2"), call("c1"), text("New")), RESULT);
    const kinds = blocksOf(recall(asked, lookup, claude), 1).map(({ kind }) => kind);
    expect(kinds).toEqual(["thinking", "text", "toolCall", "thinking", "toolCall"]);
  });
});

test("E190 each vendor gets its own tokens only, however a conversation went to and fro", () => {
  const first = request(ASK);
  const answers = [
    [thinking("By Claude", CLAUDE), call("c1")],
    [call("g1", "{}", [GEMINI])],
    [thinking("Again", CLAUDE), call("c2")],
  ] as const;
  const lookup = memory(...answers.map((blocks) => [first, replied(...blocks)] as const));
  const history = request(
    ASK,
    turn("assistant", call("c1")),
    RESULT,
    turn("assistant", call("g1", "{}")),
    RESULT,
    turn("assistant", call("c2")),
    RESULT,
  );
  const tokens = (req: Req): readonly string[] =>
    req.turns.flatMap(({ blocks }) =>
      blocks.flatMap(({ opaque = [] }) => opaque.map(({ vendor }) => vendor)),
    );
  expect(tokens(recall(history, lookup, claude))).toEqual(["claude", "claude"]);
  expect(tokens(recall(history, lookup, gemini))).toEqual(["gemini"]);
  expect(tokens(recall(history, lookup, to("claude", "c-2")))).toEqual([]);
});
