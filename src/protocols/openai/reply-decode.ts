// Buffered replies of Chat Completions and its compatible servers to the neutral model. Lenient: what a vendor adds or
// spells oddly becomes residue, never a failure.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Block, Opaque } from "../../ir/block.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Candidate, Reply, Usage } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { zeroMembers } from "../kit/counts.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { inline } from "../kit/media.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { decodeAnnotations } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { failureIn } from "../kit/openai-failure.ts";
import { decodeTokens } from "../kit/openai-logprobs.ts";
import { decodeCarriers, type CarrierContext } from "./reasoning-decode.ts";
import { decodeReplyCalls } from "./reply-decode-calls.ts";
import { decodeImages } from "./reply-decode-images.ts";
import { decodeReplyTier } from "../kit/openai-tier.ts";
import { attachToText } from "./request-decode-assistant.ts";
import { decodeContent } from "./request-decode-parts.ts";
import { decodeStop } from "./stop.ts";
import { decodeUsage, USAGE_MEMBERS, usageRecord } from "./usage.ts";

/** Decodes a reply; an error in disguise, or a body without an answer, is a failure of the upstream. */
export function decode(document: JsonDocument, origin: Origin): Result<Reply, Failure> {
  const failure = failureIn(document.root);
  if (failure !== undefined) return err(failure);
  const root = asRecord(document.root);
  const choices = asArray(root?.["choices"]);
  if (root === undefined || choices === undefined || choices.length === 0) {
    return err({ class: "bad-upstream-reply", message: "the reply holds no choices" });
  }
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  body.skip("object", "choices");
  const candidates = choices.flatMap((choice, index) => {
    const fields = fieldsAt(choice, `/choices/${index}`, notes);
    return fields === undefined ? [] : [decodeChoice(fields, notes, origin)];
  });
  if (candidates.length > 1) notes.use("S23", "/choices");
  const head = decodeHead(body, notes);
  const usage = decodeReplyUsage(body, notes);
  const ext = [...head.ext, ...usage.ext, ...body.rest("S00")];
  const { value } = usage;
  return ok(compact({ ...head.fields, candidates, usage: value, ext, uses: notes.uses() }));
}

/** What a reply, and every chunk of a stream, says about itself. */
export type Head = {
  readonly fields: Pick<Reply, "id" | "model" | "created" | "tier">;
  readonly ext: readonly Residue[];
};

/** Reads id, model, time and tier; the fingerprint and safety details stay residue. */
export function decodeHead(body: Fields, notes: Notes): Head {
  const id = body.string("id");
  const model = body.string("model");
  const created = timeOf(body);
  const tier = decodeReplyTier(body, notes);
  if (model !== undefined && model !== "") notes.use("S14m", body.at("model"));
  if (created !== undefined) notes.use("S14c", body.at("created"));
  return {
    fields: compact({
      id: id === "" ? undefined : id,
      model: model === "" ? undefined : model,
      created,
      tier,
    }),
    ext: [
      ...nonEmpty(body, "system_fingerprint", "S21"),
      ...body.residue("moderation", "S13"),
      ...body.residue("prompt_filter_results", "S13"),
    ],
  };
}

/** One server writes the time as a string of digits. */
function timeOf(body: Fields): number | undefined {
  const number = body.number("created");
  if (number !== undefined) return number > 0 ? Math.floor(number) : undefined;
  const text = asString(body.record["created"]);
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  body.skip("created");
  return Number(text);
}

function nonEmpty(body: Fields, key: string, id: "S21" | "S00"): readonly Residue[] {
  if (body.record[key] !== "") return body.residue(key, id);
  body.skip(key);
  return [];
}

/** The usage of a body or chunk, with its unknown members as residue. */
export function decodeReplyUsage(
  body: Fields,
  notes: Notes,
): { readonly value: Usage | undefined; readonly ext: readonly Residue[] } {
  const record = usageRecord(body.record);
  if (record === undefined) {
    if ((body.record["usage"] ?? null) === null) body.skip("usage");
    return { value: undefined, ext: [] };
  }
  const value = decodeUsage(record, notes.document);
  noteUsage(value, notes);
  if (record !== asRecord(body.record["usage"])) return { value, ext: [] };
  body.skip("usage");
  const members = fieldsOf(record, "/usage", notes);
  members.skip(...USAGE_MEMBERS, ...zeroMembers(record));
  return { value, ext: members.rest("S00") };
}

