import { expect, test } from "bun:test";
import type { Block } from "../../src/ir/block.ts";
import { emptyEnds, emptyFailure } from "../../src/ir/empty-end.ts";
import { unfold } from "../../src/ir/fold.ts";
import type { Reply, StopClass } from "../../src/ir/reply.ts";
import { jsonText } from "../support/json-text.ts";

const THOUGHT: Block = { kind: "thinking", text: "hm", form: "raw", redacted: false };
const FOREIGN: Block = { kind: "vendor", dialect: "d", text: jsonText("{}"), id: "S06" };
const CALL: Block = { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" };
const PICTURE: Block = {
  kind: "image",
  media: { kind: "inline", mime: "image/png", base64: "AAAA" },
};

function replyOf(kind: StopClass, ...blocks: readonly Block[]): Reply {
  return { candidates: [{ blocks, stop: { class: kind } }], ext: [], uses: [] };
}

test.each<[boolean, Reply]>([
  [true, replyOf("malformed_call")],
  [true, replyOf("malformed_call", THOUGHT, FOREIGN)],
  [true, replyOf("malformed_call", { kind: "text", text: "" })],
  [false, replyOf("malformed_call", { kind: "text", text: "a" })],
  [false, replyOf("malformed_call", { kind: "refusal", text: "no" })],
  [false, replyOf("malformed_call", CALL)],
  [false, replyOf("malformed_call", THOUGHT, PICTURE)],
  [false, replyOf("end")],
])("failed: %p, whole and streamed: %j", (failed, reply) => {
  const vague = ["malformed_call"] as const;
  expect(emptyFailure(reply, vague) !== undefined).toBe(failed);
  const types = unfold(reply)
    .flatMap(emptyEnds(vague))
    .map(({ type }) => type);
  expect(types.at(-1)).toBe(failed ? "error" : "end");
  expect(emptyFailure(reply, [])).toBeUndefined();
});
