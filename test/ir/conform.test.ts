import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Event, Head } from "../../src/ir/event.ts";
import { conform, type ConformOptions } from "../../src/ir/conform.ts";
import { fold, unfold } from "../../src/ir/fold.ts";
import type { Failure } from "../../src/ir/failure.ts";
import { eventArbitrary, replyArbitrary } from "../support/events.ts";
import { grammarFault } from "../support/grammar.ts";

const TEXT: Head = { kind: "text" };
const call = (id: string): Head => ({ kind: "toolCall", id, name: `name-${id}`, call: "function" });
const open = (index: number, head: Head = TEXT, candidate = 0): Event => ({
  type: "open",
  candidate,
  index,
  head,
});
const delta = (index: number, text: string, candidate = 0): Event => ({
  type: "delta",
  candidate,
  index,
  text,
});
const close = (index: number, candidate = 0): Event => ({ type: "close", candidate, index });
const stop = (name: "end" | "length" | "tool_calls" = "end", candidate = 0): Event => ({
  type: "stop",
  candidate,
  stop: { class: name },
});
const START: Event = { type: "start", id: "r1" };
const END: Event = { type: "end" };
const EARLY: Event = {
  type: "error",
  failure: { class: "bad-upstream-reply", message: "stream ended early" },
};

function run(
  events: readonly Event[],
  options: Partial<ConformOptions> = {},
  failure?: Failure,
): readonly Event[] {
  const grammar = conform({ serial: false, ...options });
  return [...events.flatMap(grammar.push), ...grammar.end(failure)];
}

test("a stream that obeys the grammar passes unchanged", () => {
  const events = [START, open(0), delta(0, "hi"), close(0), stop(), END];
  expect(run(events)).toEqual(events);
});

test("a missing start is added and a second one ignored", () => {
  const body = [open(0), close(0), stop(), END];
  expect(run(body)).toEqual([{ type: "start" }, ...body]);
  expect(run([START, { type: "start", id: "r2" }, ...body])).toEqual([START, ...body]);
});

test("what is said of the reply before its start waits for it", () => {
  const use: Event = { type: "use", id: "S17", path: "/x" };
  const usage: Event = { type: "usage", usage: { inFresh: 3 } };
  expect(run([use, usage, START, stop(), END])).toEqual([START, use, usage, stop(), END]);
  expect(run([usage, open(0), stop(), END]).slice(0, 3)).toEqual([
    { type: "start" },
    usage,
    open(0),
  ]);
  expect(run([usage])).toEqual([{ type: "start" }, usage, EARLY]);
});

test("pings before the start are ignored and later ones kept", () => {
  const ping: Event = { type: "ping" };
  expect(run([ping, START, ping, stop(), END])).toEqual([START, ping, stop(), END]);
});

test("blocks that are open when their candidate stops are closed", () => {
  const out = run([START, open(0), open(1, call("a")), delta(1, "{}"), stop(), END]);
  expect(out).toEqual([
    START,
    open(0),
    open(1, call("a")),
    delta(1, "{}"),
    close(0),
    close(1),
    stop("tool_calls"),
    END,
  ]);
});

test("an index that is opened again is a new block", () => {
  const out = run([START, open(0), delta(0, "a"), open(0), delta(0, "b"), stop(), END]);
  expect(out).toEqual([
    START,
    open(0),
    delta(0, "a"),
    close(0),
    open(1),
    delta(1, "b"),
    close(1),
    stop(),
    END,
  ]);
});

test("indexes are made dense in order of opening, for each candidate apart", () => {
  const out = run([
    START,
    open(7),
    close(7),
    open(3),
    close(3),
    open(5, TEXT, 1),
    stop(),
    stop("end", 1),
    END,
  ]);
  const opens = out.flatMap((event) =>
    event.type === "open" ? [[event.candidate, event.index]] : [],
  );
  expect(opens).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
});

test("usage that comes after the stop still stands before it", () => {
  const early: Event = { type: "usage", usage: { inFresh: 5, output: 1 } };
  const late: Event = { type: "usage", usage: { output: 9 } };
  expect(run([START, early, stop(), late, END])).toEqual([
    START,
    early,
    { type: "usage", usage: { inFresh: 5, output: 9 } },
    stop(),
    END,
  ]);
});

test("the first stop of a candidate counts", () => {
  expect(run([START, stop("length"), stop("end"), END])).toEqual([START, stop("length"), END]);
});

test.each([
  { name: "end becomes tool_calls", given: "end", expected: "tool_calls" },
  { name: "length stays length", given: "length", expected: "length" },
] as const)("a turn with calls: $name", ({ given, expected }) => {
  expect(run([START, open(0, call("a")), stop(given), END]).at(-2)).toEqual(stop(expected));
});

test("a turn that claims calls and holds none just ended", () => {
  expect(run([START, open(0), delta(0, "a"), stop("tool_calls"), END]).at(-2)).toEqual(stop("end"));
});

test("empty pieces are dropped", () => {
  expect(run([START, open(0), delta(0, ""), stop(), END])).not.toContainEqual(delta(0, ""));
});

