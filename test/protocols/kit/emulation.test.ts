import { expect, test } from "bun:test";
import { emulationOf, splitStops } from "../../../src/protocols/kit/emulation.ts";

test("the wire gets the first that it takes, the gateway the others, nobody an empty one or one twice", () => {
  const stop = ["a", "", "b", "a", "\n", "c"];
  expect(splitStops(stop, { max: 2, blank: true })).toEqual({
    sent: ["a", "b"],
    enforced: ["\n", "c"],
  });
  expect(splitStops(stop, { max: 9, blank: false })).toEqual({
    sent: ["a", "b", "c"],
    enforced: ["\n"],
  });
  expect(splitStops(stop, { max: 0, blank: true }).sent).toBeUndefined();
  expect(splitStops(undefined, { max: 4, blank: true })).toEqual({
    sent: undefined,
    enforced: undefined,
  });
});

test("several candidates are several calls only where the target gives one at a time", () => {
  const none = splitStops(undefined, { max: 4, blank: true });
  expect(emulationOf({ candidates: 3 }, none, true)).toEqual({ calls: 3 });
  expect(emulationOf({ candidates: 3 }, none, false)).toBeUndefined();
  expect(emulationOf({ candidates: 1 }, none, true)).toBeUndefined();
  expect(emulationOf({ candidates: 100_000 }, none, true)).toEqual({ calls: 128 });
  expect(emulationOf({}, { sent: ["a"], enforced: ["b"] }, true)).toEqual({ stop: ["b"] });
});
