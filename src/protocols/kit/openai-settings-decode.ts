// Settings that both of OpenAI's protocols spell alike, read from a request (translation.md B.5, B.8, B.11).
import { compact } from "../../lib/compact.ts";
import type { JsonText } from "../../lib/json.ts";
import type { LossId } from "../../ir/loss.ts";
import type { CacheSpec, Identity, OutputSpec, Residue, Tier } from "../../ir/request.ts";
import type { Fields } from "./fields.ts";
import { wrongValue, type Notes } from "./notes.ts";

/** A piece of the request with what of it stays residue. */
export type Piece<T> = { readonly value: T; readonly residues: readonly Residue[] };

/** Reads a number and notes its feature. */
export function numberOf(body: Fields, key: string, id: LossId, notes: Notes): number | undefined {
  const value = body.number(key);
  if (value !== undefined) notes.use(id, body.at(key));
  return value;
}

/** Reads a value verbatim and notes its feature. */
export function textOf(body: Fields, key: string, id: LossId, notes: Notes): JsonText | undefined {
  const text = body.text(key);
  if (text !== undefined) notes.use(id, body.at(key));
  return text;
}

const VERBOSITIES = ["low", "medium", "high"] as const;

/** Reads `verbosity` (R46); another word than the three is a problem. */
export function decodeVerbosity(body: Fields, notes: Notes): OutputSpec["verbosity"] {
  const word = body.string("verbosity");
  if (word === undefined) return undefined;
  const known = VERBOSITIES.find((candidate) => candidate === word);
  if (known === undefined) notes.reject(wrongValue(body.at("verbosity"), word, VERBOSITIES));
  else notes.use("R46", body.at("verbosity"));
  return known;
}

/** Prompt caching as asked for the request as a whole (R63 to R65). */
export function decodeCache(body: Fields, notes: Notes): Piece<CacheSpec> {
  const key = body.string("prompt_cache_key");
  if (key !== undefined) notes.use("R64", body.at("prompt_cache_key"));
  const options = body.fields("prompt_cache_options");
  const automatic = options?.record["mode"] === "implicit";
  const ttl = options?.record["ttl"] === "30m" ? "30m" : undefined;
  if (ttl !== undefined) notes.use("R63t", `${body.at("prompt_cache_options")}/ttl`);
  return {
    value: compact({
      key,
      automatic: automatic ? {} : undefined,
      ttl,
    }),
    residues: [
      ...body.residue("prompt_cache_options", automatic ? "R65" : "R63"),
      ...body.residue("prompt_cache_retention", "R63t"),
    ],
  };
}

/** Who is behind the call (R68, R69): `safety_identifier` first; the older `user` keeps its own name for the way back. */
export function decodeIdentity(body: Fields, notes: Notes): Piece<Identity> {
  const safety = body.string("safety_identifier");
  const older = body.string("user");
  const user = safety ?? older;
  if (safety !== undefined) notes.use("R69", body.at("safety_identifier"));
  const metadata = textOf(body, "metadata", "R68", notes);
  return {
    value: compact({
      user,
      metadata,
    }),
    residues: older === undefined ? [] : body.residue("user", "R69"),
  };
}

const TIERS: readonly Tier["class"][] = ["auto", "default", "flex", "priority"];

/** The service tier that is asked for (R70). */
export function decodeTier(body: Fields, notes: Notes): Tier | undefined {
  const raw = body.string("service_tier");
  if (raw === undefined) return undefined;
  notes.use("R70", body.at("service_tier"));
  return tierOf(raw);
}

/** Every word that OpenAI has for a tier. */
export const TIER_WORDS: ReadonlySet<string> = new Set([...TIERS, "scale", "fast"]);

/** The class of OpenAI's word for a tier; `scale`, `fast` and what may come have no counterpart elsewhere. */
export function tierOf(raw: string): Tier {
  return { class: TIERS.find((known) => known === raw) ?? "other", raw };
}
