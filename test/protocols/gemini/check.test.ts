// Replies as the API reference shows them pass; each small change that would break a client does not.
import { expect, test } from "bun:test";
import type { Json } from "../../../src/lib/json.ts";
import { check } from "../../../src/protocols/gemini/check.ts";
import { data, faultOf, swapped, twice, without } from "../../support/checks.ts";

const say = (...parts: readonly Json[]) => ({ content: { role: "model", parts }, index: 0 });
const done = { ...say({ text: "Hi" }), finishReason: "STOP" };
const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 };
const reply = { candidates: [done], usageMetadata, modelVersion: "m", responseId: "r" };
const call = { functionCall: { name: "f", args: {} }, thoughtSignature: "c2ln" };

test("a reply as the documentation has it passes", () => {
  expect(check.reply(reply)).toBeUndefined();
  expect(
    check.reply({ ...reply, candidates: [{ ...say(call), finishReason: "STOP" }] }),
  ).toBeUndefined();
  expect(check.reply({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata })).toBeUndefined();
});

test.each([
  { wrong: { candidates: [] }, says: "neither candidates" },
  { wrong: { promptFeedback: { blockReason: "SAFETY" } }, says: "blocked prompt with candidates" },
  {
    wrong: { candidates: [{ ...done, finishReason: "stop" }] },
    says: "/candidates/0/finishReason",
  },
  { wrong: { candidates: [say({ text: "" })] }, says: "no finishReason" },
  { wrong: { candidates: [{ ...done, index: 1 }] }, says: "has the index 1" },
  {
    wrong: { candidates: [{ ...done, content: { role: "assistant", parts: [] } }] },
    says: "/content/role",
  },
  {
    wrong: { candidates: [{ ...done, ...say({ text: "", functionCall: { name: "f" } }) }] },
    says: "/parts/0",
  },
  { wrong: { candidates: [{ ...done, ...say({ thought: true }) }] }, says: "/parts/0" },
  {
    wrong: { candidates: [{ ...done, ...say({ functionCall: { name: "f", args: "{}" } }) }] },
    says: "/args",
  },
  { wrong: { usageMetadata: { promptTokenCount: -1 } }, says: "/usageMetadata" },
])("a reply with $wrong does not", ({ wrong, says }) => {
  expect(check.reply({ ...reply, ...wrong })).toContain(says);
});

const stream = [
  data({ candidates: [say({ text: "H" })] }),
  data({ candidates: [say(call)] }),
  data({ candidates: [{ ...say({ text: "" }), finishReason: "STOP" }], usageMetadata }),
];
const failure = data({ error: { code: 503, message: "m", status: "UNAVAILABLE" } });

test("a stream passes, one that fails as well, and either in an array", () => {
  expect(faultOf(check, stream)).toBeUndefined();
  expect(faultOf(check, [...stream.slice(0, 1), failure])).toBeUndefined();
  expect(faultOf(check, [{ kind: "element", text: JSON.stringify(reply) }])).toBeUndefined();
  expect(faultOf(check, [data({ promptFeedback: { blockReason: "OTHER" } })])).toBeUndefined();
});

test.each([
  { what: "no finishReason", frames: without(stream, 2), fault: "candidate 0 has no finishReason" },
  { what: "two of them", frames: twice(stream, 2), fault: "after its end" },
  { what: "[DONE]", frames: [...stream, data("[DONE]")], fault: "not JSON" },
  { what: "nothing", frames: [], fault: "no chunk" },
  { what: "no candidate", frames: [data({ usageMetadata })], fault: "no candidate" },
  {
    what: "a named event",
    frames: [{ kind: "sse", event: "x", data: "{}" } as const],
    fault: "named x",
  },
  {
    what: "a code that is no status",
    frames: [data({ error: { code: 14, message: "m", status: "X" } })],
    fault: "no HTTP error",
  },
  {
    what: "something after an error",
    frames: swapped([failure, ...stream], 1, failure),
    fault: "after the end",
  },
])("a stream with $what does not", ({ frames, fault }) => {
  expect(faultOf(check, frames)).toContain(fault);
});
