import { expect, test } from "bun:test";
import { refusesProofs } from "../../../src/protocols/kit/refused-proofs.ts";

test.each([
  "The encrypted content gAAA could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
  "messages.1.content.0: Invalid `signature` in `thinking` block",
  "The model returned the following errors: messages.1.content.0: Invalid `signature` in `thinking` block",
  "messages.5.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
  "Thought signature is not valid.",
])("%s", (message) => {
  expect(refusesProofs({ class: "invalid", message })).toBe(true);
});

test("the code alone says it", () => {
  expect(
    refusesProofs({ class: "invalid", message: "no", code: "invalid_encrypted_content" }),
  ).toBe(true);
});

test("other mistakes are the caller's own, and other failures nobody's", () => {
  expect(refusesProofs({ class: "invalid", message: "thinking.budget_tokens: too small" })).toBe(
    false,
  );
  expect(refusesProofs({ class: "invalid", message: "the signature of the file is unknown" })).toBe(
    false,
  );
  expect(
    refusesProofs({ class: "overloaded", message: "Invalid `signature` in `thinking` block" }),
  ).toBe(false);
});
