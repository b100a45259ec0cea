import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import { callIds } from "../../../src/protocols/kit/call-ids.ts";
import { arrange } from "../../../src/protocols/kit/message-order.ts";

const text = (words: string): Block => ({ kind: "text", text: words });
const call = (id: string): Block => ({
  kind: "toolCall",
  id,
  name: "f",
  argsText: "{}",
  call: "function",
});
const result = (id: string): Block => ({ kind: "toolResult", id, parts: [], isError: false });

function turn(role: Turn["role"], ...blocks: readonly Block[]): Turn {
  return { role, place: "inline", blocks, path: "/messages/0" };
}

function order(...turns: readonly Turn[]): readonly string[] {
  return arrange(turns, callIds(turns, { max: 64 })).map((item) =>
    "id" in item ? `${item.kind} ${item.id}` : item.kind,
  );
}

test("every result follows its call at once, whatever stood between them", () => {
  expect(
    order(
      turn("system", text("be brief")),
      turn("assistant", call("a"), call("b")),
      turn("user", text("wait"), result("b")),
      turn("user", result("a")),
    ),
  ).toEqual(["instruction", "assistant", "result b", "result a", "attachments", "user"]);
});

test("a call that was never answered has a place for an answer, unless it is the last word", () => {
  expect(order(turn("assistant", call("a")), turn("user", text("go on")))).toEqual([
    "assistant",
    "missing a",
    "user",
  ]);
  expect(order(turn("assistant", call("a")))).toEqual(["assistant"]);
});

test("assistant turns with calls become one message, others stay apart", () => {
  expect(order(turn("assistant", text("a")), turn("assistant", text("b")))).toEqual([
    "assistant",
    "assistant",
  ]);
  const calls = [turn("assistant", call("a")), turn("assistant", call("b"))];
  expect(order(...calls, turn("user", result("a"), result("b")))).toEqual([
    "assistant",
    "result a",
    "result b",
    "attachments",
  ]);
});
