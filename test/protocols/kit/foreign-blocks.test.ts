// Blocks and residues of another dialect, and results in groups (translation.md 0.2, B.4).
import { expect, test } from "bun:test";
import type { Block, ToolCallBlock, ToolResultBlock } from "../../../src/ir/block.ts";
import type { Req, Residue, Turn } from "../../../src/ir/request.ts";
import { featureOf, imageFeature } from "../../../src/protocols/kit/block-feature.ts";
import { callIds } from "../../../src/protocols/kit/call-ids.ts";
import { loseForeign, loseForeignReply } from "../../../src/protocols/kit/foreign-residues.ts";
import { assistantRun, groupResults } from "../../../src/protocols/kit/result-groups.ts";
import { toldOnce } from "../../../src/protocols/kit/told-once.ts";
import { verdicts } from "../../../src/protocols/kit/verdicts.ts";
import { places } from "../../../src/protocols/anthropic/places.ts";
import { jsonDocument } from "../../support/json-text.ts";

const ONE = jsonDocument("1").textOf(1);

function residue(dialect: string, path: string, id: Residue["id"] = "R00"): Residue {
  return { dialect, path, text: ONE, id };
}

function text(words: string, ext?: readonly Residue[]): Block {
  return ext === undefined ? { kind: "text", text: words } : { kind: "text", text: words, ext };
}

test("each kind of block is a feature", () => {
  const inline = { kind: "inline", mime: "image/png", base64: "AAAA" } as const;
  const url = { kind: "url", url: "https://example.com/a" } as const;
  const vendor = { kind: "vendor", dialect: "d", text: ONE } as const;
  expect([inline, url, vendor].map(imageFeature)).toEqual(["R06", "R07", "B01"]);
  const documents = [inline, url, vendor].map((media) =>
    featureOf({ kind: "document", content: { kind: "media", media } }),
  );
  expect(documents).toEqual(["R10", "R11", "B01"]);
  expect(featureOf({ kind: "document", content: { kind: "blocks", blocks: [] } })).toBe("R13");
  expect(featureOf(text("a"))).toBe("R01");
  expect(featureOf({ kind: "vendor", dialect: "d", text: ONE, id: "B05" })).toBe("B05");
});

test("residues of another dialect are lost wherever they stand, own ones and held ones are not", () => {
  const request: Req = {
    model: "m",
    stream: false,
    turns: [
      {
        role: "user",
        place: "inline",
        path: "/messages/0",
        blocks: [
          {
            kind: "toolResult",
            id: "c",
            isError: false,
            parts: [text("a", [residue("other", "/messages/0/content/0/x")])],
          },
        ],
      },
    ],
    tools: [],
    sampling: {},
    output: {},
    cache: {},
    identity: {},
    ext: [residue("own", "/y"), residue("other", "/z"), residue("other", "/effort", "R57")],
    options: {},
    uses: [],
    source: "other",
  };
  const fates = verdicts(request, places);
  loseForeign(request, "own", new Set(["R57"]), fates);
  expect(fates.report().losses.map(({ path }) => path)).toEqual(["/z", "/messages/0/content/0/x"]);
});

test("what a reply repeats of the request is missed by nobody", () => {
  const reply = {
    candidates: [],
    ext: [residue("other", "/store", "S00"), residue("other", "/novel", "S00")],
    uses: [{ id: "S00", path: "/novel" }],
  } as const;
  const fates = verdicts(reply, places);
  loseForeignReply(reply, "own", new Set(), fates);
  expect(fates.report().losses.map(({ path }) => path)).toEqual(["/novel"]);
});

function call(id: string): ToolCallBlock {
  return { kind: "toolCall", id, name: "f", argsText: "{}", call: "function" };
}

function result(id: string): ToolResultBlock {
  return { kind: "toolResult", id, parts: [text(id)], isError: false };
}

function turn(role: Turn["role"], ...blocks: readonly Block[]): Turn {
  return { role, place: "inline", blocks, path: "/t" };
}

test("results of one run of assistant turns come together, the rest after them", () => {
  const turns = [
    turn("assistant", call("a")),
    turn("assistant", call("b"), call("c")),
    turn("user", result("b")),
    turn("user", text("words"), result("a")),
    turn("assistant", text("done")),
  ];
  const run = assistantRun(turns, 0);
  expect(run.length).toBe(2);
  const placed = new Set<Block>();
  const ids = callIds(turns, { max: 64, legal: /^\w+$/ });
  const group = groupResults(run, turns.slice(2), placed, ids);
  expect(group?.answers.map(({ id }) => id)).toEqual(["b", "a"]);
  expect(group?.missing).toEqual(["c"]);
  expect(group?.rest.flatMap(({ blocks }) => blocks)).toEqual([text("words")]);
  expect(placed.size).toBe(3);
  expect(groupResults([turn("assistant", text("a"))], [], placed, ids)).toBeUndefined();
});

test("what a stream repeats is told once", () => {
  const told = toldOnce();
  const use = { id: "S00", path: "/x" } as const;
  expect(told.uses([use, use])).toEqual([{ type: "use", ...use }]);
  expect(told.uses([use])).toEqual([]);
  const same = residue("other", "/x");
  expect(told.residues([same, same])).toEqual([same]);
  expect([told.isNew("k"), told.isNew("k")]).toEqual([true, false]);
});
