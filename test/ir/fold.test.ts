import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { conform } from "../../src/ir/conform.ts";
import type { Event } from "../../src/ir/event.ts";
import { fold, unfold } from "../../src/ir/fold.ts";
import { replyArbitrary } from "../support/events.ts";

function foldAll(
  events: readonly Event[],
  maxSize?: number,
): ReturnType<ReturnType<typeof fold>["result"]> {
  const folded = fold(maxSize);
  events.forEach(folded.push);
  return folded.result();
}

test("folding the events of a reply returns the reply", () => {
  fc.assert(
    fc.property(replyArbitrary, (reply) => {
      expect(foldAll(unfold(reply))).toEqual({ ok: true, value: reply });
    }),
    { numRuns: 500 },
  );
});

test("the events of a reply obey the grammar but for the order of stop and usage", () => {
  fc.assert(
    fc.property(replyArbitrary, (reply) => {
      const events = unfold({
        ...reply,
        candidates: reply.candidates.map((candidate) => ({
          ...candidate,
          stop: { class: "length" },
        })),
      });
      const grammar = conform({ serial: true });
      const out = events.flatMap(grammar.push);
      const order = (list: readonly Event[]): readonly string[] =>
        list.map((event) => JSON.stringify(event)).sort();
      // A lone half of a character may move from one piece to the next, so pieces are compared after folding.
      expect(foldAll(out)).toEqual(foldAll(events));
      expect(order(out.filter((event) => event.type !== "delta"))).toEqual(
        order(events.filter((event) => event.type !== "delta")),
      );
    }),
  );
});

test("a stream's error is the result", () => {
  const failure = { class: "overloaded", message: "busy" } as const;
  expect(foldAll([{ type: "start" }, { type: "error", failure }])).toEqual({
    ok: false,
    error: failure,
  });
});

test("a stream without its end is no reply", () => {
  expect(foldAll([{ type: "start" }])).toMatchObject({
    ok: false,
    error: { class: "bad-upstream-reply" },
  });
});

test("a reply beyond the cap is refused", () => {
  const events: readonly Event[] = [
    { type: "start" },
    { type: "open", candidate: 0, index: 0, head: { kind: "text" } },
    { type: "delta", candidate: 0, index: 0, text: "x".repeat(11) },
    { type: "close", candidate: 0, index: 0 },
    { type: "stop", candidate: 0, stop: { class: "end" } },
    { type: "end" },
  ];
  expect(foldAll(events, 10)).toMatchObject({
    ok: false,
    error: { message: "the reply is too large" },
  });
  expect(foldAll(events, 11).ok).toBe(true);
});

test("usage is merged field by field and the last word on the tier counts", () => {
  const reply = foldAll([
    { type: "start", tier: { class: "auto", raw: "auto" } },
    { type: "usage", usage: { inFresh: 1, output: 2 } },
    { type: "usage", usage: { output: 3 } },
    { type: "meta", tier: { class: "priority", raw: "priority" } },
    { type: "stop", candidate: 0, stop: { class: "end" } },
    { type: "end" },
  ]);
  expect(reply).toMatchObject({
    ok: true,
    value: { usage: { inFresh: 1, output: 3 }, tier: { raw: "priority" } },
  });
});
