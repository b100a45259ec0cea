// The neutral reply to a Chat Completions body (translation.md B, column OC).
import type { Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type {
  AudioBlock,
  Block,
  Opaque,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
} from "../../ir/block.ts";
import type { Candidate, Reply } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { HELD_IN_REPLIES, loseForeignReply } from "../kit/foreign-residues.ts";
import { hash16 } from "../kit/hash.ts";
import { segments } from "../kit/pointer.ts";
import { graft, ownResidues, spells, type Draft } from "../kit/residue.ts";
import { verdicts, type Verdicts } from "../kit/verdicts.ts";
import type { Client, EncodedReply } from "../protocol.ts";
import { encodeAnnotations } from "./citations.ts";
import { codePoints } from "../kit/code-points.ts";
import { DIALECT } from "./dialect.ts";
import { encodeTokens } from "../kit/openai-logprobs.ts";
import { places } from "./places.ts";
import { encodeDetails } from "./reasoning-encode.ts";
import { encodeReplyTier } from "../kit/openai-tier.ts";
import { encodeStop } from "./stop.ts";
import { encodeUsage } from "./usage.ts";

const BODY_GRAFT = { dialect: DIALECT, depth: 0 } as const;
const CHOICE_GRAFT = { dialect: DIALECT, depth: 2 } as const;
const CALL_GRAFT = { dialect: DIALECT, depth: 5 } as const;
const AUDIO_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** Encodes a reply of any dialect for a client of this one. */
export function encode(reply: Reply, client: Client): EncodedReply {
  const fates = verdicts(reply, places);
  loseForeignReply(reply, DIALECT, HELD_IN_REPLIES, fates);
  keepOwn(reply, fates);
  const draft = {
    id: encodeId(reply.id, client),
    object: "chat.completion",
    created: reply.created ?? client.now,
    model: reply.model ?? client.model,
    choices: reply.candidates.map((candidate, index) => encodeChoice(candidate, index, client)),
    usage: reply.usage === undefined ? undefined : encodeUsage(reply.usage),
    service_tier: encodeReplyTier(reply),
  };
  return { body: graft(draft, reply.ext, BODY_GRAFT), report: fates.report() };
}

/** An id of this dialect passes; another is made from the upstream's, so that a stream and its repetition agree (B.15). */
export function encodeId(id: string | undefined, client: Client): string {
  if (id?.startsWith("chatcmpl-") === true) return id;
  return `chatcmpl-${hash16(id ?? client.callId)}`;
}

/** This dialect's residues return, and reasoning travels although its members are not official. */
function keepOwn(reply: Reply, fates: Verdicts): void {
  const blocks = reply.candidates.flatMap((candidate) => candidate.blocks);
  const residues = [
    ...reply.ext,
    ...reply.candidates.flatMap((candidate) => candidate.ext ?? []),
    ...blocks.flatMap((block) => block.ext ?? []),
  ];
  for (const { id, path } of ownResidues(residues, DIALECT)) fates.keep(id, path);
  // Every vendor has its own form of safety details.
  for (const { id, path, dialect } of residues) {
    if (dialect !== DIALECT && id === "S13") fates.lose(id, path, "X");
  }
  if (encodeReplyTier(reply) === undefined) fates.loseNoted("S15", "", "X");
  fates.keep("S17", "");
  fates.keep("S18", "");
}

function encodeChoice(candidate: Candidate, index: number, client: Client): Draft {
  const legacy = client.legacyCalls === true;
  const draft = {
    index,
    message: encodeMessage(candidate, client),
    logprobs: encodeLogprobs(candidate),
    finish_reason: encodeStop(candidate.stop, legacy),
  };
  return graft(draft, candidate.ext, CHOICE_GRAFT);
}

function encodeLogprobs({ logprobs, refusalLogprobs }: Candidate): Printable {
  if (logprobs === undefined && refusalLogprobs === undefined) return null;
  return {
    content: logprobs === undefined ? null : encodeTokens(logprobs),
    refusal: refusalLogprobs === undefined ? null : encodeTokens(refusalLogprobs),
  };
}

function encodeMessage(candidate: Candidate, client: Client): Draft {
  const { blocks } = candidate;
  const texts = blocks.filter((block): block is TextBlock => block.kind === "text");
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === "toolCall");
  const refusal = refusalOf(candidate);
  const isSilent = texts.length === 0 && (calls.length > 0 || refusal !== null);
  const annotations = encodeAnnotations(
    texts.map(({ text, citations = [] }) => ({ length: codePoints(text), citations })),
  );
  return {
    role: "assistant",
    content: isSilent ? null : texts.map(({ text }) => text).join(""),
    refusal,
    ...encodeReasoning(blocks, candidate.ext, client),
    annotations: annotations.length === 0 ? undefined : annotations,
    audio: encodeAudio(blocks),
    ...encodeCalls(calls, client),
    extra_content: encodeTextTokens(texts, candidate.ext, client),
  };
}

