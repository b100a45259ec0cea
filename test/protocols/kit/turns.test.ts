import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Use } from "../../../src/ir/loss.ts";
import type { Req, Turn } from "../../../src/ir/request.ts";
import type { ModelCapabilities } from "../../../src/protocols/protocol.ts";
import { callIds } from "../../../src/protocols/kit/call-ids.ts";
import {
  answeringContent,
  mergeNeighbours,
  only,
  spokenContent,
  startedByUser,
  TEXTS,
  wrappedInstruction,
  type TurnContext,
} from "../../../src/protocols/kit/turns.ts";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/anthropic/places.ts";

const text = (words: string): Block => ({ kind: "text", text: words });
const call = (id: string): Block => ({
  kind: "toolCall",
  id,
  name: "f",
  argsText: "{}",
  call: "function",
});
const result = (id: string): Block => ({ kind: "toolResult", id, parts: [], isError: false });
const turn = (role: Turn["role"], ...blocks: readonly Block[]): Turn => ({
  role,
  place: "inline",
  blocks,
  path: "/m/0",
});

function contextOf(
  turns: readonly Turn[],
  capabilities: ModelCapabilities = {},
  uses: readonly Use[] = [],
): TurnContext {
  const request: Req = {
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
    uses,
    source: "elsewhere",
  };
  return {
    request,
    target: { model: "m", stream: false, vendor: "v", capabilities, profile: {} },
    verdicts: verdicts(request, places),
    ids: callIds(turns, { max: 64 }),
    isOwn: false,
  };
}

const words = (blocks: readonly Block[]): readonly string[] =>
  blocks.map((block) => (block.kind === "text" ? block.text : block.kind));

test("blocks of another kind are reported, but not those of the dialect itself", () => {
  const context = contextOf([]);
  const place = { path: "/m/0", context };
  expect(only([text("a"), call("c")], TEXTS, place)).toEqual([text("a")]);
  expect(context.verdicts.report().losses).toMatchObject([{ path: "/m/0", level: "X" }]);
  const own = { path: "/m/0", context: { ...context, isOwn: true } };
  expect(only([text("a"), call("c")], TEXTS, own)).toHaveLength(2);
});

test("an instruction among the turns is marked as one", () => {
  expect(wrappedInstruction([text("a"), call("c"), text("b")])).toEqual({
    text: "<system_instruction>\na\nb\n</system_instruction>",
    texts: [text("a"), text("b")],
    others: [call("c")],
  });
});

test("neighbours of one role become one, unless they must stay apart", () => {
  const messages = ["user a", "user b", "model c", "model !d"].map((line) => {
    const [role = "", said = ""] = line.split(" ");
    return { role, said };
  });
  const joined = mergeNeighbours(messages, (first, second) =>
    second.said.startsWith("!") ? undefined : { ...first, said: first.said + second.said },
  );
  expect(joined.map(({ said }) => said)).toEqual(["ab", "c", "!d"]);
});

test("the user speaks first, and last where the model continues no prefill", () => {
  const dot = { role: "user" };
  const said = [{ role: "assistant" }];
  expect(startedByUser(said, dot, contextOf([])).map(({ role }) => role)).toEqual([
    "user",
    "assistant",
  ]);
  const context = contextOf([turn("assistant", text("a"))], { prefill: false });
  expect(startedByUser(said, dot, context).map(({ role }) => role)).toEqual([
    "user",
    "assistant",
    "user",
  ]);
  expect(context.verdicts.report().losses).toEqual([{ id: "R41", path: "/m/0", level: "X" }]);
});

test("the last words of an assistant end without white space; silence is left out", () => {
  const run = [turn("assistant", text("a "), text("b "))];
  const context = contextOf(run);
  expect(spokenContent(run, true, context, words)).toEqual(["a ", "b"]);
  expect(spokenContent(run, false, context, words)).toEqual(["a ", "b "]);
  expect(spokenContent([turn("assistant", text(" "))], false, context, () => [])).toBeUndefined();
  expect(spokenContent([turn("assistant", call("c"))], false, context, () => [])).toEqual([]);
});

test("results are in front, then what is missing, then what else was said", () => {
  const run = [turn("assistant", call("a"), call("b"))];
  const following = [turn("user", text("wait"), result("b"))];
  const context = contextOf([...run, ...following]);
  const placed = new Set<Block>();
  const answer = answeringContent({ run, following }, placed, context, {
    result: ({ id }) => [`result ${id}`],
    missing: (id) => `missing ${id}`,
    others: words,
  });
  expect(answer?.content).toEqual(["result b", "missing a", "wait"]);
  expect(context.verdicts.report().losses).toEqual([{ id: "R40", path: "/m/0", level: "D" }]);
  const write = { result: () => [], missing: () => "", others: () => [] };
  expect(answeringContent({ run, following: [] }, new Set(), context, write)).toBeUndefined();
});
