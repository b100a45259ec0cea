import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import { isPlainOrder } from "../../../src/protocols/kit/plain-order.ts";

function plain(...kinds: readonly Block["kind"][]): boolean {
  return isPlainOrder(kinds.map((kind) => ({ kind })));
}

test("reasoning, one text and calls are plain; a second text or another order is not", () => {
  expect(plain("thinking", "text", "toolCall", "toolCall")).toBe(true);
  expect(plain()).toBe(true);
  expect(plain("text", "text")).toBe(false);
  expect(plain("toolCall", "text")).toBe(false);
  expect(plain("text", "thinking")).toBe(false);
});
