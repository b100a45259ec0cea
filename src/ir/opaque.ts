// Opaque reasoning tokens on their way through a foreign dialect (translation.md 0.4): sealed when shown to a client,
// opened again when it echoes them, and replayed only to who made them. An envelope never reaches a provider.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Opaque } from "./block.ts";

/*
 * envelope = base64( "rcl" version hmac payload )
 * version  = one byte, 1;  hmac = HMAC-SHA256 over version and payload;  payload = UTF-8 JSON [vendor, model, kind, data]
 *
 * Standard base64 with padding, because that is legal in every carrier: Anthropic's signature, Gemini's and Bedrock's
 * byte fields, and plain strings. No randomness: the same token gives the same text, which keeps prompt caches warm.
 */
const TAG = Buffer.from("rcl");
const VERSION = 1;
const HMAC_BYTES = 32;
const HEADER_BYTES = TAG.length + 1 + HMAC_BYTES;
/** "rcl" takes exactly four characters of base64. */
const TEXT_TAG = TAG.toString("base64");
/** Longest envelope that is opened, in characters; longer ones are treated as forged. */
const MAX_TEXT = 8 * 1024 * 1024;

const KINDS: ReadonlySet<string> = new Set([
  "signature",
  "redacted",
  "encrypted",
  "thoughtSignature",
  "itemId",
] satisfies readonly Opaque["kind"][]);

/** What a tagged text opens to when it is not genuine: a token of no vendor, which `mayReplay` turns away everywhere. */
const FORGED: Opaque = { vendor: "", kind: "signature", data: "" };

/** Wraps a token so that it can ride in another dialect; `key` is the gateway's secret. */
export function seal(opaque: Opaque, key: Uint8Array): string {
  const payload = Buffer.from(
    JSON.stringify([opaque.vendor, opaque.model ?? null, opaque.kind, opaque.data]),
  );
  const version = Buffer.from([VERSION]);
  return Buffer.concat([TAG, version, sign(version, payload, key), payload]).toString("base64");
}

/**
 * Opens what `seal` made. `undefined`: no envelope, so a native token of the dialect that carried it. An envelope that was
 * forged, damaged, or sealed with another key opens to a token without vendor, which is never replayed.
 */
export function unseal(text: string, key: Uint8Array): Opaque | undefined {
  if (!text.startsWith(TEXT_TAG)) return undefined;
  if (text.length > MAX_TEXT) return FORGED;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length <= HEADER_BYTES || bytes[TAG.length] !== VERSION) return FORGED;
  const version = bytes.subarray(TAG.length, TAG.length + 1);
  const hmac = bytes.subarray(TAG.length + 1, HEADER_BYTES);
  const payload = bytes.subarray(HEADER_BYTES);
  if (!timingSafeEqual(hmac, sign(version, payload, key))) return FORGED;
  return readPayload(payload.toString("utf8"));
}

function sign(version: Uint8Array, payload: Uint8Array, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(version).update(payload).digest();
}

/** Reads a payload whose HMAC was right, so it is one that we wrote. */
function readPayload(text: string): Opaque {
  const fields: unknown = JSON.parse(text);
  if (!Array.isArray(fields)) return FORGED;
  const [vendor, model, kind, data]: unknown[] = fields;
  if (typeof vendor !== "string" || typeof data !== "string" || !isKind(kind)) return FORGED;
  return { vendor, ...(typeof model === "string" ? { model } : {}), kind, data };
}

function isKind(kind: unknown): kind is Opaque["kind"] {
  return typeof kind === "string" && KINDS.has(kind);
}

/** Who a token would be sent to. */
export type ReplayTarget = { readonly vendor: string; readonly model: string };

/**
 * The replay gate: a token goes only to the vendor family and the model that made it. A token whose model is unknown may
 * go to any model of its vendor; one whose vendor is unknown goes nowhere.
 */
export function mayReplay(opaque: Opaque, target: ReplayTarget): boolean {
  if (opaque.vendor === "" || opaque.vendor !== target.vendor) return false;
  const { model = "" } = opaque;
  return model === "" || baseModel(model) === baseModel(target.model);
}

/**
 * The name that the spellings of one model share: without path, without a `region.vendor.` prefix, without date, `-latest`
 * and API version at the end. Hosts report the dated name of a model that was asked for by its short one.
 */
export function baseModel(model: string): string {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  return name
    .replace(/^(?:[a-z-]+\.)?[a-z]+\.(?=[a-z])/, "")
    .replace(/-v\d+(?::[a-z\d]+)*$/, "")
    .replace(/(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|[-@]latest)$/, "");
}
