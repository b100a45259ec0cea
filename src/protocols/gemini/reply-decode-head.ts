// What a body, or a chunk of a stream, says of a reply beside its answers.
import { compact } from "../../lib/compact.ts";
import { asArray, asRecord, asString, type JsonRecord } from "../../lib/json.ts";
import type { Reply, Stop, Usage } from "../../ir/reply.ts";
import type { Residue, Tier } from "../../ir/request.ts";
import { zeroMembers } from "../kit/counts.ts";
import { fieldsOf, type Fields } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { tierClass } from "./request-decode-settings.ts";
import { blockedStop, isOwnWord } from "./stop.ts";
import { decodeUsage, USAGE_MEMBERS } from "./usage.ts";

/** The stop of a prompt that was blocked; `undefined`: it was not. */
export function blockIn(root: Fields["record"] | undefined): Stop | undefined {
  const feedback = asRecord(root?.["promptFeedback"]);
  const reason = asString(feedback?.["blockReason"]);
  const isAnswered = (asArray(root?.["candidates"]) ?? []).length > 0;
  if (reason === undefined || isAnswered) return undefined;
  return blockedStop(reason, asString(feedback?.["blockReasonMessage"]));
}

/** What a body or a chunk says of the reply as a whole. */
export function readHead(body: Fields, notes: Notes): Pick<Reply, "id" | "model" | "created"> {
  const model = body.string("modelVersion");
  if (model !== undefined) notes.use("S14m", "/modelVersion");
  const time = body.string("createTime");
  const created = time === undefined ? Number.NaN : Math.floor(Date.parse(time) / 1000);
  if (!Number.isNaN(created)) notes.use("S14c", "/createTime");
  return compact({
    id: body.string("responseId"),
    model,
    created: Number.isNaN(created) ? undefined : created,
  });
}

/** A word that shares its class with another is kept as it is. */
export function finer(stop: Stop, candidate: Fields): readonly Residue[] {
  return isOwnWord(stop) ? candidate.residue("finishReason", "S00") : [];
}

/** The usage of a body or a chunk, with the tier that served it. `before`: what earlier chunks counted (E235). */
export function readUsage(
  body: Fields,
  notes: Notes,
  before: JsonRecord = {},
): {
  readonly usage: Usage | undefined;
  readonly tier: Tier | undefined;
  readonly ext: readonly Residue[];
} {
  const record = asRecord(body.record["usageMetadata"]);
  body.skip("usageMetadata");
  if (record === undefined) return { usage: undefined, tier: undefined, ext: [] };
  const fields = fieldsOf(record, "/usageMetadata", notes);
  const reported = notes.document.textOf(record);
  const usage = { ...decodeUsage({ ...before, ...record }, notes.document), reported };
  if ((usage.reasoning ?? 0) > 0) notes.use("S12d", fields.at("thoughtsTokenCount"));
  const raw = fields.string("serviceTier");
  if (raw !== undefined) notes.use("S15", fields.at("serviceTier"));
  fields.skip(...USAGE_MEMBERS, ...zeroMembers(record));
  const ext = [
    ...fields.residue("toolUsePromptTokenCount", "S12f"),
    ...fields.residue("trafficType", "S12f"),
    ...fields.residue("promptTokensDetails", "S12e"),
    ...fields.residue("candidatesTokensDetails", "S12e"),
    ...fields.residue("cacheTokensDetails", "S12e"),
    ...fields.residue("toolUsePromptTokensDetails", "S12e"),
    ...fields.rest("S00"),
  ];
  const tier: Tier | undefined = raw === undefined ? undefined : { class: tierClass(raw), raw };
  return { usage, tier, ext };
}
