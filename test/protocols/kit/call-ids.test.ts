// Ids of calls.
import { expect, test } from "bun:test";
import type { ToolCallBlock, ToolResultBlock } from "../../../src/ir/block.ts";
import type { Turn } from "../../../src/ir/request.ts";
import { callIds, legalId } from "../../../src/protocols/kit/call-ids.ts";

const call = (id: string): ToolCallBlock => ({
  kind: "toolCall",
  id,
  name: "f",
  argsText: "",
  call: "function",
});
const answer = (id: string): ToolResultBlock => ({
  kind: "toolResult",
  id,
  parts: [],
  isError: false,
});

function turns(...blocks: readonly (ToolCallBlock | ToolResultBlock)[]): readonly Turn[] {
  return blocks.map((block) => ({
    role: block.kind === "toolCall" ? "assistant" : "user",
    place: "inline",
    blocks: [block],
    path: "",
  }));
}

test("legal ids stay, and results find them", () => {
  const [a, ra] = [call("a"), answer("a")];
  const ids = callIds(turns(a, ra), { max: 64 });
  expect([ids.call(a), ids.result(ra), ids.changed(a)]).toEqual(["a", "a", false]);
});

test("E127 an illegal id is the same hash in every request", () => {
  const rule = { max: 9, legal: /^[A-Za-z0-9_]+$/ };
  expect(legalId("toolu-1", { max: 64, legal: /^[a-z]+$/ })).toMatch(/^call_[0-9a-f]{16}$/);
  expect(legalId("x".repeat(10), rule)).toBe(legalId("x".repeat(10), rule));
  expect(legalId("", { max: 64 })).not.toBe("");
});

test("E132 an id that occurs again becomes another, and results go in order", () => {
  const [first, second, one, two, three] = [
    call("a"),
    call("a"),
    answer("a"),
    answer("a"),
    answer("a"),
  ];
  const ids = callIds(turns(first, second, one, two, three), { max: 64 });
  expect([ids.call(first), ids.call(second)]).toEqual(["a", "a_2"]);
  expect([ids.result(one), ids.result(two), ids.result(three)]).toEqual(["a", "a_2", undefined]);
});

test("an id that is used again in a later turn keeps its results", () => {
  const [first, one, second, two] = [call("a"), answer("a"), call("a"), answer("a")];
  const ids = callIds(turns(first, one, second, two), { max: 64 });
  expect([ids.result(one), ids.result(two)]).toEqual(["a", "a_2"]);
});

test("E130 a result without a call has no id", () => {
  const orphan = answer("z");
  expect(callIds(turns(orphan), { max: 64 }).result(orphan)).toBeUndefined();
});
