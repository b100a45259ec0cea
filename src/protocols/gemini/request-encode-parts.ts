// Neutral blocks to parts (translation.md B.2, B.4, B.7). What cannot be sent is reported.
import { asRecord, parseJson, raw } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type {
  Block,
  DocumentBlock,
  ImageBlock,
  Media,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
} from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { mayReplay } from "../../ir/opaque.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { beyondModel } from "../kit/beyond-model.ts";
import { featureOf } from "../kit/block-feature.ts";
import { standardBase64, textToBase64 } from "../kit/media.ts";
import { segments } from "../kit/pointer.ts";
import { orphanText, plainText, searchResultText } from "../kit/readable.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { DIALECT } from "./dialect.ts";
import { isUnderstood, typeOf } from "./media-address.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** Where in the source the blocks stand, for the report. */
export type Place = { readonly path: string; readonly context: EncodeContext };

/** Parts in their order. */
export function encodeParts(blocks: readonly Block[], place: Place): readonly Draft[] {
  return blocks.flatMap((block) => {
    const draft = encodePart(block, place);
    return draft === undefined ? [] : [withResidues(draft, block)];
  });
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

const PART_PATH =
  /^\/(?:systemInstruction|contents\/\d+|candidates\/\d+\/content)\/parts(?:\/\d+)?(?:\/functionResponse\/parts\/\d+)?/;

/** A draft with the block's own residues, by whose pointers it is known how deep the block stands. */
export function withResidues(draft: Draft, { ext }: Block): Draft {
  const path = PART_PATH.exec(ext?.find(({ dialect }) => dialect === DIALECT)?.path ?? "")?.[0];
  return graft(draft, ext, { dialect: DIALECT, depth: segments(path ?? "").length });
}

/** The feature that a model lacks for a block. */
function lacking(block: Block, { isOwn, target }: EncodeContext): LossId | undefined {
  if (isOwn) return undefined;
  if (block.kind === "video" && target.capabilities.video === false) return "R17";
  return beyondModel(block, target.capabilities);
}

function encodePart(block: Block, place: Place): Draft | undefined {
  const lacks = lacking(block, place.context);
  if (lacks !== undefined) return dropped(lacks, place);
  switch (block.kind) {
    case "text":
      return encodeText(block, place);
    case "refusal":
    case "json":
      return words(block.text);
    case "image":
    case "audio":
    case "video":
    case "document":
      return encodeMedia(block, place);
    case "searchResult":
      place.context.verdicts.lose("R14", place.path, "D");
      return words(searchResultText(block));
    case "toolCall":
      return encodeCall(block, place);
    case "toolResult":
      // A result without its call would be refused; its words still reach the model (E130).
      place.context.verdicts.lose("R40", place.path, "D");
      return words(orphanText(block.id, block.name, block.parts));
    case "thinking":
      return encodeThinking(block, place);
    case "vendor":
      return block.dialect === DIALECT ? ownPart(block) : dropped(block.id, place);
  }
  return unreachable(block);
}

function words(text: string): Draft | undefined {
  return text === "" ? undefined : { text };
}

/** A part as it was spelt, member by member, so that it can be told what is in it. */
export function ownPart({ text }: Extract<Block, { kind: "vendor" }>): Draft {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) return {};
  const { textOf, numberText } = document.value;
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      raw(numberText(record, key) ?? textOf(value)),
    ]),
  );
}

/** The signature that goes back with a block: only to who made it (0.4). */
function signatureOf({ opaque = [] }: Block, { isOwn, target }: EncodeContext): string | undefined {
  return opaque.find((token) => isOwn || mayReplay(token, target))?.data;
}

/** An empty text is nothing, unless it carries a signature (B.7). */
function encodeText(block: TextBlock, place: Place): Draft | undefined {
  const { context, path } = place;
  const thoughtSignature = signatureOf(block, context);
  // A citation points into sources of its own conversation.
  for (const { source } of block.citations ?? [])
    context.verdicts.loseNoted(source.kind === "url" ? "S07a" : "S07b", path, "X");
  if (block.text === "" && thoughtSignature === undefined && !context.isOwn) return undefined;
  return { text: block.text, thoughtSignature };
}

