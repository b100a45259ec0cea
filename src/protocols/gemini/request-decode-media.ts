// Media by value (`inlineData`) and by address (`fileData`), told apart by their type (translation.md B.2).
import { compact } from "../../lib/compact.ts";
import { asRecord, asString } from "../../lib/json.ts";
import type { Block, ImageBlock, Media } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Residue } from "../../ir/request.ts";
import { featureOf } from "../kit/block-feature.ts";
import type { Fields } from "../kit/fields.ts";
import { inline, mimeOfName, normalMime, standardBase64 } from "../kit/media.ts";
import { missing, type Notes } from "../kit/notes.ts";
import { DIALECT } from "./dialect.ts";
import { isPublic, isVideoSite } from "./media-address.ts";

const KEYS = ["inlineData", "fileData"] as const;

/** The block of a part that is media; `undefined`: it is none. */
export function decodeMedia(part: Fields, notes: Notes): Block | undefined {
  const key = KEYS.find((name) => asRecord(part.record[name]) !== undefined);
  const inner = key === undefined ? undefined : part.fields(key);
  if (inner === undefined) return undefined;
  const isFile = key === "fileData";
  const { media, mime } = isFile ? fileMedia(inner, notes) : inlineMedia(inner);
  const filename = media.kind === "vendor" ? undefined : inner.string("displayName");
  const block = blockOf(media, mime, filename);
  notes.use(featureOfPart(block), part.path);
  const detail = block.kind === "image" ? detailOf(part, notes) : {};
  const ext = [...inner.rest("R00"), ...(detail.ext ?? [])];
  const content = isFile ? "fileUri" : "data";
  if (inner.record[content] === undefined) notes.reject(missing(inner.at(content)));
  return { ...block, ...detail, ...(ext.length === 0 ? {} : { ext }) };
}

type Found = { readonly media: Media; readonly mime: string };

/** The server takes both alphabets, others do not (E068). */
function inlineMedia(inner: Fields): Found {
  const media = inline(inner.string("mimeType"), standardBase64(inner.string("data") ?? ""));
  return { media, mime: media.mime };
}

/** A file of the vendor's own stores cannot be read by others (B01). */
const OWN_FILE = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|files\/)/i;

function fileMedia(inner: Fields, notes: Notes): Found {
  const url = inner.string("fileUri") ?? "";
  const given = inner.string("mimeType");
  // An address that does not say what it leads to: mostly a picture.
  const guessed = isVideoSite(url) ? "video/*" : (mimeOfName(url) ?? "image/*");
  const mime = given === undefined || given === "" ? guessed : normalMime(given);
  if (!OWN_FILE.test(url) && isPublic(url)) {
    const told = given === undefined ? undefined : mime;
    return { media: compact({ kind: "url", url, mime: told }), mime: mime ?? "" };
  }
  inner.skip(...Object.keys(inner.record));
  const text = notes.document.textOf(inner.record);
  return { media: { kind: "vendor", dialect: DIALECT, text }, mime: mime ?? "" };
}

function blockOf(media: Media, mime: string, filename: string | undefined): Block {
  if (mime.startsWith("image/")) return { kind: "image", media };
  if (mime.startsWith("audio/")) return { kind: "audio", media };
  if (mime.startsWith("video/")) return { kind: "video", media };
  return compact({ kind: "document", content: { kind: "media", media }, filename });
}

function featureOfPart(block: Block): LossId {
  if ("media" in block && block.media.kind === "vendor") return "B01";
  const isText =
    block.kind === "document" &&
    block.content.kind === "media" &&
    block.content.media.kind === "inline" &&
    block.content.media.mime !== "application/pdf";
  return isText ? "R12" : featureOf(block);
}

const LEVELS: Readonly<Record<string, ImageBlock["detail"]>> = {
  MEDIA_RESOLUTION_LOW: "low",
  MEDIA_RESOLUTION_HIGH: "high",
  MEDIA_RESOLUTION_ULTRA_HIGH: "original",
};

/** The resolution of one image; what others have no word for stays residue (R09). */
function detailOf(
  part: Fields,
  notes: Notes,
): { readonly detail?: NonNullable<ImageBlock["detail"]>; readonly ext?: readonly Residue[] } {
  const value = part.record["mediaResolution"];
  if (value === undefined) return {};
  const level = asString(asRecord(value)?.["level"]) ?? "";
  const detail = Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined;
  if (detail === undefined) return { ext: part.residue("mediaResolution", "R09") };
  part.skip("mediaResolution");
  notes.use("R09", part.at("mediaResolution"));
  return { detail };
}