test("a character is never cut in two", () => {
  const out = run([
    START,
    open(0),
    delta(0, "a\ud83d"),
    delta(0, "\ude00b"),
    delta(0, "\ud83d"),
    stop(),
    END,
  ]);
  const texts = out.flatMap((event) => (event.type === "delta" ? [event.text] : []));
  expect(texts).toEqual(["a", "😀b", "\ud83d"]);
});

test("serial: later blocks wait until the earliest open one closes", () => {
  const events = [
    START,
    open(0, call("a")),
    delta(0, "1"),
    open(1, call("b")),
    delta(1, "x"),
    delta(0, "2"),
    delta(1, "y"),
    close(1),
    close(0),
    stop("tool_calls"),
    END,
  ];
  expect(run(events, { serial: true })).toEqual([
    START,
    open(0, call("a")),
    delta(0, "1"),
    delta(0, "2"),
    close(0),
    open(1, call("b")),
    delta(1, "x"),
    delta(1, "y"),
    close(1),
    stop("tool_calls"),
    END,
  ]);
  expect(run(events)).toEqual(events);
});

test("serial: more waiting than the cap is an error", () => {
  const flood = Array.from({ length: 50 }, () => delta(1, "x".repeat(100)));
  const out = run([START, open(0), open(1), ...flood, stop(), END], {
    serial: true,
    maxQueued: 2000,
  });
  expect(out.at(-1)).toEqual({
    type: "error",
    failure: { class: "bad-upstream-reply", message: "interleaved blocks are too large" },
  });
});

test.each([
  { name: "nothing at all", events: [] },
  { name: "only a start", events: [START] },
  { name: "half a block", events: [START, open(0), delta(0, "half")] },
  { name: "a stop but no end", events: [START, open(0), close(0), stop()] },
])("a body that is over after $name is an error, never a normal end", ({ events }) => {
  const out = run(events);
  expect(out.at(-1)).toEqual(EARLY);
  expect(out.some((event) => event.type === "stop" || event.type === "end")).toBe(false);
});

test("the transport's failure is told when it cut the stream", () => {
  const failure: Failure = { class: "timeout", message: "the upstream fell silent" };
  expect(run([START, open(0)], {}, failure).at(-1)).toEqual({ type: "error", failure });
  expect(run([START, stop(), END], {}, failure).at(-1)).toEqual(END);
});

test("an end without a stop is an error", () => {
  expect(run([START, open(0), END]).at(-1)?.type).toBe("error");
  expect(run([START, open(0), open(0, TEXT, 1), stop(), END]).at(-1)?.type).toBe("error");
});

test("usage that was still held back goes out before an error", () => {
  const usage: Event = { type: "usage", usage: { output: 3 } };
  expect(run([START, stop(), usage])).toEqual([START, usage, EARLY]);
});

test("content outside of a block ends the reply instead of vanishing", () => {
  expect(run([START, delta(0, "lost")]).at(-1)).toEqual({
    type: "error",
    failure: {
      class: "bad-upstream-reply",
      message: "the stream holds a delta outside of a block",
    },
  });
});

test("E310 an error as the first event comes alone, so that it can become an HTTP error", () => {
  const error: Event = { type: "error", failure: { class: "overloaded", message: "busy" } };
  expect(run([error, START, stop(), END])).toEqual([error]);
});

test.each([-1, 1024])("candidate %i is refused", (candidate) => {
  expect(run([START, open(0, TEXT, candidate)]).at(-1)?.type).toBe("error");
});

test("too many open blocks are refused", () => {
  const opens = Array.from({ length: 5000 }, (_, index) => open(index));
  expect(run([START, ...opens]).at(-1)?.type).toBe("error");
});

test("whatever a decoder sends, the grammar holds", () => {
  fc.assert(
    fc.property(fc.array(eventArbitrary, { maxLength: 40 }), fc.boolean(), (events, serial) => {
      expect(grammarFault(run(events, { serial }), serial)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test("interleaved blocks keep their text, serial or not", () => {
  const pieces = fc.array(
    fc.tuple(fc.nat({ max: 3 }), fc.string({ unit: "binary", maxLength: 4 })),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(pieces, fc.boolean(), (parts, serial) => {
      const expected = new Map<number, string>();
      const events: Event[] = [START];
      for (const [index, text] of parts) {
        if (!expected.has(index)) events.push(open(index));
        expected.set(index, (expected.get(index) ?? "") + text);
        events.push(delta(index, text));
      }
      const folded = fold();
      run([...events, stop(), END], { serial }).forEach(folded.push);
      const reply = folded.result();
      const blocks = reply.ok ? reply.value.candidates[0]?.blocks : undefined;
      expect(blocks?.map((block) => (block.kind === "text" ? block.text : block.kind))).toEqual([
        ...expected.values(),
      ]);
    }),
  );
});

test("any prefix of a reply's events ends in an error unless it holds the end", () => {
  fc.assert(
    fc.property(replyArbitrary, fc.nat(), fc.boolean(), (reply, cut, serial) => {
      const events = unfold(reply);
      const kept = events.slice(0, cut % events.length);
      expect(run(kept, { serial }).at(-1)?.type).toBe("error");
      expect(run(events, { serial }).at(-1)?.type).toBe("end");
    }),
  );
});
