import { expect, test } from "bun:test";
import { checkBodies, OVER, ON, stepFor, toldOf } from "../../../src/protocols/kit/check-frames.ts";
import type { Frame } from "../../../src/wire/frame.ts";

const sse = (data: string): Frame => ({ kind: "sse", event: undefined, data });
const judge = () =>
  checkBodies(({ body }) =>
    stepFor(body["bad"] === true ? "bad" : undefined, body["last"] === true ? OVER : ON),
  );

test("a stream that ends with its end has no fault, whatever comments are in it", () => {
  const check = judge();
  const frames: readonly Frame[] = [
    { kind: "comment", text: "x" },
    sse("{}"),
    sse('{"last":true}'),
    { kind: "comment", text: "y" },
  ];
  expect(frames.map(check.push)).toEqual([undefined, undefined, undefined, undefined]);
  expect(check.end()).toBeUndefined();
});

test.each([
  { frames: ["{}"], fault: "the stream ends after 1 frames without its end" },
  { frames: ['{"last":true}', "{}"], fault: "frame 2: a frame after the end" },
  { frames: ["{}", '{"bad":true}', '{"bad":true}'], fault: "frame 2: bad" },
  { frames: ["[]"], fault: "frame 1: not an object" },
  { frames: ["{"], fault: "frame 1: not JSON" },
])("$fault is told once", ({ frames, fault }) => {
  const check = judge();
  const found = [...frames.map((data) => check.push(sse(data))), check.end()].filter(
    (each) => each !== undefined,
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toStartWith(fault);
});

test("every framing has a body", () => {
  const payload = new TextEncoder().encode('{"a":1}');
  const headers = new Map([[":event-type", { type: "string", value: "x" } as const]]);
  expect(toldOf({ kind: "message", headers, payload })).toEqual({
    ok: true,
    value: { event: "x", body: { a: 1 } },
  });
  expect(toldOf({ kind: "element", text: '{"a":1}' })).toEqual({
    ok: true,
    value: { event: undefined, body: { a: 1 } },
  });
});
