// What content parts of both of OpenAI's protocols have in common (translation.md B.2, B.8).
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, type Json } from "../../lib/json.ts";
import type { BlockBase, CachePoint, ImageBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import type { Fields } from "./fields.ts";
import type { Notes } from "./notes.ts";

/** The cache breakpoint and what else a part carries; Anthropic's own `cache_control` is common among resellers. */
export function decodeBase(part: Fields, notes: Notes): BlockBase {
  const residues: Residue[] = [];
  let cache: CachePoint | undefined;
  const breakpoint = part.fields("prompt_cache_breakpoint");
  if (breakpoint !== undefined) {
    cache = ttlPoint(breakpoint.record["ttl"]);
    notes.use("R63", breakpoint.path);
    breakpoint.skip("mode");
    if (cache.ttl !== undefined) {
      breakpoint.skip("ttl");
      notes.use("R63t", breakpoint.at("ttl"));
    }
    residues.push(...breakpoint.rest("R63t"));
  }
  const control = asRecord(part.record["cache_control"]);
  if (control !== undefined) {
    cache ??= ttlPoint(control["ttl"]);
    if (control["ttl"] !== undefined) notes.use("R63t", part.at("cache_control") + "/ttl");
    residues.push(...part.residue("cache_control", "R63"));
  }
  residues.push(...part.rest("R00"));
  return compact({ cache, ext: filled(residues) });
}

/** The lifetimes that the neutral model knows; others stay residue. */
export function ttlPoint(ttl: Json | undefined): CachePoint {
  return ttl === "5m" || ttl === "30m" || ttl === "1h" ? { ttl } : {};
}

/** The resolution hints that are known (R09). */
export const DETAILS: readonly NonNullable<ImageBlock["detail"]>[] = [
  "low",
  "high",
  "auto",
  "original",
];

/** What a file counts as, by its type. */
export function fileFeature(mime: string): LossId {
  if (mime === "application/pdf") return "R10";
  if (mime.startsWith("image/")) return "R06";
  return "R12";
}
