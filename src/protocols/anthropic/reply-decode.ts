// Buffered replies of Messages to the neutral model. Lenient: what a server adds becomes residue, never a failure.
import { compact } from "../../lib/compact.ts";
import { asArray, asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Reply, Stop, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import { zeroMembers } from "../kit/counts.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { failureIn } from "./failure.ts";
import { decodeBlocks } from "./reply-decode-blocks.ts";
import { decodeStop, FINE } from "./stop.ts";
import { decodeUsage, USAGE_MEMBERS } from "./usage.ts";

/** Decodes a reply; an error in disguise, or a body without an answer, is a failure of the upstream. */
export function decode(document: JsonDocument, origin: Origin): Result<Reply, Failure> {
  const root = asRecord(document.root);
  const content = asArray(root?.["content"]);
  if (root === undefined || content === undefined) {
    const failure = failureIn(document.root);
    return err(failure ?? { class: "bad-upstream-reply", message: "the reply holds no content" });
  }
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  body.skip("type", "role", "content");
  const id = body.string("id");
  const model = body.string("model");
  if (model !== undefined) notes.use("S14m", "/model");
  const blocks = decodeBlocks(content, notes, origin);
  const stop = readStop(body, notes);
  const { usage, tier, ext } = readUsage(body, notes);
  return ok(
    compact({
      id,
      model,
      candidates: [{ blocks, stop }],
      usage,
      tier,
      ext: [...ext, ...stopResidues(body), ...transformations(body), ...body.rest("S00")],
      uses: notes.uses(),
    }),
  );
}

/** What the vendor left out of the history that it was sent (E338). */
function transformations(body: Fields): readonly Residue[] {
  return body.residue("input_transformations", "R62");
}

/** The stop reason of a body or of a `message_delta`'s delta. */
export function readStop(fields: Fields, notes: Notes): Stop {
  const stop = decodeStop(
    fields.any("stop_reason"),
    fields.any("stop_sequence"),
    fields.any("stop_details"),
  );
  if (stop.sequence !== undefined) notes.use("S11", "/stop_sequence");
  if (stop.refusal !== undefined) notes.use("S02b", "/stop_details");
  if (FINE.has(stop.class)) notes.use("S10", "/stop_reason");
  return stop;
}

/** What a refusal's details say beyond category and explanation. */
export function stopResidues(fields: Fields): readonly Residue[] {
  const details = fields.fields("stop_details");
  details?.skip("type", "category", "explanation");
  return details?.rest("S00") ?? [];
}

/** What a usage object says, and what of it has no place in the neutral model. */
export type ReadUsage = {
  readonly usage: Usage | undefined;
  readonly tier: Tier | undefined;
  readonly ext: readonly Residue[];
};

/** The usage of a body, of a `message_start`'s message or of a `message_delta`. */
export function readUsage(body: Fields, notes: Notes): ReadUsage {
  const record = asRecord(body.record["usage"]);
  if (record === undefined) return { usage: undefined, tier: undefined, ext: [] };
  body.skip("usage");
  const fields = fieldsOf(record, "/usage", notes);
  fields.skip(...USAGE_MEMBERS);
  const usage = decodeUsage(record, notes.document);
  const { cacheWrite = 0, reasoning = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage;
  if (cacheWrite > 0) notes.use("S12b", "/usage/cache_creation_input_tokens");
  if (cacheWrite5m + cacheWrite1h > 0) notes.use("S12c", "/usage/cache_creation");
  if (reasoning > 0) notes.use("S12d", "/usage/output_tokens_details/thinking_tokens");
  fields.skip(...zeroMembers(record));
  const raw = fields.string("service_tier");
  if (raw !== undefined) notes.use("S15", "/usage/service_tier");
  return { usage, tier: raw === undefined ? undefined : tierOf(raw), ext: fields.rest("S12f") };
}

const TIERS: Readonly<Record<string, Tier["class"]>> = {
  standard: "default",
  priority: "priority",
};

function tierOf(raw: string): Tier {
  return { class: Object.hasOwn(TIERS, raw) ? (TIERS[raw] ?? "other") : "other", raw };
}
