// The neutral reply to a generateContent body (translation.md B, column GE).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Candidate, Reply } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import { HELD_IN_REPLIES, loseForeignReply } from "../kit/foreign-residues.ts";
import { hash16 } from "../kit/hash.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { places } from "./places.ts";
import { encodeBlocks } from "./reply-encode-parts.ts";
import { tierClass } from "./request-decode-settings.ts";
import { encodeStop, MERGED } from "./stop.ts";
import { encodeUsage } from "./usage.ts";

/** Where residues of a body go. */
export const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;
/** Where residues of a candidate go. */
export const CANDIDATE_GRAFT = { dialect: DIALECT, depth: 2 } as const;

/** Encodes a reply of any dialect for a client of this one. */
export function encode(reply: Reply, client: Client): EncodedReply {
  const fates = verdicts(reply, places);
  loseForeignReply(reply, DIALECT, HELD_IN_REPLIES, fates);
  keepOwn(reply, fates);
  for (const candidate of reply.candidates) judge(candidate, fates);
  const tier = encodeTier(reply.tier);
  if (tier === undefined) fates.loseNoted("S15", "", "X");
  fates.loseNoted("S11", "", "X");
  const isBlocked = blocksPrompt(reply.ext);
  const draft: Draft = {
    candidates: isBlocked
      ? undefined
      : reply.candidates.map((candidate, index) =>
          encodeCandidate(candidate, index, client, fates),
        ),
    usageMetadata: encodeUsage(reply.usage, tier),
    ...headOf(reply, client),
  };
  return { body: graft(draft, reply.ext, BODY_GRAFT), report: fates.report() };
}

/** Members that every chunk of a reply has. */
export function headOf(
  { id, model, created }: Pick<Reply, "id" | "model" | "created">,
  client: Client,
): Draft {
  return {
    modelVersion: model ?? client.model,
    responseId: id ?? hash16(client.callId),
    createTime: timeText(created),
  };
}

/** Last second that a date can tell, either side of 1970 (ECMA-262, Time Values). */
const LAST_SECOND = 8.64e12;

function timeText(created: number | undefined): string | undefined {
  const isDate = created !== undefined && Math.abs(created) <= LAST_SECOND;
  return isDate ? new Date(created * 1000).toISOString() : undefined;
}

/** Whether an own residue says that the prompt was blocked: such a reply has no candidates (B.13). */
export function blocksPrompt(ext: readonly Residue[]): boolean {
  return ownResidues(ext, DIALECT).some(
    ({ path, text }) => path === "/promptFeedback" && text.includes('"blockReason"'),
  );
}

function keepOwn(reply: Reply, fates: Verdicts): void {
  const residues = [
    ...reply.ext,
    ...reply.candidates.flatMap(({ ext = [], blocks }) => [
      ...ext,
      ...blocks.flatMap((block) => block.ext ?? []),
    ]),
  ];
  for (const { id, path } of ownResidues(residues, DIALECT)) fates.keep(id, path);
}

/** What of an answer is told in other words here. */
function judge({ stop, blocks }: Candidate, fates: Verdicts): void {
  if (MERGED.has(stop.class)) fates.loseNoted("S10", "", "D");
  for (const id of blocks.flatMap(lostCitations)) fates.loseNoted(id, "", "D");
}

/** A citation here is an address and a title, and where a statement is, not what it cites. */
function lostCitations(block: Block): readonly ("S07a" | "S07b")[] {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.flatMap(({ native, source, quote }) => {
    if (native.dialect === DIALECT) return [];
    if (source.kind !== "url") return ["S07b"];
    if (block.kind === "text" && block.text === "") return ["S07a"];
    return quote !== undefined || native.text.includes('"encrypted_index"') ? ["S07a"] : [];
  });
}

function encodeCandidate(
  candidate: Candidate,
  index: number,
  client: Client,
  fates: Verdicts,
): Printable {
  const { parts, grounding, joined } = encodeBlocks(candidate.blocks, client);
  if (joined) fates.loseNoted("S05", "", "D");
  const draft: Draft = {
    content: { role: "model", parts },
    finishReason: encodeStop(candidate.stop),
    index,
    groundingMetadata: groundingDraft(grounding, candidate.ext),
    logprobsResult: encodeLogprobs(candidate.logprobs),
  };
  return graft(draft, candidate.ext, CANDIDATE_GRAFT);
}

/** What the vendor itself said of its sources returns as it was. */
export function groundingDraft(
  grounding: Draft | undefined,
  ext: readonly Residue[] | undefined,
): Draft | undefined {
  const isSpelt = ownResidues(ext, DIALECT).some(({ path }) => path.endsWith("/groundingMetadata"));
  return isSpelt ? undefined : grounding;
}

const TIERS: Readonly<Record<Tier["class"], string | undefined>> = {
  auto: undefined,
  default: "standard",
  flex: "flex",
  priority: "priority",
  other: undefined,
};

/** The tier in this dialect's words; `undefined`: it has none for it. */
export function encodeTier(tier: Tier | undefined): string | undefined {
  if (tier === undefined) return undefined;
  const isOwn = tierClass(tier.raw) === tier.class && tier.class !== "other";
  return isOwn ? tier.raw : TIERS[tier.class];
}
