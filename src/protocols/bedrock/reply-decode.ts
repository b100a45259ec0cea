// Buffered replies of Converse to the neutral model. Lenient: what the service adds becomes residue, never a failure.
import { compact } from "../../lib/compact.ts";
import { asArray, asRecord, type JsonDocument } from "../../lib/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Failure } from "../../ir/failure.ts";
import type { Reply, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import { zeroMembers } from "../kit/counts.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import { takeNotes, type Notes } from "../kit/notes.ts";
import type { Origin } from "../protocol.ts";
import { DIALECT } from "./dialect.ts";
import { decodeBlocks } from "./reply-decode-blocks.ts";
import { decodeStop, FINE } from "./stop.ts";
import { tap } from "./tap.ts";
import { decodeUsage, USAGE_MEMBERS } from "./usage.ts";

/** Decodes a reply; an exception in disguise, or a 200 without output, is a failure of the upstream (E254). */
export function decode(document: JsonDocument, origin: Origin): Result<Reply, Failure> {
  const root = asRecord(document.root);
  const message = asRecord(asRecord(root?.["output"])?.["message"]);
  const content = asArray(message?.["content"]);
  if (root === undefined || content === undefined) {
    const failure = tap.failure(document.root);
    return err(failure ?? { class: "bad-upstream-reply", message: "the reply holds no output" });
  }
  const notes = takeNotes(document, DIALECT, false);
  const body = fieldsOf(root, "", notes);
  body.skip("output");
  const blocks = decodeBlocks(content, notes, origin);
  const stop = decodeStop(body.any("stopReason"));
  if (FINE.has(stop.class)) notes.use("S10", "/stopReason");
  const { usage, ext } = readUsage(body, notes);
  const tier = readTier(body, notes);
  return ok(
    compact({
      candidates: [{ blocks, stop }],
      usage,
      tier,
      ext: [...ext, ...metaResidues(body), ...body.rest("S00")],
      uses: notes.uses(),
    }),
  );
}

/** What a body, or the `metadata` of a stream, says beside the answer. */
export function metaResidues(body: Fields): readonly Residue[] {
  return [...body.residue("trace", "S13"), ...body.residue("metrics", "S00")];
}

/** The usage of a body or of the `metadata` of a stream. */
export function readUsage(
  body: Fields,
  notes: Notes,
): { readonly usage: Usage | undefined; readonly ext: readonly Residue[] } {
  const record = asRecord(body.record["usage"]);
  body.skip("usage");
  if (record === undefined) return { usage: undefined, ext: [] };
  const usage = decodeUsage(record, notes.document);
  const { cacheWrite = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage;
  if (cacheWrite > 0) notes.use("S12b", "/usage/cacheWriteInputTokens");
  if (cacheWrite5m + cacheWrite1h > 0) notes.use("S12c", "/usage/cacheDetails");
  const fields = fieldsOf(record, "/usage", notes);
  fields.skip(...USAGE_MEMBERS, ...zeroMembers(record));
  return { usage, ext: fields.rest("S00") };
}

const TIERS: Readonly<Record<string, Tier["class"]>> = {
  default: "default",
  flex: "flex",
  priority: "priority",
};

/** The tier that served the call. */
export function readTier(body: Fields, notes: Notes): Tier | undefined {
  const raw = body.fields("serviceTier")?.string("type");
  if (raw === undefined) return undefined;
  notes.use("S15", "/serviceTier");
  return { class: (Object.hasOwn(TIERS, raw) ? TIERS[raw] : undefined) ?? "other", raw };
}
