// Blocks to content parts, and what has no part to text that says the same (translation.md B.2).
import { asRecord, parseJson, raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type { Block, DocumentBlock, ImageBlock, ThinkingBlock } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { beyondModel } from "../kit/beyond-model.ts";
import { featureOf } from "../kit/block-feature.ts";
import { dataUrl } from "../kit/media.ts";
import { fileText, nameOf, orphanText, searchResultText } from "../kit/readable.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { isDraft, textPart } from "../kit/text-parts.ts";
import { DIALECT } from "./dialect.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { textOf } from "./documents.ts";
import { dataOf } from "./request-encode-documents.ts";

/** Where in the source the blocks stand, for the report. */
export type Place = { readonly path: string; readonly context: EncodeContext };

/** Residues of parts name the message and the part: `/messages/3/content/1/…`. */
export const PART_GRAFT = { dialect: DIALECT, depth: 4 } as const;

/** Some parts. What cannot be sent is reported and left out. */
export function encodeParts(blocks: readonly Block[], place: Place): readonly Printable[] {
  return blocks.flatMap((block) => encodePart(block, place) ?? []);
}

/** One part; `undefined`: it has no place here. */
export function encodePart(block: Block, place: Place): Printable | undefined {
  const lacking = beyondModel(block, place.context.target.capabilities);
  if (lacking !== undefined && !place.context.isOwn) return dropped(lacking, place);
  const part = encodeBare(block, place);
  return part === undefined || !isDraft(part) ? part : graft(part, block.ext, PART_GRAFT);
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

function encodeBare(block: Block, place: Place): Printable | undefined {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return textPart(block.text);
    case "image":
      return encodeImage(block, place);
    case "document":
      return encodeDocument(block, place);
    case "searchResult":
      place.context.verdicts.loseNoted("R14", place.path, "D");
      place.context.verdicts.loseNoted("R15", place.path, "X");
      return textPart(searchResultText(block));
    case "thinking":
      return encodeThinking(block, place);
    case "audio":
    case "video":
      return dropped(featureOf(block), place);
    case "vendor":
      return block.dialect === DIALECT ? raw(block.text) : dropped(block.id, place);
    case "toolResult":
      return textPart(orphanText(block.id, block.name, block.parts));
    case "toolCall":
      return undefined;
  }
  return unreachable(block);
}

function encodeImage({ media, detail }: ImageBlock, place: Place): Draft | undefined {
  // The finest resolution has no word here.
  if (detail === "original") place.context.verdicts.loseNoted("R09", place.path, "D");
  const word = detail === "original" ? "high" : detail;
  switch (media.kind) {
    case "inline":
      return { type: "image_url", image_url: { url: dataUrl(media), detail: word } };
    case "url":
      return { type: "image_url", image_url: { url: media.url, detail: word } };
    case "vendor":
      return dropped("B01", place);
  }
  return unreachable(media);
}

/** A text among the words of a turn says whose it is; other files have no place (R10 to R13). */
function encodeDocument(block: DocumentBlock, place: Place): Draft | undefined {
  const text = textOf(block);
  const { content } = block;
  if (text !== undefined) {
    place.context.verdicts.loseNoted("R15", place.path, "X");
    return textPart(fileText(nameOf(block), text));
  }
  const isOffice =
    content.kind === "media" &&
    content.media.kind === "inline" &&
    content.media.mime !== "application/pdf";
  if (!isOffice) return dropped(featureOf(block), place);
  // What is called a file may be a picture.
  if (content.media.kind === "inline" && content.media.mime.startsWith("image/"))
    return { type: "image_url", image_url: { url: dataUrl(content.media) } };
  return dropped("R12", place);
}

/** Reasoning goes back as what was thought; there is no place for its proof (B.7). */
function encodeThinking(block: ThinkingBlock, place: Place): Draft | undefined {
  const { verdicts, target, isOwn } = place.context;
  const takes = isOwn || target.capabilities.reasoning !== "none";
  // Without a proof another vendor's reasoning has nothing that marks it as such.
  if (block.opaque === undefined && !isOwn) verdicts.loseNoted("R61", place.path, "D");
  if (block.text !== "" && takes) return { type: "thinking", thinking: block.text };
  if (block.text !== "") verdicts.lose("R61", place.path, "X");
  return undefined;
}

/** What a tool found: data, passages and texts are documents, everything else is text (R36, R38). */
export function encodeFound(block: Block, place: Place): readonly Printable[] {
  switch (block.kind) {
    case "json": {
      const document = parseJson(block.text);
      const isObject = document.ok && asRecord(document.value.root) !== undefined;
      if (!isObject) place.context.verdicts.loseNoted("R36", place.path, "D");
      return isObject ? [found(raw(block.text), block)] : [textPart(block.text)];
    }
    case "searchResult":
      place.context.verdicts.loseNoted("R15", place.path, "X");
      return [found(dataOf(block, place.context.isOwn), block)];
    case "document": {
      if (textOf(block) === undefined) return encodeParts([block], place);
      const { content, title, filename } = block;
      // Without a name it is data like any other, and a text in pieces becomes one.
      const isWhole = content.kind === "text" && (title ?? filename) !== undefined;
      if (!isWhole) place.context.verdicts.loseNoted("R38", place.path, "D");
      place.context.verdicts.loseNoted("R15", place.path, "X");
      return [found(dataOf(block, place.context.isOwn), block)];
    }
    case "toolResult":
    case "toolCall":
    case "thinking":
      return [];
    case "text":
    case "refusal":
    case "image":
    case "audio":
    case "video":
    case "vendor":
      return encodeParts([block], place);
  }
  return unreachable(block);
}

function found(data: Printable, block: Block): Draft {
  return graft({ type: "document", document: { data } }, block.ext, PART_GRAFT);
}
