// The neutral reply to a Messages body (translation.md B, column AN).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Candidate, Reply, Stop, StopClass } from "../../ir/reply.ts";
import type { Tier } from "../../ir/request.ts";
import { hash16 } from "../kit/hash.ts";
import { HELD_IN_REPLIES, loseForeignReply } from "../kit/foreign-residues.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import { verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { encodeCitation } from "./citations.ts";
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
  if (MERGED.has(stop.class)) fates.loseNoted("S10", "", "D");
  if (hasHomelessTokens(blocks)) fates.loseNoted("S18", "", "X");
  if (blocks.some(isForeign)) fates.loseNoted("S06", "", "X");
  if (blocks.some(citesById)) fates.loseNoted("S07b", "", "D");
  if (blocks.some(citesUnknown)) fates.loseNoted("S07b", "", "X");
  const draft: Draft = {
    id: encodeId(reply.id, client),
    type: "message",
    role: "assistant",
    model: reply.model ?? client.model,
    content: blocks.flatMap((block) => encodeBlock(block, client)),
    ...stopMembers(stop),
    usage: { ...encodeUsage(reply.usage), service_tier: encodeTier(reply.tier) },
  };
  return { body: graft(draft, reply.ext, BODY_GRAFT), report: fates.report() };
}

/** Classes of stop that are told as a refusal here, or as an ordinary end. */
const MERGED: ReadonlySet<StopClass> = new Set([
  "filtered",
  "recitation",
  "guardrail",
  "malformed_call",
  "error",
]);

const NO_ANSWER: Candidate = { blocks: [], stop: { class: "unknown" } };

/** Whether proofs stand on text or calls, where this dialect has no place for them, and on no reasoning. */
function hasHomelessTokens(blocks: readonly Block[]): boolean {
  const signed = blocks.filter(({ opaque }) => opaque !== undefined);
  return signed.length > 0 && signed.every(({ kind }) => kind !== "thinking");
}

function isForeign(block: Block): boolean {
  return block.kind === "vendor" && block.dialect !== DIALECT;
}

/** Whether a text cites what has no place here, such as a file of another vendor's. */
function citesUnknown(block: Block): boolean {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.some((citation) => encodeCitation(citation) === undefined);
}

/** Whether a text names what it cites by an id, for which there is no place here. */
function citesById(block: Block): boolean {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.some(
    ({ native, source }) =>
      native.dialect !== DIALECT && source.kind === "document" && source.id !== undefined,
  );
}

/** An id of this dialect passes; another is made from the upstream's (B.15). */
export function encodeId(id: string | undefined, client: Client): string {
  return id?.startsWith("msg_") === true ? id : `msg_${hash16(id ?? client.callId)}`;
}

/** Why it ended, as members of a message or of a `message_delta`'s delta. */
export function stopMembers(stop: Stop): Draft {
  const { refusal } = stop;
  const details: Printable =
    refusal === undefined
      ? undefined
      : {
          type: "refusal",
          category: refusal.category ?? null,
          explanation: refusal.explanation ?? null,
        };
  return {
    stop_reason: encodeStop(stop),
    stop_sequence: stop.class === "stop_sequence" ? (stop.sequence ?? null) : null,
    stop_details: details,
  };
}

/** The tier in this dialect's words; `undefined`: it has none for it. */
export function encodeTier(tier: Tier | undefined): string | undefined {
  if (tier === undefined) return undefined;
  if (tier.raw === "batch" || tier.raw === "standard") return tier.raw;
  if (tier.class === "priority") return "priority";
  return tier.class === "default" ? "standard" : undefined;
}
