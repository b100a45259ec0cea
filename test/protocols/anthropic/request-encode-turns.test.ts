// Turns and instructions of other dialects, written for Claude (translation.md B.1, B.4).
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
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
  inline,
  json,
  said,
} from "./harness.ts";

const system = (text: string): Turn => ({ ...turn("system", [text]), place: "top" });

test("E030 two system messages are two blocks", () => {
  const { body } = encodeRequest(foreign({ turns: [system("a"), system("b"), user("hi")] }));
  expect(body["system"]).toEqual([said("a"), said("b")]);
});

test("E031 an instruction among the turns is wrapped in its place, with its breakpoint", () => {
  const inline = turn("developer", [{ kind: "text", text: "be brief", cache: {} }]);
  const encoded = encodeRequest(foreign({ turns: [user("a"), assistant("b"), inline, user("c")] }));
  expect(encoded.body["messages"]).toEqual([
    { role: "user", content: [said("a")] },
    { role: "assistant", content: [said("b")] },
    {
      role: "user",
      content: [
        {
          ...said("<system_instruction>\nbe brief\n</system_instruction>"),
          cache_control: { type: "ephemeral" },
        },
      ],
    },
    { role: "user", content: [said("c")] },
  ]);
  expect(lossesOf(encoded)).toEqual(["R03 D"]);
});

test("a model that takes inline instructions gets them between a question and its answer, wrapped elsewhere", () => {
  const target = claude({ inlineSystem: true });
  const roles = (turns: readonly Turn[]) =>
    (messagesOf(turns, target) as { readonly role: string }[]).map(({ role }) => role);
  const inline = turn("system", ["s"]);
  expect(roles([user("a"), inline])).toEqual(["user", "system"]);
  expect(roles([user("a"), inline, assistant("b"), user("c")])).toEqual([
    "user",
    "system",
    "assistant",
    "user",
  ]);
  expect(roles([user("a"), inline, user("c")])).toEqual(["user", "user", "user"]);
  expect(roles([user("a"), assistant("b"), inline, user("c")])).toEqual([
    "user",
    "assistant",
    "user",
    "user",
  ]);
});

test("E035 E036 a conversation begins with the user", () => {
  expect(messagesOf([system("s")])).toEqual([{ role: "user", content: [said(".")] }]);
  expect(messagesOf([assistant("a"), user("b")])).toEqual([
    { role: "user", content: [said(".")] },
    { role: "assistant", content: [said("a")] },
    { role: "user", content: [said("b")] },
  ]);
});

test("E038 neighbouring assistant turns are one", () => {
  expect(messagesOf([user("a"), assistant("b"), assistant(call("c")), user(result("c"))])).toEqual([
    { role: "user", content: [said("a")] },
    {
      role: "assistant",
      content: [said("b"), { type: "tool_use", id: "c", name: "f", input: {} }],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "c" }] },
  ]);
});

test("E039 blank text is left out, and a turn of nothing else says a point", () => {
  expect(messagesOf([user("a", " "), assistant("", call("c")), user(result("c"))])).toEqual([
    { role: "user", content: [said("a")] },
    { role: "assistant", content: [{ type: "tool_use", id: "c", name: "f", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "c" }] },
  ]);
  expect(messagesOf([user("\n")])).toEqual([{ role: "user", content: [said(".")] }]);
});

test("E041 only a prefill loses its trailing space", () => {
  expect(messagesOf([user("a "), assistant("b \n")])).toEqual([
    { role: "user", content: [said("a ")] },
    { role: "assistant", content: [said("b")] },
  ]);
  expect(messagesOf([user("a"), assistant("b "), user("c")])).toContainEqual({
    role: "assistant",
    content: [said("b ")],
  });
});

