import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Block } from "../../src/ir/block.ts";
import type { Event } from "../../src/ir/event.ts";
import { fold, unfold } from "../../src/ir/fold.ts";
import type { Candidate, Reply } from "../../src/ir/reply.ts";
import {
  restoreEvents,
  restoreReply,
  unwrapper,
  unwrapText,
  type Restore,
} from "../../src/ir/restore.ts";
import { replyArbitrary } from "../support/events.ts";

const RESTORE: Restore = { toolNames: new Map([["a_b", "a.b"]]), wrapped: new Set(["a.b", "run"]) };

/** Feeds the text in the given pieces. */
function unwrapPieces(pieces: readonly string[]): string {
  const scanner = unwrapper();
  return pieces.map(scanner.push).join("") + scanner.end();
}

test.each([
  { name: "a wrapper", given: '{"input":"print(1)"}', expected: "print(1)" },
  { name: "white space around", given: ' {\n "input" : "x" } ', expected: "x" },
  {
    name: "every escape",
    given: String.raw`{"input":"\"\\\/\b\f\n\r\tA"}`,
    expected: '"\\/\b\f\n\r\tA',
  },
  { name: "a pair of escapes", given: String.raw`{"input":"\ud83d\ude00"}`, expected: "😀" },
  { name: "a lone half of a pair", given: String.raw`{"input":"\ud83d!"}`, expected: "\ud83d!" },
  { name: "an empty input", given: '{"input":""}', expected: "" },
  { name: "no arguments", given: "", expected: "" },
  { name: "an empty object", given: "{ }", expected: "" },
  { name: "another key first", given: '{"why":"x","input":"y\\n"}', expected: "y\n" },
  { name: "no input at all", given: '{"code":"x"}', expected: '{"code":"x"}' },
  {
    name: "an input that is no string",
    given: '{"input":{"a":1.0}}',
    expected: '{"input":{"a":1.0}}',
  },
  { name: "bare text", given: "print(1)", expected: "print(1)" },
  { name: "a bare number", given: "12", expected: "12" },
  { name: "a wrapper cut short", given: '{"input":"half', expected: "half" },
  {
    name: "a wrapper cut within an escape",
    given: String.raw`{"input":"a\u00`,
    expected: String.raw`a\u00`,
  },
  { name: "a wrapper cut within its opening", given: '{"inp', expected: '{"inp' },
  {
    name: "an escape that JSON does not know",
    given: String.raw`{"input":"\d+"}`,
    expected: String.raw`\d+`,
  },
  {
    name: "an unfinished unicode escape",
    given: String.raw`{"input":"\uzz"}`,
    expected: String.raw`\uzz`,
  },
  {
    name: "more white space than is waited for",
    given: `{${" ".repeat(2000)}"input":"x"}`,
    expected: "x",
  },
])("unwrapping $name gives the text, however it is cut", ({ given, expected }) => {
  expect(unwrapText(given)).toBe(expected);
  expect(unwrapPieces(given.split(""))).toBe(expected);
  for (let cut = 0; cut <= given.length; cut += 1) {
    expect(unwrapPieces([given.slice(0, cut), given.slice(cut)])).toBe(expected);
  }
});

