// Media by value: data URLs, what bytes really are, and the base64 around them. The base64 text itself is never decoded
// and encoded again (translation.md B.2 R06).
import { entry } from "../../lib/entry.ts";
import { asRecord, asString, jsonText, parseJson } from "../../lib/json.ts";
import type { Media } from "../../ir/block.ts";

/** Bytes by value. */
export type Inline = Extract<Media, { kind: "inline" }>;

const DATA_URL = /^data:([^,]*),/i;

/** Reads a data URL, also with extra parameters, upper-case `BASE64`, or without base64; `undefined`: it is none. */
export function parseDataUrl(url: string): Inline | undefined {
  const head = DATA_URL.exec(url);
  if (head === null) return undefined;
  const [type = "", ...parameters] = (head[1] ?? "").split(";").map((part) => part.trim());
  const data = url.slice(head[0].length);
  const isBase64 = parameters.some((parameter) => parameter.toLowerCase() === "base64");
  const base64 = isBase64 ? data.replace(/%([\da-f]{2})/gi, unescapeByte) : percentToBase64(data);
  return inline(type, base64);
}

/** Writes a data URL. */
export function dataUrl(media: Inline): string {
  return `data:${media.mime};base64,${media.base64}`;
}

/** Bytes with the type that they really have where the declared one is missing or contradicts them. */
export function inline(declared: string | undefined, base64: string): Inline {
  const mime = normalMime(declared ?? "");
  return { kind: "inline", mime: trueMime(mime, base64), base64 };
}

/** One spelling for types that have several. */
export function normalMime(mime: string): string {
  const plain = mime.trim().toLowerCase();
  return entry(SYNONYMS, plain) ?? plain;
}

const SYNONYMS: Readonly<Record<string, string>> = {
  "image/jpg": "image/jpeg",
  "image/pjpeg": "image/jpeg",
  "audio/mp3": "audio/mpeg",
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/vnd.wave": "audio/wav",
  "application/x-pdf": "application/pdf",
};

/** Only pictures are checked against their bytes: some vendors refuse a PNG that is called a JPEG. */
function trueMime(mime: string, base64: string): string {
  const vague = mime === "" || mime === "application/octet-stream" || mime.endsWith("/*");
  if (!vague && !mime.startsWith("image/")) return mime;
  const sniffed = sniffMime(base64);
  if (vague) return sniffed ?? (mime === "" ? "application/octet-stream" : mime);
  return sniffed?.startsWith("image/") === true ? sniffed : mime;
}

/** Magic bytes as Latin-1 text; `.` stands for any byte. */
const MAGIC: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n/, "image/png"],
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^GIF8[79]a/, "image/gif"],
  [/^RIFF[^]{4}WEBP/, "image/webp"],
  [/^RIFF[^]{4}WAVE/, "audio/wav"],
  [/^BM[^]{4}\0\0\0\0/, "image/bmp"],
  [/^(?:II\*\0|MM\0\*)/, "image/tiff"],
  [/^[^]{4}ftyp(?:heic|heix|mif1|msf1)/, "image/heic"],
  [/^[^]{4}ftypavif/, "image/avif"],
  [/^[^]{4}ftypM4A/, "audio/mp4"],
  [/^[^]{4}ftyp/, "video/mp4"],
  [/^[^]E\xdf\xa3/, "video/webm"],
  [/^%PDF-/, "application/pdf"],
  [/^ID3/, "audio/mpeg"],
  [/^\xff[\xfb\xf3\xf2]/, "audio/mpeg"],
  [/^\xff[\xf1\xf9]/, "audio/aac"],
  [/^fLaC/, "audio/flac"],
  [/^OggS/, "audio/ogg"],
  [/^PK[^]{2}/, "application/zip"],
];

/** Base64 characters that hold the longest magic number. */
const SNIFF_CHARS = 32;

/** What the first bytes say; `undefined` if nothing that is known here. */
export function sniffMime(base64: string): string | undefined {
  const head = standardBase64(base64.slice(0, SNIFF_CHARS * 2)).slice(0, SNIFF_CHARS);
  let bytes: string;
  try {
    bytes = atob(head.slice(0, head.length - (head.length % 4)));
  } catch {
    return undefined;
  }
  return MAGIC.find(([pattern]) => pattern.test(bytes))?.[1];
}

/** Whether a text is base64 in the standard alphabet, padded, without white space. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** The same bytes in the standard alphabet without white space, for targets that take no other (E068). */
export function standardBase64(text: string): string {
  if (isBase64(text)) return text;
  const plain = text
    .replace(/\s+/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/=+$/, "");
  return plain.padEnd(Math.ceil(plain.length / 4) * 4, "=");
}

function unescapeByte(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** Percent-encoded text to the base64 of its bytes; text outside of ASCII counts as UTF-8. */
function percentToBase64(text: string): string {
  const escaped = text.replace(/[^\0-\x7f]+/gu, (run) => encodeURIComponent(run));
  return btoa(escaped.replace(/%([\da-f]{2})/gi, unescapeByte));
}

/** UTF-8 text as base64. */
export function textToBase64(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

/** Base64 of UTF-8 text back to the text; `undefined` if the bytes are no UTF-8. */
export function base64ToText(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(standardBase64(base64)), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const BY_EXTENSION: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  htm: "text/html",
  json: "application/json",
  xml: "application/xml",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  tiff: "image/tiff",
  heic: "image/heic",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  flac: "audio/flac",
  ogg: "audio/ogg",
  m4a: "audio/mp4",
  aac: "audio/aac",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
  mpeg: "video/mpeg",
};

/** The type that a file name or URL suggests by its ending; `undefined` if none that is known here. */
export function mimeOfName(name: string): string | undefined {
  const ending = /\.([A-Za-z0-9]+)(?:[?#].*)?$/.exec(name)?.[1];
  return ending === undefined ? undefined : entry(BY_EXTENSION, ending.toLowerCase());
}

/** The usual file ending of a type, without the dot; `undefined` if none is known here. */
export function extensionOf(mime: string): string | undefined {
  return Object.keys(BY_EXTENSION).find((ending) => BY_EXTENSION[ending] === mime);
}

/** Whether a file of this type is text that a model reads as it stands. */
export function isTextMime(mime: string): boolean {
  return mime.startsWith("text/") || mime === "application/json" || mime === "application/xml";
}

/** An OpenAI file id, spelt alike by both of OpenAI's protocols, so that each understands the other's. */
export function openaiFile(id: string): Media {
  const text = jsonText(JSON.stringify({ file_id: id }));
  if (text === undefined) throw new Error("printed JSON is JSON");
  return { kind: "vendor", dialect: OPENAI_FILES, text };
}

const OPENAI_FILES = "openai";

/** The OpenAI file id that a vendor reference holds; `undefined`: the reference is another vendor's. */
export function openaiFileId(media: Media): string | undefined {
  if (media.kind !== "vendor" || media.dialect !== OPENAI_FILES) return undefined;
  const document = parseJson(media.text);
  return document.ok ? asString(asRecord(document.value.root)?.["file_id"]) : undefined;
}
