// Buffered replies of Responses to the neutral model. Lenient: what a server adds becomes residue, never a failure.
import { compact, filled } from "../../lib/compact.ts";
import { asArray, asNumber, asRecord, asString, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Block } from "../../ir/block.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Reply, Stop, Usage } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { zeroMembers } from "../kit/counts.ts";
import { fieldsAt, fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import { decodeReplyTier } from "../kit/openai-tier.ts";
import { isPlainOrder } from "../kit/plain-order.ts";
import type { Origin } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { ECHO } from "./echo.ts";
import { failedResponse } from "./failed-response.ts";
import { decodeItem, joinParts } from "./reply-decode-items.ts";
import { decodeStop } from "./stop.ts";
import { decodeUsage, USAGE_MEMBERS } from "./usage.ts";

/** Decodes a reply; a failed response, or a body without output, is a failure of the upstream. */
export function decode(document: JsonDocument, origin: Origin): Result<Reply, Failure> {
  const failure = failedResponse(document.root);
  if (failure !== undefined) return err(failure);
  const root = asRecord(document.root);
  const output = asArray(root?.["output"]);
  if (root === undefined || output === undefined) {
    return err({ class: "bad-upstream-reply", message: "the reply holds no output" });
  }
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  const parts = output.flatMap((entry, index) => {
    const item = fieldsAt(entry, `/output/${index}`, notes);
    return item === undefined ? [] : decodeItem(item, notes, origin);
  });
  const blocks = joinParts(parts);
  if (!isPlainOrder(blocks)) notes.use("S05", "/output");
  const logprobs = parts.flatMap((part) => part.logprobs ?? []);
  const head = decodeHead(body, notes);
  const { usage, ext } = decodeReplyUsage(body, notes);
  const candidate = compact({ blocks, stop: readStop(body, blocks), logprobs: filled(logprobs) });
  return ok(
    compact({
      ...head,
      candidates: [candidate],
      usage,
      ext: [...ext, ...unfinished(body), ...responseResidues(body)],
      uses: notes.uses(),
    }),
  );
}

/** What a response says about itself. */
export type Head = Pick<Reply, "id" | "model" | "created" | "tier">;

/** Reads id, model, time and tier. */
export function decodeHead(body: Fields, notes: Notes): Head {
  const id = body.string("id");
  const model = body.string("model");
  const time = body.number("created_at");
  const created = time === undefined || time <= 0 ? undefined : Math.floor(time);
  const tier = decodeReplyTier(body, notes);
  if (model !== undefined) notes.use("S14m", body.at("model"));
  if (created !== undefined) notes.use("S14c", body.at("created_at"));
  return compact({
    id: id === "" ? undefined : id,
    model: model === "" ? undefined : model,
    created,
    tier,
  });
}

/** Members that say how far the response is, which its end says for all. */
const PROGRESS = [
  "object",
  "output",
  "output_text",
  "status",
  "error",
  "incomplete_details",
  "completed_at",
] as const;

/** Members that are residue. What repeats the request is none of the reply's: the client knows what it asked for. */
export function responseResidues(body: Fields): readonly Residue[] {
  body.skip(...PROGRESS, ...ECHO, "id", "model", "created_at", "usage");
  const safety = ["moderation", "content_filters"].flatMap((key) => body.residue(key, "S13"));
  return [...safety, ...body.rest("S00")];
}

/** The usage of a response, with its unknown members as residue. */
export function decodeReplyUsage(
  body: Fields,
  notes: Notes,
): { readonly usage: Usage | undefined; readonly ext: readonly Residue[] } {
  const record = asRecord(body.record["usage"]);
  body.skip("usage");
  if (record === undefined || asNumber(record["input_tokens"]) === undefined) {
    return { usage: undefined, ext: [] };
  }
  const usage = decodeUsage(record, notes.document);
  const { cacheWrite = 0, reasoning = 0 } = usage;
  if (cacheWrite > 0) notes.use("S12b", "/usage/input_tokens_details/cache_write_tokens");
  if (reasoning > 0) notes.use("S12d", "/usage/output_tokens_details/reasoning_tokens");
  const members = fieldsOf(record, "/usage", notes);
  members.skip(...USAGE_MEMBERS, ...zeroMembers(record));
  return { usage, ext: members.rest("S00") };
}

/** The state of a response that still goes on in the background; no other dialect has such a thing (R76). */
function unfinished(body: Fields): readonly Residue[] {
  const status = asString(body.record["status"]) ?? "";
  return status === "queued" || status === "in_progress" ? body.residue("status", "R76") : [];
}

/** Why a response ended, given what it holds. */
export function readStop(body: Fields, blocks: readonly Pick<Block, "kind">[]): Stop {
  const reason = asString(asRecord(body.record["incomplete_details"])?.["reason"]);
  return decodeStop(asString(body.record["status"]), reason, {
    calls: blocks.some(({ kind }) => kind === "toolCall"),
    refusal: blocks.some(({ kind }) => kind === "refusal"),
  });
}
