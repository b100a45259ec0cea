// The neutral reply to a v2 chat body (translation.md B, column CO).
import { filled } from "../../lib/compact.ts";
import { raw, type Printable } from "../../lib/json.ts";
import type { Block, ToolCallBlock } from "../../ir/block.ts";
import type { Candidate, Reply, StopClass } from "../../ir/reply.ts";
import { uniqueIds } from "../kit/call-ids.ts";
import { HELD_IN_REPLIES, loseForeignReply } from "../kit/foreign-residues.ts";
import { hash16 } from "../kit/hash.ts";
import { graft, ownResidues, spells, type Draft } from "../kit/residue.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { encodeCitations, type CitedText } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { encodeLogprob } from "./logprobs.ts";
import { places } from "./places.ts";
import { encodeStop, TOLD_APART } from "./stop.ts";
import { encodeUsage } from "./usage.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;
const PART_GRAFT = { dialect: DIALECT, depth: 3 } as const;

/** Encodes a reply of any dialect for a client of this one; of several answers the first. */
export function encode(reply: Reply, client: Client): EncodedReply {
  const fates = verdicts(reply, places);
  const candidate = reply.candidates[0] ?? NO_ANSWER;
  judge(reply, candidate, fates);
  const { ext = [], logprobs } = candidate;
  const message = encodeMessage(candidate);
  const draft: Draft = {
    id: encodeId(reply.id, client),
    finish_reason: encodeStop(candidate.stop, {
      hasText: message["content"] !== undefined,
      hasCalls: message["tool_calls"] !== undefined,
    }),
    message,
    usage: reply.usage === undefined ? undefined : encodeUsage(reply.usage),
    logprobs: spells(ext, BODY_GRAFT, "logprobs") ? undefined : logprobs?.map(encodeLogprob),
  };
  return { body: graft(draft, [...ext, ...reply.ext], BODY_GRAFT), report: fates.report() };
}

const NO_ANSWER: Candidate = { blocks: [], stop: { class: "unknown" } };

function judge(reply: Reply, candidate: Candidate, fates: Verdicts): void {
  const { blocks, stop, ext = [] } = candidate;
  const blockExt = blocks.flatMap((block) => block.ext ?? []);
  for (const { id, path } of ownResidues([...reply.ext, ...ext, ...blockExt], DIALECT))
    fates.keep(id, path);
  loseForeignReply(reply, DIALECT, HELD_IN_REPLIES, fates);
  if (TOLD_APART.has(stop.class)) fates.keep("S10", "");
  else if (COLLAPSED.has(stop.class)) fates.lose("S10", "", "D");
  // Some vendors' carriers of proofs hold nothing but words.
  if (blocks.every(({ opaque = [] }) => opaque.length === 0)) fates.keep("S18", "");
  // Only calls have a place of their own: at the end.
  const call = blocks.findIndex(({ kind }) => kind === "toolCall");
  if (call < 0 || blocks.slice(call).every(({ kind }) => kind === "toolCall"))
    fates.keep("S05", "");
  for (const id of blocks.flatMap(lostCitations)) fates.loseNoted(id, "", "D");
  const own = ownResidues(ext, DIALECT).some(({ id }) => id === "S08");
  if (!own) fates.loseNoted("S08", "", "D");
}

/** Classes that have no word of their own here: the reply failed, or it is an answer like any other. */
const COLLAPSED: ReadonlySet<StopClass> = new Set([
  "refusal",
  "filtered",
  "recitation",
  "guardrail",
  "malformed_call",
]);

/** A citation names its source, and no place within it. */
function lostCitations(block: Block): readonly ("S07a" | "S07b")[] {
  const citations = block.kind === "text" ? (block.citations ?? []) : [];
  return citations.flatMap(({ native, source }) => {
    if (native.dialect === DIALECT) return [];
    return [source.kind === "url" ? "S07a" : "S07b"];
  });
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** An id of this dialect passes; another is made from the upstream's, so that a stream and its repetition agree (B.15). */
export function encodeId(id: string | undefined, client: Client): string {
  if (id !== undefined && UUID.test(id)) return id;
  const seed = id ?? client.callId;
  const digits = hash16(seed) + hash16(`${seed}#`);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Ids of calls are of any form, but there must be one. */
export const CALL_ID = { max: 256 } as const;

function encodeMessage({ blocks, stop }: Candidate): Draft {
  const { content, cited, plan } = sayings(blocks);
  const { explanation = "" } = stop.refusal ?? {};
  // Clients discard an error, so what the vendor says about declining is the answer (S02b).
  const declined = explanation === "" ? [] : [{ type: "text", text: explanation }];
  const ids = uniqueIds(CALL_ID);
  const calls = blocks.flatMap((block) =>
    block.kind === "toolCall" ? [encodeCall(block, ids)] : [],
  );
  return {
    role: "assistant",
    content: filled(content.length === 0 ? declined : content),
    tool_plan: plan === "" ? undefined : plan,
    tool_calls: filled(calls),
    citations: filled(encodeCitations(cited)),
  };
}

type Sayings = {
  readonly content: readonly Printable[];
  readonly cited: readonly CitedText[];
  readonly plan: string;
};

/** What a reply says, apart from its plan, and what it cites. */
function sayings(blocks: readonly Block[]): Sayings {
  const content: Printable[] = [];
  const cited: CitedText[] = [];
  let plan = "";
  for (const block of blocks) {
    const isPlan = block.kind === "text" && block.tag === "plan";
    if (block.kind === "text" && block.citations !== undefined && block.text !== "") {
      const contentIndex = isPlan ? undefined : content.length;
      cited.push({ text: block.text, citations: block.citations, contentIndex });
    }
    if (isPlan) plan += block.text;
    else content.push(...encodeContent(block));
  }
  return { content, cited, plan };
}

/** The content for a block: text and reasoning; none where there are no words. */
export function encodeContent(block: Block): readonly Printable[] {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return withText({ type: "text", text: block.text }, block.text, block);
    case "thinking":
      return withText({ type: "thinking", thinking: block.text }, block.text, block);
    case "audio": {
      const { transcript = "" } = block;
      return withText({ type: "text", text: transcript }, transcript, block);
    }
    case "vendor":
      return block.dialect === DIALECT ? [raw(block.text)] : [];
    case "toolCall":
    case "toolResult":
    case "image":
    case "video":
    case "document":
    case "searchResult":
      return [];
  }
}

function withText(draft: Draft, text: string, block: Block): readonly Draft[] {
  return text === "" ? [] : [graft(draft, block.ext, PART_GRAFT)];
}

function encodeCall(call: ToolCallBlock, ids: (id: string) => string): Draft {
  const draft = {
    id: ids(call.id),
    type: "function",
    function: { name: call.name, arguments: argumentsOf(call) },
  };
  return graft(draft, call.ext, PART_GRAFT);
}

/** Free text is wrapped as the function's one argument; nothing at all is an empty object (E291). */
function argumentsOf({ call, argsText }: ToolCallBlock): string {
  if (call === "custom") return JSON.stringify({ input: argsText });
  return argsText.trim() === "" ? "{}" : argsText;
}
