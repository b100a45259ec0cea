// The neutral reply to a response object (translation.md B, column OR).
import type { Printable } from "../../lib/json.ts";
import type { Block } from "../../ir/block.ts";
import type { Candidate, Reply, TokenLogprob, Usage } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { uniqueIds } from "../kit/call-ids.ts";
import { hash16 } from "../kit/hash.ts";
import { encodeReplyTier } from "../kit/openai-tier.ts";
import { graft, ownResidues, type Draft } from "../kit/residue.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { ECHO_DEFAULTS } from "./echo.ts";
import { encodeItem, planOutput, shareTokens, type PlannedItem, type Said } from "./output-plan.ts";
import { places } from "./places.ts";
import { COLLAPSED, encodeStop, type Ending } from "./stop.ts";
import { encodeUsage } from "./usage.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;

/** Ids of calls that clients of this dialect take. */
export const ID_RULE = { max: 64 } as const;

/** Encodes a reply of any dialect for a client of this one; of several answers the first. */
export function encode(reply: Reply, client: Client): EncodedReply {
  const fates = verdicts(reply, places);
  const candidate = reply.candidates[0] ?? NO_ANSWER;
  judge(reply, candidate, fates);
  const plan = planOutput(candidate.blocks, uniqueIds(ID_RULE));
  const { id, model, created, usage, tier, ext } = reply;
  const head: ResponseHead = { id, model, created, tier, usage, ext };
  const output = encodeOutput(plan, candidate.logprobs ?? [], client);
  const ending = encodeStop(candidate.stop);
  return { body: encodeResponse(head, client, { ending, output }), report: fates.report() };
}

const NO_ANSWER: Candidate = { blocks: [], stop: { class: "unknown" } };

/** Says what of a reply has no place here although the column has one for its kind. */
function judge(reply: Reply, candidate: Candidate, fates: Verdicts): void {
  const { blocks, stop, ext = [] } = candidate;
  const residues = [...reply.ext, ...ext, ...blocks.flatMap((block) => block.ext ?? [])];
  for (const { id, path } of ownResidues(residues, DIALECT)) fates.keep(id, path);
  // Tokens of text and calls come along, but not the members that another dialect made up for them.
  const lost = blocks.some(lendsToken) ? ["S08", "S13", "S18"] : ["S08", "S13"];
  for (const { id, path, dialect } of residues) {
    if (dialect !== DIALECT && lost.includes(id)) fates.lose(id, path, "X");
  }
  judgeContent(candidate, fates);
  if (encodeReplyTier(reply) === undefined) fates.loseNoted("S15", "", "X");
  if (COLLAPSED.has(stop.class)) fates.loseNoted("S10", "", "D");
}

function judgeContent({ blocks, refusalLogprobs }: Candidate, fates: Verdicts): void {
  if (blocks.some((block) => block.kind === "vendor" && block.dialect !== DIALECT)) {
    fates.loseNoted("S06", "", "X");
  }
  // Files are cited by an id, not by what of them was read.
  if (blocks.some(citesForeign)) fates.loseNoted("S07b", "", "D");
  const hasText = blocks.some((block) => block.kind === "text");
  if (!hasText || refusalLogprobs !== undefined) fates.loseNoted("S08", "", "X");
}

function lendsToken({ kind, opaque }: Block): boolean {
  return kind !== "thinking" && opaque !== undefined;
}

function citesForeign(block: Block): boolean {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.some(
    ({ source, native }) => source.kind !== "url" && native.dialect !== DIALECT,
  );
}

/** The items of a plan. */
export function encodeOutput(
  plan: readonly PlannedItem[],
  logprobs: readonly TokenLogprob[],
  client: Client,
): readonly Printable[] {
  const tokens = tokensOf(plan, logprobs);
  return plan.map((item, index) => encodeItem(item, index, client, tokens));
}

/** Gives each text of a plan its log probabilities. */
export function tokensOf(
  plan: readonly PlannedItem[],
  logprobs: readonly TokenLogprob[],
): (said: Said) => readonly TokenLogprob[] {
  if (logprobs.length === 0) return () => [];
  const texts = plan
    .flatMap((item) => (item.kind === "message" ? item.said : []))
    .filter((said) => said.kind === "text");
  const shares = shareTokens(
    texts.map(({ text }) => text),
    logprobs,
  );
  const shareOf = new Map<Said, readonly TokenLogprob[]>(
    texts.map((said, at) => [said, shares[at] ?? []]),
  );
  return (said) => shareOf.get(said) ?? [];
}

/** What a response says beside its output. */
export type ResponseHead = {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly created: number | undefined;
  readonly tier: Reply["tier"] | undefined;
  readonly usage: Usage | undefined;
  readonly ext: readonly Residue[];
};

/** How far a response is: still going on, or ended with its output. */
export type ResponseState =
  "in_progress" | { readonly ending: Ending; readonly output: readonly Printable[] };

/** The response object, which repeats the request; what that did not say has its default (A.2, Response). */
export function encodeResponse(head: ResponseHead, client: Client, state: ResponseState): Draft {
  const created = head.created ?? client.now;
  const draft: Draft = {
    id: encodeId(head.id, client),
    object: "response",
    created_at: created,
    ...(state === "in_progress" ? BEGUN : ended(state, Math.max(created, client.now))),
    model: head.model ?? client.model,
    ...ECHO_DEFAULTS,
    service_tier: head.tier === undefined ? undefined : encodeReplyTier({ tier: head.tier }),
    usage: state === "in_progress" || head.usage === undefined ? null : encodeUsage(head.usage),
  };
  return graft(draft, [...(client.echo ?? []), ...head.ext], BODY_GRAFT);
}

const BEGUN: Draft = {
  status: "in_progress",
  completed_at: null,
  error: null,
  incomplete_details: null,
  output: [],
};

function ended({ ending, output }: Exclude<ResponseState, "in_progress">, now: number): Draft {
  const { status, reason } = ending;
  return {
    status,
    completed_at: status === "completed" ? now : null,
    error: status === "failed" ? STOPPED : null,
    incomplete_details: reason === null ? null : { reason },
    output,
  };
}

/** What a response says that stopped because of an error which nobody described. */
const STOPPED = {
  code: "server_error",
  message: "The model stopped because of an error.",
} as const;

/**
 * An id of this dialect passes; another is made from the upstream's (B.15) and the call's: conversations are kept under it,
 * and some servers count their replies from one at each start.
 */
function encodeId(id: string | undefined, client: Client): string {
  return id?.startsWith("resp_") === true ? id : `resp_${hash16(`${client.callId} ${id ?? ""}`)}`;
}
