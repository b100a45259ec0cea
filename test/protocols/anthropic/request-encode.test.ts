// Breakpoints, residues, options, and what holds of every request (translation.md 0.2, B.8).
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Block, CachePoint } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import {
  assistant,
  call,
  claude,
  encodeRequest,
  foreign,
  lossesOf,
  messagesOf,
  result,
  turn,
  user,
  thought,
  own,
  inline,
  tool,
  json,
} from "./harness.ts";

function cached(text: string, cache: CachePoint = {}): Block {
  return { kind: "text", text, cache };
}

/** Texts that carry a breakpoint on the wire, with their lifetimes. */
function marked(turns: readonly Turn[], rest: object = {}): readonly string[] {
  const { text } = encodeRequest(foreign({ turns, ...rest }));
  const found = text.matchAll(
    /"text":"(\w+)","cache_control":\{"type":"ephemeral"(?:,"ttl":"(\w+)")?\}/g,
  );
  return [...found].map(([, word = "", ttl]) => (ttl === undefined ? word : `${word} ${ttl}`));
}

test("E202 four breakpoints at most: the first on the system, and the last", () => {
  const top: Turn = { ...turn("system", [cached("s")]), place: "top" };
  const blocks = ["a", "b", "c", "d"].map((text) => cached(text));
  expect(marked([top, user(...blocks)])).toEqual(["s", "b", "c", "d"]);
  expect(marked([top, user(...blocks)], { cache: { automatic: {} } })).toEqual(["s", "c", "d"]);
  const encoded = encodeRequest(foreign({ turns: [top, user(...blocks)] }));
  expect(lossesOf(encoded)).toEqual(["R63 X"]);
});

test("E206 a breakpoint on reasoning or blank text moves to the block before", () => {
  const turns = [
    user("a"),
    assistant({ ...thought("x", own), cache: {} }, "b"),
    user("c", cached("  ")),
  ];
  expect(marked(turns)).toEqual(["a", "c"]);
});

test("an hour does not follow five minutes, and half an hour is five minutes", () => {
  expect(marked([user(cached("a", { ttl: "1h" }), cached("b", { ttl: "5m" }))])).toEqual([
    "a 1h",
    "b 5m",
  ]);
  expect(marked([user(cached("a"), cached("b", { ttl: "1h" }))])).toEqual(["a", "b"]);
  expect(marked([user(cached("a", { ttl: "30m" }))])).toEqual(["a"]);
});

test("E200 breakpoints on results, calls, pictures and tools", () => {
  const turns = [
    user({ kind: "image", media: inline("image/png"), cache: {} }),
    assistant({ ...call("c"), cache: {} }),
    user({ ...result("c", "x"), cache: {} }),
  ];
  const { text } = encodeRequest(foreign({ turns, tools: [tool("f", { cache: {} })] }));
  expect([...text.matchAll(/"cache_control"/g)]).toHaveLength(4);
});

test("options for this dialect are merged last, member by member", () => {
  const { body } = encodeRequest(
    foreign({
      identity: { user: "u" },
      options: { anthropic: json({ metadata: { more: 1 }, top_k: 5 }), openai: json({ seed: 1 }) },
    }),
  );
  expect(body).toMatchObject({ metadata: { user_id: "u", more: 1 }, top_k: 5 });
  expect(body["seed"]).toBeUndefined();
});

test("residues of other dialects stay behind, and what was asked and has no place is reported", () => {
  const request = foreign({
    ext: [{ dialect: "elsewhere", path: "/seed", text: json(7), id: "R50" }],
    sampling: { seed: json(7) },
    uses: [
      { id: "R50", path: "/seed" },
      { id: "R64", path: "/prompt_cache_key" },
    ],
  });
  const encoded = encodeRequest(request);
  expect(encoded.text).not.toContain("seed");
  expect(lossesOf(encoded)).toEqual(["R50 X", "R64 X"]);
});

test("E207 the same request gives the same bytes", () => {
  const request = foreign({
    turns: [user("a"), assistant(call("x:1"), call("x:1")), user(result("x:1"))],
    tools: [tool("a.b"), tool("a/b")],
  });
  expect(encodeRequest(request).text).toBe(encodeRequest(request).text);
});

test("whatever the history, every call has its one answer directly after it, and no turn is empty", () => {
  const id = fc.constantFrom("a", "b", "c:1");
  const text = fc.constantFrom("x", "", " ", "y ");
  const spoken = fc.oneof(
    text,
    id.map((name) => call(name)),
    fc.constant(thought("t", own)),
    fc.constant(thought("t")),
  );
  const asked = fc.oneof(
    text,
    id.map((name) => result(name, "r")),
  );
  const turns = fc.array(
    fc.oneof(
      fc.array(spoken, { maxLength: 4 }).map((blocks) => assistant(...blocks)),
      fc.array(asked, { maxLength: 4 }).map((blocks) => user(...blocks)),
      fc.constant(turn("system", ["s"])),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(turns, fc.boolean(), (history, inlineSystem) => {
      const messages = messagesOf(history, claude({ inlineSystem, prefill: false })) as Message[];
      expect(messages[0]?.role).toBe("user");
      expect(messages.at(-1)?.role).not.toBe("assistant");
      for (const [index, { role, content }] of messages.entries()) {
        expect(content.length).toBeGreaterThan(0);
        const calls = content.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
        const next = messages[index + 1]?.content ?? [];
        const answers = next.flatMap((block) =>
          block.type === "tool_result" ? [block.tool_use_id] : [],
        );
        if (role === "assistant")
          expect(answers.toSorted(alphabetically)).toEqual(calls.toSorted(alphabetically));
        const firstOther = next.findIndex((block) => block.type !== "tool_result");
        if (answers.length > 0) expect([-1, answers.length]).toContain(firstOther);
      }
    }),
  );
});

function alphabetically(a: string | undefined, b: string | undefined): number {
  return (a ?? "").localeCompare(b ?? "");
}

type Message = {
  readonly role: string;
  readonly content: readonly {
    readonly type: string;
    readonly id?: string;
    readonly tool_use_id?: string;
  }[];
};
