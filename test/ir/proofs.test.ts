import { expect, test } from "bun:test";
import type { Block, Opaque } from "../../src/ir/block.ts";
import { withoutProofs } from "../../src/ir/proofs.ts";
import type { Req } from "../../src/ir/request.ts";

const TOKEN: Opaque = { vendor: "v", kind: "encrypted", data: "x" };

function requestWith(blocks: readonly Block[]): Req {
  return {
    model: "m",
    stream: false,
    turns: [{ role: "assistant", place: "inline", blocks, path: "/input/3" }],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [],
    options: {},
    uses: [{ id: "R62", path: "/input/3" }],
    source: "elsewhere",
  };
}

test("reasoning goes with its token, a call only loses the token, and both are told", () => {
  const call = { kind: "toolCall", id: "c", name: "f", argsText: "{}", call: "function" } as const;
  const thinking = { kind: "thinking", text: "hm", form: "summary", redacted: false } as const;
  const made = withoutProofs(
    requestWith([{ ...thinking, opaque: [TOKEN] }, thinking, { ...call, opaque: [TOKEN] }]),
  );
  expect(made?.request.turns[0]?.blocks).toEqual([thinking, call]);
  expect(made?.request.uses).toEqual([]);
  expect(made?.losses).toEqual([{ id: "R62", path: "/input/3", level: "X" }]);
});

test("a request without tokens has nothing to take out", () => {
  expect(withoutProofs(requestWith([{ kind: "text", text: "hi" }]))).toBeUndefined();
});
