import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Event } from "../../src/ir/event.ts";
import { conform } from "../../src/ir/conform.ts";
import { fold } from "../../src/ir/fold.ts";
import type { Reply } from "../../src/ir/reply.ts";
import { cutReply, stopMatcher } from "../../src/ir/stop-match.ts";

const TEXT = { type: "open", candidate: 0, index: 0, head: { kind: "text" } } as const;
const END: readonly Event[] = [
  { type: "close", candidate: 0, index: 0 },
  { type: "usage", usage: { output: 9 } },
  { type: "stop", candidate: 0, stop: { class: "end", raw: "stop" } },
  { type: "end" },
];

function delta(text: string): Event {
  return { type: "delta", candidate: 0, index: 0, text };
}

function run(pieces: readonly string[], sequences: readonly string[], candidates?: number): Reply {
  const matcher = stopMatcher({
    sequences,
    ...(candidates === undefined ? {} : { candidates }),
  });
  const grammar = conform({ serial: false });
  const folded = fold();
  for (const event of [{ type: "start" } as const, TEXT, ...pieces.map(delta), ...END]) {
    for (const legal of grammar.push(event)) matcher.push(legal).forEach(folded.push);
  }
  const reply = folded.result();
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}

function said(reply: Reply): string {
  return (
    reply.candidates[0]?.blocks.map((block) => ("text" in block ? block.text : "")).join("") ?? ""
  );
}

test("a sequence cut over pieces is found, and nothing of it or after it is shown", () => {
  const reply = run(["one two S", "T", "OP three"], ["STOP"], 1);
  expect(said(reply)).toBe("one two ");
  expect(reply.candidates[0]?.stop).toEqual({ class: "stop_sequence", sequence: "STOP" });
});

test("what only looked like a beginning is shown in full", () => {
  const reply = run(["a ST", "ST", "O"], ["STOP"], 1);
  expect(said(reply)).toBe("a STSTO");
  expect(reply.candidates[0]?.stop).toEqual({ class: "end", raw: "stop" });
  expect(reply.usage).toEqual({ output: 9 });
});

test("the first of several sequences that is complete ends the reply", () => {
  expect(said(run(["x BB y A"], ["A", "BB"], 1))).toBe("x ");
});

test("reasoning and arguments are not searched", () => {
  const matcher = stopMatcher({ sequences: ["STOP"], candidates: 1 });
  const head = { kind: "thinking", form: "raw", redacted: false } as const;
  const events: readonly Event[] = [{ ...TEXT, head }, delta("STOP")];
  expect(events.flatMap(matcher.push)).toEqual([...events]);
});

test("a reply of several candidates goes on until all are cut", () => {
  const matcher = stopMatcher({ sequences: ["!"], candidates: 2 });
  const second = { ...TEXT, candidate: 1 } as const;
  [TEXT, second, delta("a!b")].flatMap(matcher.push);
  expect(matcher.isOver()).toBe(false);
  expect(matcher.push({ type: "delta", candidate: 1, index: 0, text: "c!" })).toEqual([
    { type: "delta", candidate: 1, index: 0, text: "c" },
    { type: "close", candidate: 1, index: 0 },
    { type: "stop", candidate: 0, stop: { class: "stop_sequence", sequence: "!" } },
    { type: "stop", candidate: 1, stop: { class: "stop_sequence", sequence: "!" } },
    { type: "end" },
  ]);
  expect(matcher.isOver()).toBe(true);
});

test("a whole reply is cut as a streamed one, with its calls after the sequence and its usage", () => {
  const reply: Reply = {
    candidates: [
      {
        blocks: [
          { kind: "text", text: "yes. END no" },
          { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" },
        ],
        stop: { class: "tool_calls", raw: "tool_calls" },
      },
    ],
    usage: { output: 7 },
    ext: [],
    uses: [],
  };
  expect(cutReply(reply, ["END"])).toEqual({
    ...reply,
    candidates: [
      {
        blocks: [{ kind: "text", text: "yes. " }],
        stop: { class: "stop_sequence", sequence: "END" },
      },
    ],
  });
});

test("however a text is cut in pieces, it ends before the first sequence that is complete", () => {
  const words = fc.stringMatching(/^[ab]{0,12}$/);
  const sequences = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(words, { maxLength: 6 }), sequences, (pieces, stops) => {
      const text = pieces.join("");
      // The first place at which some sequence is complete, and the longest of those that end there.
      const ends = Array.from({ length: text.length }, (_, at) => at + 1);
      const end = ends.find((at) => stops.some((stop) => text.slice(0, at).endsWith(stop)));
      const until = text.slice(0, end);
      const longest = Math.max(
        0,
        ...stops.filter((stop) => until.endsWith(stop)).map((stop) => stop.length),
      );
      expect(said(run(pieces, stops, 1))).toBe(
        end === undefined ? text : until.slice(0, end - longest),
      );
    }),
    { numRuns: 500 },
  );
});