test("unwrapping is the reverse of wrapping, however the wrapper is cut and its characters are escaped", () => {
  const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), cuts, fc.boolean(), (text, places, ascii) => {
      const plain = JSON.stringify({ input: text });
      const wrapped = ascii ? escapeNonAscii(plain) : plain;
      const edges = [0, ...places.toSorted((a, b) => a - b), wrapped.length];
      const pieces = edges.map((edge, at) => wrapped.slice(edge, edges[at + 1] ?? wrapped.length));
      expect(unwrapPieces(pieces)).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

function escapeNonAscii(text: string): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replaceAll(/[^\x20-\x7e]/g, escape);
}

test("E307 text comes out as soon as it is certain, and no piece ends within a character", () => {
  const scanner = unwrapper();
  expect(scanner.push('{"input":"ab')).toBe("ab");
  expect(scanner.push("c\\")).toBe("c");
  expect(scanner.push("nd")).toBe("\nd");
  expect(scanner.push(String.raw`\ud8`)).toBe("");
  expect(scanner.push("3d")).toBe("");
  expect(scanner.push(String.raw`\ude0`)).toBe("");
  expect(scanner.push('0"')).toBe("😀");
  expect(scanner.push("}")).toBe("");
  expect(scanner.end()).toBe("");
});

test("more than can be held back is passed on as it came", () => {
  const scanner = unwrapper();
  const megabyte = "x".repeat(1024 * 1024);
  let out = scanner.push('{"other":"');
  for (let i = 0; i < 17; i += 1) out += scanner.push(megabyte);
  expect(out.length).toBe('{"other":"'.length + 17 * megabyte.length);
  expect(scanner.push("more")).toBe("more");
});

const REPLY: Reply = {
  candidates: [
    {
      blocks: [
        { kind: "text", text: "hello" },
        { kind: "toolCall", id: "1", name: "a_b", argsText: '{"input":"x\\ny"}', call: "function" },
        {
          kind: "toolCall",
          id: "2",
          name: "plain",
          argsText: '{"input":"kept"}',
          call: "function",
        },
        { kind: "toolCall", id: "3", name: "run", argsText: "already free", call: "custom" },
      ],
      stop: { class: "tool_calls" },
    },
  ],
  ext: [],
  uses: [],
};

test("names and free-form tools of a reply change back", () => {
  expect(restoreReply(REPLY, RESTORE).candidates[0]?.blocks).toEqual([
    { kind: "text", text: "hello" },
    { kind: "toolCall", id: "1", name: "a.b", argsText: "x\ny", call: "custom" },
    { kind: "toolCall", id: "2", name: "plain", argsText: '{"input":"kept"}', call: "function" },
    { kind: "toolCall", id: "3", name: "run", argsText: "already free", call: "custom" },
  ]);
});

test("a stream is restored to what the whole reply is restored to", () => {
  const restored = (reply: Reply): unknown => {
    const folded = fold();
    unfold(reply).flatMap(restoreEvents(RESTORE)).forEach(folded.push);
    return folded.result();
  };
  expect(restored(REPLY)).toEqual({ ok: true, value: restoreReply(REPLY, RESTORE) });
  fc.assert(
    fc.property(replyArbitrary, (reply) => {
      expect(restored(reply)).toEqual({ ok: true, value: restoreReply(reply, RESTORE) });
    }),
  );
});

test("calls inside of a whole block change back too", () => {
  const block = {
    kind: "toolCall",
    id: "1",
    name: "a_b",
    argsText: '{"input":"x"}',
    call: "function",
  } as const;
  const event: Event = { type: "open", candidate: 0, index: 0, head: { kind: "whole", block } };
  expect(restoreEvents(RESTORE)(event)).toEqual([
    {
      type: "open",
      candidate: 0,
      index: 0,
      head: { kind: "whole", block: { ...block, name: "a.b", argsText: "x", call: "custom" } },
    },
  ]);
});

const ANSWER: Restore = { toolNames: new Map(), wrapped: new Set(), answer: "response" };

function called(name: string, index: number): Candidate {
  const block: Block = {
    kind: "toolCall",
    id: `c${index}`,
    name,
    argsText: '{"a":1.0}',
    call: "function",
  };
  return { blocks: [block], stop: { class: "tool_calls", raw: "tool_use" } };
}

test("E156 an answer that came as a call is text, buffered and streamed, and the model stopped for its end", () => {
  const reply: Reply = { candidates: [called("response", 0)], ext: [], uses: [] };
  const expected = [
    {
      blocks: [{ kind: "text", text: '{"a":1.0}' }],
      stop: { class: "end", raw: "tool_use" },
    },
  ] as const;
  expect(restoreReply(reply, ANSWER).candidates).toEqual(expected);
  const folded = fold();
  unfold(reply).flatMap(restoreEvents(ANSWER)).forEach(folded.push);
  const streamed = folded.result();
  expect(streamed.ok ? streamed.value.candidates : streamed.error).toEqual(expected);
});

test("E157 real calls beside the answer stay calls, and what the model stopped for", () => {
  const [answer, real] = [called("response", 0), called("f", 1)];
  const candidate = { ...real, blocks: [...answer.blocks, ...real.blocks] };
  const reply: Reply = { candidates: [candidate], ext: [], uses: [] };
  const restored = restoreReply(reply, ANSWER).candidates[0];
  expect(restored?.blocks.map(({ kind }) => kind)).toEqual(["text", "toolCall"]);
  expect(restored?.stop.class).toBe("tool_calls");
  const folded = fold();
  unfold(reply).flatMap(restoreEvents(ANSWER)).forEach(folded.push);
  const streamed = folded.result();
  expect(streamed.ok ? streamed.value.candidates[0] : streamed.error).toEqual(restored);
});
