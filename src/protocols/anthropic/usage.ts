// Token counts of Messages, where the input excludes what was read from and written to the cache (translation.md B.12).
import { compact } from "../../lib/compact.ts";
import {
  asNumber,
  asRecord,
  type JsonDocument,
  type JsonRecord,
  type Printable,
} from "../../lib/json.ts";
import type { Usage } from "../../ir/reply.ts";

/** Members of a usage object that the neutral model holds. */
export const USAGE_MEMBERS: readonly string[] = [
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation",
  "output_tokens",
  "output_tokens_details",
];

/** Reads a usage object. `null` means unknown, as absence does. */
export function decodeUsage(usage: JsonRecord, document: JsonDocument): Usage {
  const written = asRecord(usage["cache_creation"]);
  return compact({
    inFresh: asNumber(usage["input_tokens"]),
    cacheRead: asNumber(usage["cache_read_input_tokens"]),
    cacheWrite: asNumber(usage["cache_creation_input_tokens"]),
    cacheWrite5m: asNumber(written?.["ephemeral_5m_input_tokens"]),
    cacheWrite1h: asNumber(written?.["ephemeral_1h_input_tokens"]),
    output: asNumber(usage["output_tokens"]),
    reasoning: asNumber(asRecord(usage["output_tokens_details"])?.["thinking_tokens"]),
    reported: document.textOf(usage),
  });
}

/** Writes a usage object: the four counts that SDKs overwrite field by field are always there. */
export function encodeUsage(usage: Usage = {}): { readonly [key: string]: Printable } {
  const {
    inFresh = 0,
    toolUseIn = 0,
    cacheWrite = 0,
    cacheRead = 0,
    output = 0,
    reasoning,
  } = usage;
  return {
    input_tokens: inFresh + toolUseIn,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: writtenByTtl(usage),
    output_tokens: output,
    output_tokens_details: reasoning === undefined ? undefined : { thinking_tokens: reasoning },
  };
}

function writtenByTtl({ cacheWrite5m, cacheWrite1h }: Usage): Printable {
  if (cacheWrite5m === undefined && cacheWrite1h === undefined) return undefined;
  return {
    ephemeral_5m_input_tokens: cacheWrite5m ?? 0,
    ephemeral_1h_input_tokens: cacheWrite1h ?? 0,
  };
}
