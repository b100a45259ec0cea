// What is said of Claude in the dialect of whoever hosts it (translation.md B.6, B.8, B.10).
import { expect, test } from "bun:test";
import type { Block } from "../../../src/ir/block.ts";
import type { Reasoning, Req } from "../../../src/ir/request.ts";
import { chooseBreakpoints } from "../../../src/protocols/kit/breakpoints.ts";
import {
  encodeReasoning,
  isProven,
  wantedBudget,
} from "../../../src/protocols/kit/claude-reasoning.ts";
import { CLAUDE_VENDOR } from "../../../src/protocols/kit/claude-vendor.ts";
import { acceptedSampling } from "../../../src/protocols/kit/unit-sampling.ts";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/anthropic/places.ts";
import type { ModelCapabilities, Target } from "../../../src/protocols/protocol.ts";

const REQUEST: Req = {
  model: "m",
  stream: false,
  turns: [],
  tools: [],
  sampling: {},
  output: {},
  cache: {},
  identity: {},
  ext: [],
  options: {},
  uses: [],
  source: "elsewhere",
};

function target(capabilities: ModelCapabilities): Target {
  return { model: "m", stream: false, vendor: CLAUDE_VENDOR, capabilities, profile: {} };
}

function asked(reasoning: Reasoning, capabilities: ModelCapabilities, room = 100_000) {
  const request = { ...REQUEST, reasoning };
  const context = {
    request,
    target: target(capabilities),
    verdicts: verdicts(request, places),
    isOwn: false,
  };
  return encodeReasoning(context, room);
}

test("a budget for models that take one, words for those that adapt", () => {
  expect(asked({ mode: "on", budget: 5000 }, { reasoning: "budget" }).thinking).toMatchObject({
    type: "enabled",
    budget_tokens: 5000,
  });
  const adaptive = asked({ mode: "on", effort: "high" }, { reasoning: "adaptive" });
  expect(adaptive).toMatchObject({ thinking: { type: "adaptive" }, effort: "high", isOn: true });
  expect(asked({ mode: "on", effort: "high" }, { reasoning: "none" }).thinking).toBeUndefined();
});

test("a budget stays in its room, and below the least there is none", () => {
  expect(asked({ mode: "on", budget: 5000 }, { reasoning: "budget" }, 2000).thinking).toMatchObject(
    {
      budget_tokens: 2000,
    },
  );
  expect(asked({ mode: "on", budget: 5000 }, { reasoning: "budget" }, 1000).isOn).toBe(false);
});

test("a wish without a number is the budget of its word", () => {
  expect(wantedBudget({ mode: "on", budget: 3 })).toBe(3);
  expect(wantedBudget({ mode: "on" })).toBe(wantedBudget({ mode: "on", effort: "medium" }));
});

test("reasoning is proven by a token that the target takes", () => {
  const proven = (vendor: string): Block => ({
    kind: "thinking",
    text: "so",
    form: "summary",
    redacted: false,
    opaque: [{ vendor, kind: "signature", data: "sig" }],
  });
  expect(isProven(proven(CLAUDE_VENDOR), { target: target({}) })).toBe(true);
  expect(isProven(proven("elsewhere"), { target: target({}) })).toBe(false);
});

test("sampling is cut to what the model takes", () => {
  const given = { temperature: 1.5, topP: 0.9, topK: 4 };
  expect(acceptedSampling(given, undefined, false)).toEqual({ temperature: 1, topP: 0.9, topK: 4 });
  expect(acceptedSampling(given, "one", false)).toEqual({ temperature: 1, topK: 4 });
  expect(acceptedSampling(given, "none", false)).toEqual({});
  expect(acceptedSampling({ temperature: 0.5, topP: 0.96 }, undefined, true)).toEqual({
    topP: 0.96,
  });
});

test("of more than four breakpoints the first of the system and the last ones stay", () => {
  const blocks = ["a", "b", "c", "d", "e"].map((text): Block => ({
    kind: "text",
    text,
    cache: {},
  }));
  const [first, second, ...rest] = blocks;
  if (first === undefined || second === undefined) throw new Error("no blocks");
  const request: Req = {
    ...REQUEST,
    turns: [
      { role: "system", place: "top", path: "/system", blocks: [first] },
      { role: "user", place: "inline", path: "/messages/0", blocks: [second, ...rest] },
    ],
  };
  const fates = verdicts(request, places);
  const chosen = chooseBreakpoints(request, fates, false);
  expect([...chosen.keys()]).toEqual([first, ...rest]);
  expect(fates.report().losses).toEqual([{ id: "R63", path: "/messages/0", level: "X" }]);
});

test("E163 a budget for a model that adapts is a word, and no number is sent", () => {
  const { thinking, effort } = asked({ mode: "on", budget: 20_000 }, { reasoning: "adaptive" });
  expect(thinking).not.toHaveProperty("budget_tokens");
  expect([thinking?.["type"], effort]).toEqual(["adaptive", "high"]);
});
