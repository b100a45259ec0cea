// The neutral reply to a Converse body (translation.md B, column BR).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Candidate, Reply, StopClass } from "../../ir/reply.ts";
import type { Tier } from "../../ir/request.ts";
import { codePoints } from "../kit/code-points.ts";
import { HELD_IN_REPLIES, loseForeignReply } from "../kit/foreign-residues.ts";
import { graft, ownResidues, spells, type Draft } from "../kit/residue.ts";
import { verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { places } from "./places.ts";
import { encodeBlock } from "./reply-encode-blocks.ts";
import { encodeStop } from "./stop.ts";
import { encodeUsage } from "./usage.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;

/** Encodes a reply of any dialect for a client of this one; of several answers the first. */
export function encode(reply: Reply, client: Client): EncodedReply {
  const fates = verdicts(reply, places);
  const { blocks, stop, ext = [] } = reply.candidates[0] ?? NO_ANSWER;
  for (const { id, path } of ownResidues([...reply.ext, ...ext], DIALECT)) fates.keep(id, path);
  if (encodeTier(reply.tier) === undefined) fates.loseNoted("S15", "", "X");
  loseForeignReply(reply, DIALECT, HELD_IN_REPLIES, fates);
  if (!TOLD_APART.has(stop.class)) fates.loseNoted("S10", "", "D");
  for (const id of blocks.flatMap(lostCitations)) fates.loseNoted(id, "", "D");
  fates.loseNoted("S11", "", "X");
  if (hasHomelessTokens(blocks)) fates.loseNoted("S18", "", "X");
  const timed = spells(reply.ext, BODY_GRAFT, "metrics");
  const draft: Draft = {
    output: {
      message: {
        role: "assistant",
        content: blocks.flatMap((block) => encodeBlock(block, client)),
      },
    },
    stopReason: encodeStop(stop),
    usage: encodeUsage(reply.usage),
    // A member that every reply has; how long another vendor took is not known here.
    metrics: timed ? undefined : { latencyMs: 0 },
    serviceTier: encodeTier(reply.tier),
  };
  return { body: graft(draft, reply.ext, BODY_GRAFT), report: fates.report() };
}

/** Classes of stop that have a word of their own here. */
const TOLD_APART: ReadonlySet<StopClass> = new Set([
  "end",
  "stop_sequence",
  "length",
  "context_full",
  "tool_calls",
  "filtered",
  "guardrail",
  "malformed_call",
]);

/** A citation here is about a whole block, without what only another vendor says of it. */
function lostCitations(block: Block): readonly ("S07a" | "S07b")[] {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.flatMap(({ native, range, source }) => {
    if (native.dialect === DIALECT || block.kind !== "text") return [];
    if (source.kind !== "url") return ["S07b"];
    const isWhole =
      range === undefined || (range.start === 0 && range.end === codePoints(block.text));
    return isWhole && !native.text.includes('"encrypted_index"') ? [] : ["S07a"];
  });
}

const NO_ANSWER: Candidate = { blocks: [], stop: { class: "unknown" } };

/** Whether proofs stand on text or calls, where this dialect has no place for them, and on no reasoning. */
function hasHomelessTokens(blocks: readonly Block[]): boolean {
  const signed = blocks.filter(({ opaque }) => opaque !== undefined);
  return signed.length > 0 && signed.every(({ kind }) => kind !== "thinking");
}

/** The tier in this dialect's words; `undefined`: it has none for it. */
export function encodeTier(tier: Tier | undefined): Printable {
  if (tier === undefined) return undefined;
  if (tier.raw === "reserved") return { type: tier.raw };
  return tier.class === "auto" || tier.class === "other" ? undefined : { type: tier.class };
}
