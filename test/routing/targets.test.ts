import { expect, test } from "bun:test";
import { aliasTable, resolveTarget, type TargetTable } from "../../src/routing/targets.ts";
import type { Pool } from "../../src/routing/upstream.ts";
import { testPool } from "../support/pool.ts";

function pool(name: string): Pool {
  return testPool(name, []);
}

const TABLE: TargetTable = {
  pools: new Map(["fast", "claude", "openai/pinned"].map((name) => [name, pool(name)])),
  ...aliasTable({
    "claude-*": "fast",
    "claude-haiku-*": "claude",
    "gpt-4o": "claude",
    "gpt-*": "fast",
    any: "open/x",
    fast: "claude",
  }),
  adHoc: (provider, model) => (provider === "open" ? pool(`open/${model}`) : undefined),
};

test.each([
  ["fast", "fast"],
  ["openai/pinned", "openai/pinned"],
  ["open/org/model-7b", "open/org/model-7b"],
  ["gpt-4o", "claude"],
  ["gpt-5", "fast"],
  ["claude-sonnet", "fast"],
  ["claude-haiku-4", "claude"],
  ["any", "open/x"],
])("%s means %s", (asked, name) => {
  expect(resolveTarget(TABLE, asked)?.name).toBe(name);
});

test.each(["nobody", "closed/model", "/x", "open/", "Claude-sonnet"])(
  "%p means nothing",
  (asked) => {
    expect(resolveTarget(TABLE, asked)).toBeUndefined();
  },
);
