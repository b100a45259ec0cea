// Token counts of Cohere: the input is taken to include what was cached (translation.md B.12, F 2). What is billed may
// differ from what was counted (S12f).
import { compact } from "../../lib/compact.ts";
import { asNumber, asRecord, type JsonDocument, type JsonRecord } from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";
import type { Residue } from "../../ir/request.ts";
import { fieldsOf } from "../kit/fields.ts";
import type { Notes } from "../kit/notes.ts";
import { inputTotal } from "../kit/openai-usage.ts";
import type { Draft } from "../kit/residue.ts";

/** Reads a usage object. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const tokens = asRecord(usage["tokens"]) ?? asRecord(usage["billed_units"]);
  const input = asNumber(tokens?.["input_tokens"]);
  const cacheRead = asNumber(usage["cached_tokens"]);
  return compact({
    inFresh: input === undefined ? undefined : Math.max(input - (cacheRead ?? 0), 0),
    cacheRead,
    output: asNumber(tokens?.["output_tokens"]),
    reported: document.textOf(usage),
  });
}

/** The usage of a reply or of the end of a stream. */
export type ReadUsage = { readonly usage: Usage | undefined; readonly ext: readonly Residue[] };

/** Reads the `usage` of a body; an empty one says nothing. */
export function readUsage(body: JsonRecord, notes: Notes): ReadUsage {
  const record = asRecord(body["usage"]);
  if (record === undefined || Object.keys(record).length === 0)
    return { usage: undefined, ext: [] };
  const fields = fieldsOf(record, "/usage", notes);
  fields.skip("cached_tokens");
  const tokens = fields.fields("tokens");
  tokens?.skip("input_tokens", "output_tokens");
  const billed = asRecord(record["billed_units"]);
  const isTold = billed !== undefined && !isSame(billed, asRecord(record["tokens"]) ?? billed);
  if (!isTold) fields.skip("billed_units");
  const ext = [
    ...(isTold ? fields.residue("billed_units", "S12f") : []),
    ...(tokens?.rest("S00") ?? []),
    ...fields.rest("S00"),
  ];
  return { usage: decodeUsage(record, notes.document), ext };
}

/** Whether both say the same and nothing else. */
function isSame(billed: JsonRecord, tokens: JsonRecord): boolean {
  return Object.entries(billed).every(([key, count]) => (tokens[key] ?? 0) === count);
}

/** Writes a usage object; what is billed is what was counted, unless the vendor itself said otherwise. */
export function encodeUsage(usage: Usage): Draft {
  const counts = { input_tokens: inputTotal(usage), output_tokens: usage.output ?? 0 };
  return { billed_units: counts, tokens: counts, cached_tokens: usage.cacheRead };
}
