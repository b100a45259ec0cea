import { expect, test } from "bun:test";
import { err, ok, unreachable } from "../../src/lib/result.ts";

test("success and failure tell themselves apart", () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(err("no")).toEqual({ ok: false, error: "no" });
});

test("reaching the unreachable is a bug, and the message shows the value", () => {
  // A value that the types rule out, as a peer of another version could send it.
  const impossible = JSON.parse('{"kind":"new"}') as never;
  expect(() => unreachable(impossible)).toThrow('unreachable value: {"kind":"new"}');
});
