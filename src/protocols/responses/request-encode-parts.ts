// Blocks to content parts, and what has no part to text that says the same (translation.md B.2).
import { isRaw, raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Block, DocumentBlock, ImageBlock, Media } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { Turn } from "../../ir/request.ts";
import { beyondModel } from "../kit/beyond-model.ts";
import { base64ToText, dataUrl, isTextMime, openaiFileId, type Inline } from "../kit/media.ts";
import {
  fileText,
  nameOf,
  orphanText,
  plainText,
  searchResultText,
  titleWithExtension,
} from "../kit/readable.ts";
import { graft, spells, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** Residues of items name the item: `/input/3/…`. */
export const ITEM_GRAFT = { dialect: DIALECT, depth: 2 } as const;
/** Residues of parts name the item and the part: `/input/3/content/1/…`. */
export const PART_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** The item of a turn with the turn's own residues. */
export function graftTurn(draft: Draft, turn: Turn): Draft {
  return graft(draft, turn.ext, ITEM_GRAFT);
}

/** A text part of a message that is not the assistant's. */
export function textPart(text: string): Draft {
  return { type: "input_text", text };
}

/** Whether a part is a record that can still be changed. */
export function isDraft(part: Printable): part is Draft {
  return typeof part === "object" && part !== null && !Array.isArray(part) && !isRaw(part);
}

/** The shortest form of content: one plain text is a string, several parts are a list. */
export function messageContent(parts: readonly Printable[]): Printable {
  const [only] = parts;
  if (only === undefined) return "";
  const draft: Draft = parts.length === 1 && isDraft(only) ? only : {};
  const { type, text } = draft;
  const isPlain = type === "input_text" && Object.keys(draft).length === 2;
  return isPlain && typeof text === "string" ? text : [...parts];
}

/** The parts of a user's words. What cannot be sent is reported and left out. */
export function userParts(
  blocks: readonly Block[],
  turn: Turn,
  context: EncodeContext,
): readonly Printable[] {
  return blocks.flatMap((block) => encodePart(block, { path: turn.path, context }) ?? []);
}

/** Instructions are text only. */
export function instructionPart(block: Block, path: string, context: EncodeContext): Printable {
  const place = { path, context };
  if (block.kind === "text" || block.kind === "vendor") return encodePart(block, place);
  const text = plainText([block]);
  if (text !== "") return textPart(text);
  context.verdicts.lose("R01", path, "X");
  return undefined;
}

/** One part of a result. */
export function resultPart(block: Block, path: string, context: EncodeContext): Printable {
  return block.kind === "toolResult" ? undefined : encodePart(block, { path, context });
}

/** Where in the source the blocks stand, for the report. */
type Place = { readonly path: string; readonly context: EncodeContext };

function encodePart(block: Block, place: Place): Printable {
  const lacking = beyondModel(block, place.context.target.capabilities);
  if (lacking !== undefined) return dropped(lacking, place);
  const draft = encodeBare(block, place);
  return isDraft(draft) ? withExtras(draft, block, place) : draft;
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

function encodeBare(block: Block, place: Place): Printable {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return textPart(block.text);
    case "image":
      return encodeImage(block, place);
    case "audio":
      return dropped(block.media.kind === "vendor" ? "B01" : "R16", place);
    case "video":
      return dropped("R17", place);
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

/** The cache breakpoint and the part's own residues. */
function withExtras(draft: Draft, block: Block, { context }: Place): Draft {
  const marked = context.breakpoints.has(block) && !spells(block.ext, PART_GRAFT, "cache_control");
  const ttl = block.cache?.ttl === "30m" ? "30m" : undefined;
  const breakpoint = marked ? { prompt_cache_breakpoint: { mode: "explicit", ttl } } : {};
  return graft({ ...draft, ...breakpoint }, block.ext, PART_GRAFT);
}

function encodeImage({ media, detail }: ImageBlock, place: Place): Printable {
  switch (media.kind) {
    case "inline":
      return { type: "input_image", image_url: dataUrl(media), detail: detail ?? "auto" };
    case "url":
      return { type: "input_image", image_url: media.url, detail: detail ?? "auto" };
    case "vendor": {
      const id = ownFile(media, place);
      return id === undefined
        ? dropped("B01", place)
        : { type: "input_image", file_id: id, detail: detail ?? "auto" };
    }
  }
  return unreachable(media);
}

function ownFile(media: Media, { context }: Place): string | undefined {
  const id = openaiFileId(media);
  return context.isOpenai || context.isOwn ? id : undefined;
}

function encodeDocument(block: DocumentBlock, place: Place): Printable {
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

function encodeFile(block: DocumentBlock, media: Media, place: Place): Printable {
  const { filename } = block;
  switch (media.kind) {
    case "inline":
      return encodeInlineFile(block, media, place);
    case "url":
      return { type: "input_file", file_url: media.url, filename };
    case "vendor": {
      const id = ownFile(media, place);
      return id === undefined
        ? dropped("B01", place)
        : { type: "input_file", file_id: id, filename };
    }
  }
  return unreachable(media);
}

function encodeInlineFile(block: DocumentBlock, media: Inline, place: Place): Printable {
  const { isOwn, verdicts } = place.context;
  const { mime, base64 } = media;
  if (!isOwn && mime.startsWith("image/"))
    return { type: "input_image", image_url: dataUrl(media), detail: "auto" };
  const text = !isOwn && isTextMime(mime) ? base64ToText(base64) : undefined;
  if (text !== undefined) {
    verdicts.lose("R12", place.path, "D");
    return textPart(fileText(nameOf(block), text));
  }
  const filename = block.filename ?? titleWithExtension(block.title, mime);
  return { type: "input_file", filename, file_data: dataUrl(media) };
}