/** The words of the refusal, or the vendor's explanation where the model said nothing (S02). */
export function refusalOf(candidate: Pick<Candidate, "blocks" | "stop">): string | null {
  const spoken = candidate.blocks.flatMap((block) =>
    block.kind === "refusal" ? [block.text] : [],
  );
  if (spoken.length > 0) return spoken.join("");
  const { stop } = candidate;
  return stop.class === "refusal" ? (stop.refusal?.explanation ?? null) : null;
}

const CARRIERS: ReadonlySet<string> = new Set([
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "content",
]);

/** Whether a residue is a member of the message that holds the reasoning, as the upstream spelt it. */
export function spellsReasoning(residue: Residue): boolean {
  const [, , message, member] = segments(residue.path);
  return residue.dialect === DIALECT && message === "message" && CARRIERS.has(member ?? "");
}

/** Text for every client, and entries with sealed tokens for those that send them back. */
function encodeReasoning(
  blocks: readonly Block[],
  ext: readonly Residue[] | undefined,
  client: Client,
): Draft {
  // An upstream of this dialect has spelt its reasoning already.
  if ((ext ?? []).some(spellsReasoning)) return {};
  const thinking = blocks.filter((block): block is ThinkingBlock => block.kind === "thinking");
  const text = thinking.map((block) => block.text).join("");
  const hasTokens = thinking.some((block) => (block.opaque ?? []).length > 0);
  return {
    reasoning_content: text === "" ? undefined : text,
    reasoning_details: hasTokens
      ? thinking.flatMap((block, index) => encodeDetails(block, index, client.seal))
      : undefined,
  };
}

function encodeAudio(blocks: readonly Block[]): Printable {
  const audio = blocks.find((block): block is AudioBlock => block.kind === "audio");
  return audio === undefined ? undefined : encodeAudioBlock(audio);
}

/** Speech as this dialect holds it. Without an id of the vendor's own it cannot be referred to later. */
export function encodeAudioBlock(audio: AudioBlock): Printable {
  if (audio.media.kind !== "inline") return undefined;
  const { base64 } = audio.media;
  const draft = {
    id: `audio_${hash16(base64)}`,
    data: base64,
    expires_at: 0,
    transcript: audio.transcript ?? "",
  };
  return graft(draft, audio.ext, AUDIO_GRAFT);
}

function encodeCalls(calls: readonly ToolCallBlock[], client: Client): Draft {
  if (calls.length === 0) return {};
  const [first] = calls;
  if (client.legacyCalls === true && first !== undefined) {
    return { function_call: { name: first.name, arguments: argumentsOf(first) } };
  }
  return { tool_calls: calls.map((call) => encodeCall(call, client)) };
}

function encodeCall(call: ToolCallBlock, client: Client): Draft {
  const form = encodeCallForm(call);
  const draft = {
    id: call.id,
    ...form,
    extra_content: encodeTokenCarrier(call.opaque, call.ext, client),
  };
  return graft(draft, call.ext, CALL_GRAFT);
}

function encodeCallForm(call: ToolCallBlock): Draft {
  const { name } = call;
  switch (call.call) {
    case "custom":
      return { type: "custom", custom: { name, input: call.argsText } };
    case "function":
      return { type: "function", function: { name, arguments: argumentsOf(call) } };
  }
  return unreachable(call.call);
}

/** A call without arguments has an empty object of them (E291). */
function argumentsOf(call: ToolCallBlock): string {
  return call.argsText.trim() === "" ? "{}" : call.argsText;
}

/** A token of a call or text, in the member that Google's compatible endpoint uses for it. */
export function encodeTokenCarrier(
  tokens: readonly Opaque[] | undefined,
  ext: readonly Residue[] | undefined,
  client: Client,
): Printable {
  const [token] = tokens ?? [];
  if (token === undefined || spells(ext, CALL_GRAFT, "extra_content")) return undefined;
  return { google: { thought_signature: client.seal(token) } };
}

function encodeTextTokens(
  texts: readonly TextBlock[],
  ext: readonly Residue[] | undefined,
  client: Client,
): Printable {
  if (spells(ext, { dialect: DIALECT, depth: 3 }, "extra_content")) return undefined;
  return encodeTokenCarrier(texts.find((text) => text.opaque !== undefined)?.opaque, [], client);
}
