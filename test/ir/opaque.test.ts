import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { baseModel, mayReplay, seal, unseal } from "../../src/ir/opaque.ts";
import type { Opaque } from "../../src/ir/block.ts";
import { opaqueArbitrary } from "../support/events.ts";

const KEY = new Uint8Array(32).fill(7);
const TOKEN: Opaque = {
  vendor: "anthropic",
  model: "claude-sonnet-4-5",
  kind: "signature",
  data: "EqQBCkgIARABGAIiQL8=",
};

test("a sealed token opens to itself", () => {
  fc.assert(
    fc.property(opaqueArbitrary, (opaque) => {
      expect(unseal(seal(opaque, KEY), KEY)).toEqual({
        ...opaque,
        data: opaque.data.toWellFormed(),
      });
    }),
  );
});

test("an envelope is padded standard base64, which every carrier takes", () => {
  fc.assert(
    fc.property(opaqueArbitrary, (opaque) => {
      const text = seal(opaque, KEY);
      expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      expect(text.length % 4).toBe(0);
    }),
  );
});

test("sealing twice gives the same text, so that prompt caches stay warm", () => {
  expect(seal(TOKEN, KEY)).toBe(seal(TOKEN, KEY));
});

test.each(["EqQBCkgIARABGAIiQL8=", "", "cmN", "gAAAAABo"])("%p is a native token", (text) => {
  expect(unseal(text, KEY)).toBeUndefined();
});

test("changing any character of an envelope makes it worthless", () => {
  const text = seal(TOKEN, KEY);
  for (let at = 4; at < text.length; at += 1) {
    if (text[at] === "=") continue;
    const forged = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    // The last character may hold bits that base64 does not use; then the bytes are the same.
    const opened = unseal(forged, KEY);
    const sameBytes = Buffer.from(forged, "base64").equals(Buffer.from(text, "base64"));
    expect(opened?.vendor).toBe(sameBytes ? "anthropic" : "");
  }
});

test.each([
  { name: "the tag alone", text: "cmNs" },
  { name: "an envelope cut short", text: seal(TOKEN, KEY).slice(0, 60) },
  { name: "another key's envelope", text: seal(TOKEN, new Uint8Array(32).fill(8)) },
  { name: "an envelope that is too long", text: `cmNs${"A".repeat(8 * 1024 * 1024)}` },
])("$name opens to a token that is never replayed", ({ text }) => {
  const opened = unseal(text, KEY);
  expect(opened).toEqual({ vendor: "", kind: "signature", data: "" });
  expect(opened !== undefined && mayReplay(opened, { vendor: "", model: "x" })).toBe(false);
});

test.each([
  { name: "same vendor and model", opaque: TOKEN, model: "claude-sonnet-4-5", expected: true },
  { name: "dated name", opaque: TOKEN, model: "claude-sonnet-4-5-20250929", expected: true },
  {
    name: "Bedrock's name",
    opaque: TOKEN,
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    expected: true,
  },
  { name: "Vertex' name", opaque: TOKEN, model: "claude-sonnet-4-5@20250929", expected: true },
  { name: "another model", opaque: TOKEN, model: "claude-opus-4-1", expected: false },
  {
    name: "unknown model",
    opaque: { ...TOKEN, model: undefined },
    model: "claude-opus-4-1",
    expected: true,
  },
])("replay to the vendor that made it: $name", ({ opaque, model, expected }) => {
  const { model: made, ...rest } = opaque;
  const token: Opaque = { ...rest, ...(made === undefined ? {} : { model: made }) };
  expect(mayReplay(token, { vendor: "anthropic", model })).toBe(expected);
  expect(mayReplay(token, { vendor: "openai", model })).toBe(false);
});

test.each([
  ["gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"],
  ["models/gemini-2.5-pro", "gemini-2.5-pro"],
  ["publishers/anthropic/models/claude-opus-4@20250514", "claude-opus-4"],
  ["claude-3-7-sonnet-latest", "claude-3-7-sonnet"],
  ["apac.amazon.nova-pro-v1:0", "nova-pro"],
  ["deepseek-ai/DeepSeek-V3.1", "deepseek-v3.1"],
  [
    "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
    "claude-sonnet-4",
  ],
  ["gpt-4o", "gpt-4o"],
])("%s is the model %s", (model, expected) => {
  expect(baseModel(model)).toBe(expected);
});