test("E042 a prefill that the model would refuse is answered by a turn, and reported", () => {
  const turns = [user("a"), assistant("b")];
  const encoded = encodeRequest(foreign({ turns }), claude({ prefill: false }));
  expect((encoded.body["messages"] as unknown[]).at(-1)).toEqual({
    role: "user",
    content: [said(".")],
  });
  expect(lossesOf(encoded)).toEqual(["R41 X"]);
});

test("arguments are spliced as they were written", () => {
  const args = '{"2": 1, "1": 12345678901234567890, "x": 1.0, "__proto__": {}}';
  const turns = [user("a"), assistant(call("c", args)), user(result("c"))];
  expect(encodeRequest(foreign({ turns })).text).toContain(`"input":${args}`);
});

test.each([
  ["", {}],
  [" null ", {}],
  ["[1]", { value: [1] }],
  ["{bad", { __raw: "{bad" }],
])("arguments %j become %j", (args, input) => {
  const turns = [user("a"), assistant(call("c", args)), user(result("c"))];
  expect(messagesOf(turns)).toContainEqual({
    role: "assistant",
    content: [{ type: "tool_use", id: "c", name: "f", input }],
  });
});

test("E116 results of several messages stand together, first, in the order of their coming", () => {
  const turns = [
    user("go"),
    assistant(call("a"), call("b")),
    user("by the way", result("b", "2")),
    user(result("a", "1")),
    user("next"),
  ];
  expect((messagesOf(turns) as unknown[]).slice(2)).toEqual([
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "b", content: [said("2")] },
        { type: "tool_result", tool_use_id: "a", content: [said("1")] },
        said("by the way"),
      ],
    },
    { role: "user", content: [said("next")] },
  ]);
});

test("E118 E135 a result keeps its picture and its error flag", () => {
  const parts: readonly Block[] = [
    { kind: "text", text: "see" },
    { kind: "image", media: inline("image/png") },
    { kind: "json", text: json({ a: 1 }) },
  ];
  const answer: Block = { kind: "toolResult", id: "c", parts, isError: true };
  expect(messagesOf([user("a"), assistant(call("c")), user(answer)])).toContainEqual({
    role: "user",
    content: [
      {
        type: "tool_result",
        tool_use_id: "c",
        content: [
          said("see"),
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          said('{"a":1}'),
        ],
        is_error: true,
      },
    ],
  });
});

test("a result without a call reaches the model as text", () => {
  const encoded = encodeRequest(foreign({ turns: [user(result("c", "42"), "go on")] }));
  expect(encoded.body["messages"]).toEqual([
    { role: "user", content: [said("[result for call c]\n42"), said("go on")] },
  ]);
  expect(lossesOf(encoded)).toEqual(["R40 D"]);
});

test("E131 a call without a result is answered, unless it is the last word", () => {
  const encoded = encodeRequest(
    foreign({ turns: [user("a"), assistant(call("c")), user("never mind")] }),
  );
  expect((encoded.body["messages"] as unknown[])[2]).toEqual({
    role: "user",
    content: [
      {
        type: "tool_result",
        tool_use_id: "c",
        content: "no result recorded",
        is_error: true,
      },
    ],
  });
  expect(lossesOf(encoded)).toEqual(["R40 D"]);
  expect(messagesOf([user("a"), assistant(call("c"))])).toHaveLength(2);
});

test("ids are fitted and told apart, and results follow them", () => {
  const turns = [
    user("a"),
    assistant(call("x:1"), call("same"), call("same")),
    user(result("x:1", "1"), result("same", "2"), result("same", "3")),
  ];
  const [, asked, answered] = messagesOf(turns) as {
    readonly content: readonly { readonly id?: string; readonly tool_use_id?: string }[];
  }[];
  const ids = asked?.content.map(({ id }) => id) ?? [];
  expect(ids).toEqual([expect.stringMatching(/^call_[0-9a-f]{16}$/), "same", "same_2"]);
  expect(answered?.content.map((block) => block.tool_use_id)).toEqual(ids);
});
