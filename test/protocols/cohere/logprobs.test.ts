// Log probabilities (Cohere API reference: v2 chat, `logprobs`; translation.md B.9 S08).
import { expect, test } from "bun:test";
import { decodeLogprob, encodeLogprob } from "../../../src/protocols/cohere/logprobs.ts";
import { about, decodeMessage, decodeStream, encodeStream, folded, sent } from "./harness.ts";

const PIECE = { text: "Hi", token_ids: [7], logprobs: [-0.5] };

test("a piece of several tokens has the probability of all of them together", () => {
  const piece = { text: "Hi!", token_ids: [1, 2], logprobs: [-0.5, -0.25] };
  expect(decodeLogprob(piece)).toEqual({ token: "Hi!", logprob: -0.75, top: [] });
});

test("what is no piece is none", () => {
  expect(decodeLogprob(undefined)).toBeUndefined();
  expect(decodeLogprob({ text: "Hi", token_ids: [7] })).toBeUndefined();
});

test("another vendor's token has no number here", () => {
  const token = { token: "Hi", logprob: -0.5, bytes: [72, 105], top: [] };
  expect(encodeLogprob(token)).toEqual({ text: "Hi", token_ids: [], logprobs: [-0.5] });
});

test("they stand beside a whole answer, and on the pieces of a streamed one", () => {
  const whole = decodeMessage({ role: "assistant" }, { logprobs: [PIECE] });
  const expected = [{ token: "Hi", logprob: -0.5, top: [] }];
  expect(whole.candidates[0]?.logprobs).toEqual(expected);
  const delta = { message: { content: { text: "Hi" } } };
  const events = decodeStream([
    about("content-start", { content: { type: "text", text: "" } }, 0),
    sent("content-delta", { index: 0, delta, logprobs: PIECE }),
    sent("content-end", { index: 0 }),
  ]);
  const streamed = folded(events);
  expect(streamed.ok ? streamed.value.candidates[0]?.logprobs : streamed).toEqual(expected);
  const written = encodeStream(events).flatMap(({ logprobs }) => logprobs ?? []);
  expect(written).toEqual([{ text: "Hi", token_ids: [], logprobs: [-0.5] }]);
});