function noteUsage(usage: Usage, notes: Notes): void {
  const { cacheWrite = 0, reasoning = 0, audioIn = 0, audioOut = 0 } = usage;
  if (cacheWrite > 0) notes.use("S12b", "/usage/prompt_tokens_details/cache_write_tokens");
  if (reasoning > 0) notes.use("S12d", "/usage/completion_tokens_details/reasoning_tokens");
  if (audioIn > 0) notes.use("S12e", "/usage/prompt_tokens_details/audio_tokens");
  if (audioOut > 0) notes.use("S12e", "/usage/completion_tokens_details/audio_tokens");
}

function decodeChoice(choice: Fields, notes: Notes, origin: Origin): Candidate {
  choice.skip("index");
  const reason = choice.string("finish_reason");
  const message = choice.fields("message");
  const content = message === undefined ? NO_MESSAGE : decodeMessage(message, notes, origin);
  const logprobs = choice.fields("logprobs");
  const tokens = decodeTokens(logprobs?.any("content"));
  const refusalTokens = decodeTokens(logprobs?.any("refusal"));
  if (tokens !== undefined || refusalTokens !== undefined) notes.use("S08", choice.at("logprobs"));
  const ext = [
    ...content.ext,
    ...(logprobs?.rest("S00") ?? []),
    ...choice.residue("content_filter_results", "S13"),
    ...choice.rest("S00"),
  ];
  const calls = content.blocks.some((block) => block.kind === "toolCall");
  const refusal = content.blocks.some((block) => block.kind === "refusal");
  return compact({
    blocks: content.blocks,
    stop: decodeStop(reason, { calls, refusal }),
    logprobs: tokens,
    refusalLogprobs: refusalTokens,
    ext: filled(ext),
  });
}

type Content = { readonly blocks: readonly Block[]; readonly ext: readonly Residue[] };

const NO_MESSAGE: Content = { blocks: [], ext: [] };

/** How an upstream's carriers are read: its tokens are its own. */
export function replyCarriers(notes: Notes, origin: Origin): CarrierContext {
  return {
    notes,
    visible: "S17",
    hidden: "S18",
    token: (data, kind): Opaque => ({ vendor: origin.vendor, model: origin.model, kind, data }),
    isEnvelope: () => false,
  };
}

function decodeMessage(message: Fields, notes: Notes, origin: Origin): Content {
  message.skip("role");
  const carriers = replyCarriers(notes, origin);
  const carried = decodeCarriers(message, carriers);
  const citations = decodeAnnotations(message, notes);
  const text = decodeContent(message, { notes, unknown: "S00" }).filter(
    (block) => block.kind !== "text" || block.text !== "",
  );
  const images = decodeImages(message, notes);
  const cited = attachToText(text, citations, carried.tokens);
  const blocks = [
    ...carried.blocks,
    ...cited,
    ...decodeRefusal(message, notes),
    ...decodeAudio(message, notes),
    ...images.blocks,
    ...decodeReplyCalls(message, carriers),
  ];
  const ext = [...carried.residues, ...images.residues, ...listContent(message)];
  return { blocks, ext: [...ext, ...message.rest("S00")] };
}

/** Mistral's content in parts goes back in parts: this dialect's own clients know it. */
function listContent(message: Fields): readonly Residue[] {
  const parts = asArray(message.record["content"]) ?? [];
  const isPlain = parts.every((part) => asRecord(part)?.["type"] === "text");
  return isPlain ? [] : message.residue("content", "S17");
}

function decodeRefusal(message: Fields, notes: Notes): readonly Block[] {
  const text = message.string("refusal") ?? "";
  if (text === "") return [];
  notes.use("S02", message.at("refusal"));
  return [{ kind: "refusal", text }];
}

/** Speech; its id, under which a client may refer to it later, stays with it as residue. */
function decodeAudio(message: Fields, notes: Notes): readonly Block[] {
  const audio = message.fields("audio");
  const data = audio?.string("data") ?? "";
  const transcript = audio?.string("transcript") ?? "";
  // Some servers send an empty record with every message.
  if (audio === undefined || (data === "" && transcript === "")) return [];
  notes.use("S19", audio.path);
  const media = inline(undefined, data);
  const ext = filled(audio.rest("S00"));
  const words = transcript === "" ? undefined : transcript;
  return [compact({ kind: "audio", media, transcript: words, ext })];
}
