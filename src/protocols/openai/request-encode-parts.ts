// Blocks to content parts, and what has no part to text that says the same (translation.md B.2).
import { entry } from "../../lib/entry.ts";
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Block, DocumentBlock, ImageBlock, Media } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { beyondModel } from "../kit/beyond-model.ts";
import {
  base64ToText,
  dataUrl,
  extensionOf,
  isTextMime,
  openaiFileId,
  type Inline,
} from "../kit/media.ts";
import {
  fileText,
  nameOf,
  orphanText,
  plainText,
  searchResultText,
  titleWithExtension,
} from "../kit/readable.ts";
import { graft, spells, type Draft } from "../kit/residue.ts";
import { isDraft, textPart } from "../kit/text-parts.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** A content part, perhaps spliced as it was. */
export type Part = Printable;

/** Where in the source the blocks stand, for the report. */
export type Place = { readonly path: string; readonly context: EncodeContext };

/** Residues of parts name the message and the part: `/messages/3/content/1/…`. */
export const PART_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** The parts of user content. What cannot be sent is reported and left out. */
export function encodeParts(blocks: readonly Block[], place: Place): readonly Part[] {
  return blocks.flatMap((block) => encodePart(block, place) ?? []);
}

/** One part; `undefined`: it has no place here. */
export function encodePart(block: Block, place: Place): Part | undefined {
  const missing = beyondModel(block, place.context.target.capabilities);
  // A breakpoint goes with what carries it.
  if (missing !== undefined && place.context.breakpoints.has(block)) dropped("R63", place);
  if (missing !== undefined) return dropped(missing, place);
  const draft = encodeBare(block, place);
  if (draft === undefined || block.kind === "vendor") return draft;
  return isDraft(draft) ? withExtras(draft, block, place) : draft;
}

function encodeBare(block: Block, place: Place): Part | undefined {
  switch (block.kind) {
    case "text":
    case "refusal":
      return textPart(block.text);
    case "json":
      return textPart(block.text);
    case "image":
      return encodeImage(block, place);
    case "audio":
      return encodeAudio(block.media, place);
    case "video":
      return encodeVideo(block.media, place);
    case "document":
      return encodeDocument(block, place);
    case "searchResult":
      return textPart(searchResultText(block));
    case "vendor":
      return block.dialect === DIALECT ? raw(block.text) : dropped(block.id, place);
    case "toolResult":
      return textPart(orphanText(block.id, block.name, block.parts));
    case "thinking":
    case "toolCall":
      return undefined;
  }
  return unreachable(block);
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

/** The cache breakpoint and the part's own residues. */
function withExtras(draft: Draft, block: Block, { context }: Place): Draft {
  const marked = context.breakpoints.has(block) && !spells(block.ext, PART_GRAFT, "cache_control");
  const ttl = block.cache?.ttl === "30m" ? "30m" : undefined;
  const breakpoint = marked ? { prompt_cache_breakpoint: { mode: "explicit", ttl } } : {};
  return graft({ ...draft, ...breakpoint }, block.ext, PART_GRAFT);
}

function encodeImage(block: ImageBlock, place: Place): Part | undefined {
  const { media, detail } = block;
  switch (media.kind) {
    case "inline":
      return { type: "image_url", image_url: { url: dataUrl(media), detail } };
    case "url":
      return { type: "image_url", image_url: { url: media.url, detail } };
    case "vendor":
      return dropped("B01", place);
  }
  return unreachable(media);
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = { "audio/wav": "wav", "audio/mpeg": "mp3" };

/** Only two formats are documented; a client of this dialect may know a server that takes more. */
function encodeAudio(media: Media, place: Place): Part | undefined {
  if (media.kind !== "inline") return dropped(media.kind === "vendor" ? "B01" : "R16", place);
  const { mime, base64 } = media;
  const other = place.context.isOwn ? (extensionOf(mime) ?? mime.split("/")[1]) : undefined;
  const format = entry(AUDIO_FORMATS, mime) ?? other;
  if (format === undefined) return dropped("R16", place);
  return { type: "input_audio", input_audio: { data: base64, format } };
}

/** No place at OpenAI, but some servers of this protocol have one. */
function encodeVideo(media: Media, place: Place): Part | undefined {
  if (!place.context.isOwn || media.kind === "vendor") return dropped("R17", place);
  const url = media.kind === "url" ? media.url : dataUrl(media);
  return { type: "video_url", video_url: { url } };
}

function encodeDocument(block: DocumentBlock, place: Place): Part | undefined {
  const { content } = block;
  switch (content.kind) {
    case "text":
      place.context.verdicts.loseNoted("R12", place.path, "D");
      return textPart(fileText(nameOf(block), content.text));
    case "blocks":
      return textPart(fileText(nameOf(block), plainText(content.blocks)));
    case "media":
      return encodeFile(block, content.media, place);
  }
  return unreachable(content);
}

function encodeFile(block: DocumentBlock, media: Media, place: Place): Part | undefined {
  // How closely to look is said of images only.
  for (const { dialect, id, path } of block.ext ?? []) {
    if (id === "R09" && dialect !== DIALECT) place.context.verdicts.lose(id, path, "X");
  }
  switch (media.kind) {
    case "inline":
      return encodeInlineFile(block, media, place);
    case "vendor": {
      const id = openaiFileId(media);
      const known = id !== undefined && place.context.isOpenai;
      return known
        ? { type: "file", file: { file_id: id, filename: block.filename } }
        : dropped("B01", place);
    }
    case "url":
      // Mistral takes addresses; elsewhere the bytes would have to be fetched first.
      if (!place.context.isOwn) return dropped("R11", place);
      return { type: "document_url", document_url: media.url };
  }
  return unreachable(media);
}

function encodeInlineFile(block: DocumentBlock, media: Inline, place: Place): Part | undefined {
  const { context, path } = place;
  if (!context.isOwn && media.mime.startsWith("image/")) {
    return { type: "image_url", image_url: { url: dataUrl(media) } };
  }
  const text = !context.isOwn && isTextMime(media.mime) ? base64ToText(media.base64) : undefined;
  if (text !== undefined) {
    context.verdicts.lose("R12", path, "D");
    return textPart(fileText(nameOf(block), text));
  }
  if (!context.isOwn && media.mime !== "application/pdf") return dropped("R12", place);
  const filename = block.filename ?? titleWithExtension(block.title, media.mime);
  return { type: "file", file: { filename, file_data: dataUrl(media) } };
}
