// Content, as a string or as parts, to blocks (translation.md B.2).
import { entry } from "../../lib/entry.ts";
import { compact, filled } from "../../lib/compact.ts";
import { asRecord, asString, type Json } from "../../lib/json.ts";
import type { Block, Media } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { fieldsAt, type Fields } from "../kit/fields.ts";
import { inline, mimeOfName, openaiFile, parseDataUrl } from "../kit/media.ts";
import { missing, wrongType, type Notes } from "../kit/notes.ts";
import { decodeBase, DETAILS, fileFeature } from "../kit/openai-parts-decode.ts";
import { DIALECT } from "./dialect.ts";

/** What decoding parts needs. */
export type PartContext = {
  readonly notes: Notes;
  /** The feature that an unknown part counts as; absent: R00. */
  readonly unknown?: LossId;
};

/** The blocks of a message's `content`; an absent or null one has none. */
export function decodeContent(message: Fields, context: PartContext): readonly Block[] {
  const content = message.any("content");
  if (content === undefined) return [];
  return decodeContentValue(content, message.at("content"), context);
}

function decodeContentValue(content: Json, path: string, context: PartContext): readonly Block[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content)) {
    context.notes.reject(wrongType(path, "one of a string or array of objects", content));
    return [];
  }
  const list: readonly Json[] = content;
  return list.flatMap((part, index) => {
    const place = `${path}/${index}`;
    if (typeof part === "string") return [{ kind: "text", text: part } as const];
    const fields = fieldsAt(part, place, context.notes);
    return fields === undefined ? [] : [decodePart(fields, context)];
  });
}

function decodePart(part: Fields, context: PartContext): Block {
  const decode = entry(DECODERS, asString(part.record["type"]) ?? "");
  const block = decode?.(part, context);
  if (block === undefined) return verbatim(part, context, context.unknown ?? "R00");
  part.skip("type");
  const base = decodeBase(part, context.notes);
  const ext = filled([...(block.ext ?? []), ...(base.ext ?? [])]);
  return { ...block, ...base, ...compact({ ext }) };
}

/** `undefined`: a part that is not what its type says. */
type Decoder = (part: Fields, context: PartContext) => Block | undefined;

const decodeText: Decoder = (part) => ({ kind: "text", text: part.string("text") ?? "" });

const DECODERS: Readonly<Record<string, Decoder>> = {
  text: decodeText,
  input_text: decodeText,
  output_text: decodeText,
  refusal: (part, { notes }) => {
    notes.use("S02", part.path);
    return { kind: "refusal", text: part.string("refusal") ?? "" };
  },
  thinking: decodeThinking,
  image_url: decodeImage,
  input_audio: decodeAudio,
  file: decodeFile,
  video_url: decodeVideo,
  document_url: decodeDocumentUrl,
};

/** A part that only this dialect understands is kept whole: nothing is skipped silently. */
function verbatim(part: Fields, context: PartContext, id: LossId): Block {
  context.notes.use(id, part.path);
  const text = context.notes.document.textOf(part.record);
  return { kind: "vendor", dialect: DIALECT, text, id };
}

/** Mistral: `{type:"thinking",thinking:[{type:"text",text}]}`. */
function decodeThinking(part: Fields): Block | undefined {
  const pieces = part.record["thinking"];
  const list: readonly Json[] = Array.isArray(pieces) ? pieces : [];
  const text =
    asString(pieces) ?? list.map((piece) => asString(asRecord(piece)?.["text"]) ?? "").join("");
  if (pieces === undefined) return undefined;
  part.skip("thinking");
  return { kind: "thinking", text, form: "raw", redacted: false };
}

/** The address in a member that is `{url}` or, with some vendors, the address itself. */
function addressIn(part: Fields, key: string): { readonly url: string; readonly inner?: Fields } {
  const plain = asString(part.record[key]);
  if (plain !== undefined) {
    part.skip(key);
    return { url: plain };
  }
  const inner = part.fields(key);
  const url = inner?.string("url");
  return compact({ url: url ?? "", inner });
}

function mediaAt(url: string): Media {
  return parseDataUrl(url) ?? { kind: "url", url };
}

function decodeImage(part: Fields, context: PartContext): Block {
  const { notes } = context;
  const { url, inner } = addressIn(part, "image_url");
  if (url === "") notes.reject(missing(`${part.at("image_url")}/url`));
  const media = mediaAt(url);
  notes.use(media.kind === "inline" ? "R06" : "R07", part.path);
  const word = asString(inner?.record["detail"]);
  const detail = DETAILS.find((known) => known === word);
  if (detail !== undefined) {
    inner?.skip("detail");
    notes.use("R09", inner?.at("detail") ?? part.path);
  }
  return compact({ kind: "image", media, detail, ext: filled(inner?.rest("R00") ?? []) });
}

const AUDIO_MIMES: Readonly<Record<string, string>> = { wav: "audio/wav", mp3: "audio/mpeg" };

function decodeAudio(part: Fields, context: PartContext): Block {
  const inner = part.fields("input_audio");
  const data = inner?.string("data");
  if (data === undefined) context.notes.reject(missing(`${part.at("input_audio")}/data`));
  const format = inner?.string("format") ?? "";
  context.notes.use("R16", part.path);
  const media =
    parseDataUrl(data ?? "") ?? inline(entry(AUDIO_MIMES, format) ?? audioMime(format), data ?? "");
  const ext = inner?.rest("R00") ?? [];
  return { kind: "audio", media, ...(ext.length === 0 ? {} : { ext }) };
}

function audioMime(format: string): string | undefined {
  return format === "" ? undefined : (mimeOfName(`.${format}`) ?? `audio/${format}`);
}

function decodeVideo(part: Fields, context: PartContext): Block {
  const { url, inner } = addressIn(part, "video_url");
  context.notes.use("R17", part.path);
  const ext = inner?.rest("R00") ?? [];
  return { kind: "video", media: mediaAt(url), ...(ext.length === 0 ? {} : { ext }) };
}

/** Mistral's way to refer to a document on the web. */
function decodeDocumentUrl(part: Fields, context: PartContext): Block {
  const { url } = addressIn(part, "document_url");
  const media = mediaAt(url);
  context.notes.use(media.kind === "inline" ? fileFeature(media.mime) : "R11", part.path);
  return { kind: "document", content: { kind: "media", media } };
}

function decodeFile(part: Fields, context: PartContext): Block | undefined {
  const { notes } = context;
  const inner = part.fields("file");
  if (inner === undefined) return undefined;
  const filename = inner.string("filename");
  const media = fileMedia(inner, filename, notes);
  if (media === undefined) {
    notes.reject(missing(inner.at("file_data")));
    return undefined;
  }
  const content = { kind: "media", media } as const;
  return compact({ kind: "document", content, filename, ext: filled(inner.rest("R00")) });
}

function fileMedia(file: Fields, filename: string | undefined, notes: Notes): Media | undefined {
  const id = file.string("file_id");
  if (id !== undefined) {
    notes.use("B01", file.path);
    return openaiFile(id);
  }
  const data = file.string("file_data");
  if (data === undefined) return undefined;
  if (/^https?:\/\//i.test(data)) {
    notes.use("R11", file.path);
    return { kind: "url", url: data };
  }
  const parsed = parseDataUrl(data) ?? inline(mimeOfName(filename ?? ""), data);
  const media =
    parsed.mime === "application/octet-stream"
      ? inline(mimeOfName(filename ?? ""), parsed.base64)
      : parsed;
  notes.use(fileFeature(media.mime), file.path);
  return media;
}