/** Reasoning without a token is dropped, never told as text (E188). */
function encodeThinking(block: ThinkingBlock, { context, path }: Place): Draft | undefined {
  const thoughtSignature = signatureOf(block, context);
  if (thoughtSignature === undefined && !context.isOwn) {
    if (block.text !== "") context.verdicts.lose("R61", path, "X");
    return undefined;
  }
  context.verdicts.keep("B08", path);
  const thought = { thought: true, thoughtSignature };
  return block.redacted ? thought : { text: block.text, ...thought };
}

function encodeCall(block: ToolCallBlock, { context, path }: Place): Draft {
  const { ids, names, isOwn, verdicts, target } = context;
  const wire = isOwn ? block.id : ids.call(block);
  const id = context.wireId(wire);
  const isNameless = target.capabilities.callIds === "none" && !isOwn;
  if (!isOwn && (ids.changed(block) || isNameless)) verdicts.lose("R40", path, "D");
  const name = names.wire(block.name);
  const args = block.call === "custom" ? { input: block.argsText } : argumentsOf(block.argsText);
  return { functionCall: { id, name, args }, thoughtSignature: signatureOf(block, context) };
}

/** Blocks that are media. */
export type MediaBlock = Extract<Block, { kind: "image" | "audio" | "video" | "document" }>;

const RESOLUTIONS = {
  low: "MEDIA_RESOLUTION_LOW",
  high: "MEDIA_RESOLUTION_HIGH",
  original: "MEDIA_RESOLUTION_ULTRA_HIGH",
} as const;

/** A part that is media; `undefined`: it cannot be sent, which is reported. */
export function encodeMedia(block: MediaBlock, place: Place): Draft | undefined {
  const draft = block.kind === "document" ? encodeDocument(block, place) : mediaOf(block, place);
  if (draft === undefined) return undefined;
  const thoughtSignature = signatureOf(block, place.context);
  const resolution = block.kind === "image" ? resolutionOf(block) : undefined;
  return { ...draft, mediaResolution: resolution, thoughtSignature };
}

/** No word at all is what `auto` says (R09). */
function resolutionOf({ detail }: ImageBlock): Draft | undefined {
  return detail === undefined || detail === "auto" ? undefined : { level: RESOLUTIONS[detail] };
}

function mediaOf(
  block: { readonly kind: MediaBlock["kind"]; readonly media: Media } & Partial<MediaBlock>,
  place: Place,
  displayName?: string,
): Draft | undefined {
  const { media } = block;
  switch (media.kind) {
    case "inline": {
      const { mime, base64 } = media;
      return { inlineData: { mimeType: mime, data: standardBase64(base64), displayName } };
    }
    case "url":
      if (!place.context.isOwn && !isUnderstood(media))
        place.context.verdicts.lose(BY_ADDRESS[block.kind], place.path, "D");
      return { fileData: { fileUri: media.url, mimeType: typeOf(media), displayName } };
    case "vendor":
      return media.dialect === DIALECT ? { fileData: raw(media.text) } : dropped("B01", place);
  }
  return unreachable(media);
}

/** What may not work when the server is not told to what an address leads: made-up types it takes at their word. */
const BY_ADDRESS = {
  image: "R07",
  document: "R11",
  audio: "R16",
  video: "R17",
} as const satisfies Record<MediaBlock["kind"], LossId>;

function encodeDocument(block: DocumentBlock, place: Place): Draft | undefined {
  const { context, path } = place;
  const { content, filename, title } = block;
  const titled = block.context !== undefined || title !== undefined;
  // There is no member for a name that every server of the protocol takes.
  if (!context.isOwn && titled) context.verdicts.loseNoted("R13", path, "D");
  if (!context.isOwn && isNamed(block)) context.verdicts.lose(featureOf(block), path, "D");
  const displayName = context.isOwn ? filename : undefined;
  switch (content.kind) {
    case "text":
      return textFile(content.text, content.mime);
    case "blocks":
      context.verdicts.lose("R13", path, "D");
      return textFile(plainText(content.blocks), "text/plain");
    case "media":
      return mediaOf({ kind: "document", media: content.media }, place, displayName);
  }
  return unreachable(content);
}

/** Whether a file has a name other than those that dialects with compulsory names make up. */
function isNamed({ filename, title }: DocumentBlock): boolean {
  const name = filename ?? title;
  return name !== undefined && !/^document(?:-\d+)?(?:\.\w+)?$/.test(name);
}

function textFile(text: string, mimeType: string): Draft {
  return { inlineData: { mimeType, data: textToBase64(text) } };
}
