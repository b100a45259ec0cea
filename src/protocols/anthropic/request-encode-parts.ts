// Neutral blocks to content blocks of a request (translation.md B.2, B.4, B.7). What cannot be sent is reported.
import { raw, type Printable } from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type {
  Block,
  DocumentBlock,
  ImageBlock,
  Media,
  Opaque,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
} from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { mayReplay } from "../../ir/opaque.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { imageFeature } from "../kit/block-feature.ts";
import { base64ToText, isTextMime } from "../kit/media.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { segments } from "../kit/pointer.ts";
import type { Target } from "../protocol.ts";
import { citationFeature, encodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { cacheControl } from "./request-encode-cache.ts";
import type { EncodeContext } from "./request-encode-context.ts";

/** Where in the source the blocks stand, for the report. */
export type Place = {
  readonly path: string;
  readonly context: EncodeContext;
  /** Whether the turn holds reasoning that is sent back: such a turn must stay as the model wrote it. */
  readonly signed?: boolean;
};

/** Content blocks, in their order. */
export function encodeParts(blocks: readonly Block[], place: Place): readonly Printable[] {
  return blocks.flatMap((block): readonly Printable[] => {
    const draft = encodePart(block, place);
    // A breakpoint goes with what carries it.
    if (draft === undefined && place.context.breakpoints.has(block))
      place.context.verdicts.lose("R63", place.path, "X");
    if (draft === undefined) return [];
    return isDraft(draft) ? [withExtras(draft, block, place.context)] : [draft];
  });
}

function isDraft(part: Printable): part is Draft {
  return typeof part === "object" && part !== null && !Array.isArray(part) && !("raw" in part);
}

function withExtras(draft: Draft, block: Block, { breakpoints }: EncodeContext): Draft {
  const control = cacheControl(breakpoints.get(block));
  const cached = control === undefined ? draft : { ...draft, cache_control: control };
  return graft(cached, block.ext, { dialect: DIALECT, depth: depthOf(block) });
}

/**
 * How deep the block itself stands, by the pointer of a residue: `/system/0/…`, `/messages/3/content/1/…`, and below that
 * the parts of results (`…/content/0/…`) and of documents (`…/source/content/0/…`).
 */
function depthOf(block: Block): number {
  const path = block.ext?.[0]?.path ?? "";
  return segments(BLOCK_PATH.exec(path)?.[0] ?? "").length;
}

const BLOCK_PATH = /^\/(?:system|messages\/\d+\/content)\/\d+(?:(?:\/source)?\/content\/\d+)*/;

function encodePart(block: Block, place: Place): Printable {
  switch (block.kind) {
    case "text":
      return encodeText(block, place);
    case "refusal":
    case "json":
      return { type: "text", text: block.text };
    case "image":
      return encodeImage(block, place);
    case "document":
      return encodeDocument(block, place);
    case "searchResult":
      return {
        type: "search_result",
        source: block.source,
        title: block.title,
        content: encodeParts(block.parts, place),
        citations: block.citable === undefined ? undefined : { enabled: block.citable },
      };
    case "toolCall":
      return encodeCall(block, place);
    case "toolResult":
      return encodeOrphan(block, place);
    case "thinking":
      return encodeThinking(block, place);
    case "vendor":
      return block.dialect === DIALECT ? raw(block.text) : dropped(block.id, place);
    case "audio":
      return dropped("R16", place);
    case "video":
      return dropped("R17", place);
  }
  return unreachable(block);
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

/** Blank text is refused, whoever wrote it, unless the model did beside its reasoning (E040). */
function encodeText(block: TextBlock, { context, path, signed = false }: Place): Printable {
  if (signed ? block.text === "" : block.text.trim() === "") return undefined;
  const citations = (block.citations ?? []).flatMap((citation) => {
    if (context.isOwn) return encodeCitation(citation) ?? [];
    // A citation points into sources of its own conversation; one that points nowhere is refused.
    context.verdicts.loseNoted(citationFeature(citation), path, "X");
    return [];
  });
  return {
    type: "text",
    text: block.text,
    citations: citations.length === 0 ? undefined : citations,
  };
}

const IMAGE_TYPES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
]);

function encodeImage(block: ImageBlock, place: Place): Printable {
  const { media } = block;
  if (place.context.target.capabilities.vision === false)
    return dropped(imageFeature(media), place);
  if (media.kind === "inline" && !IMAGE_TYPES.has(media.mime)) return dropped("R06", place);
  const source = sourceOf(media, place);
  return source === undefined ? undefined : { type: "image", source };
}

function sourceOf(media: Media, place: Place): Printable {
  switch (media.kind) {
    case "inline":
      return { type: "base64", media_type: media.mime, data: media.base64 };
    case "url":
      return { type: "url", url: media.url };
    case "vendor":
      return media.dialect === DIALECT ? raw(media.text) : dropped("B01", place);
  }
  return unreachable(media);
}

function encodeDocument(block: DocumentBlock, place: Place): Printable {
  const source = documentSource(block, place);
  if (source === undefined) return undefined;
  return {
    type: "document",
    source,
    title: block.title ?? block.filename,
    context: block.context,
    citations: block.citable === undefined ? undefined : { enabled: block.citable },
  };
}

function documentSource({ content }: DocumentBlock, place: Place): Printable {
  switch (content.kind) {
    case "text":
      if (content.mime === "text/plain") place.context.verdicts.keep("R12", place.path);
      return { type: "text", media_type: "text/plain", data: content.text };
    case "blocks":
      return { type: "content", content: encodeParts(content.blocks, place) };
    case "media": {
      const { media } = content;
      if (media.kind !== "inline" || media.mime === "application/pdf")
        return sourceOf(media, place);
      // Text files have a form of their own; the API takes no other kinds (R12).
      const text = isTextMime(media.mime) ? base64ToText(media.base64) : undefined;
      if (text === undefined) return dropped("R12", place);
      return { type: "text", media_type: "text/plain", data: text };
    }
  }
}

function proofOf({ opaque = [] }: ThinkingBlock, target: Target): Opaque | undefined {
  return opaque.find((token) => mayReplay(token, target));
}

/** A token goes back only to who made it; reasoning without one is dropped, never told as text (E171, E175). */
function encodeThinking(block: ThinkingBlock, { context, path }: Place): Printable {
  const token = proofOf(block, context.target);
  if (token === undefined) {
    if (block.text !== "") context.verdicts.lose("R61", path, "X");
    context.verdicts.loseNoted("R62", path, "X");
    context.verdicts.loseNoted("B08", path, "X");
    return undefined;
  }
  context.verdicts.keep("B08", path);
  return block.redacted || token.kind === "redacted"
    ? { type: "redacted_thinking", data: token.data }
    : { type: "thinking", thinking: block.text, signature: token.data };
}

function encodeCall(block: ToolCallBlock, { context, path }: Place): Printable {
  if (context.ids.changed(block)) context.verdicts.lose("R40", path, "D");
  return {
    type: "tool_use",
    id: context.ids.call(block),
    name: context.names.wire(block.name),
    input: block.call === "custom" ? { input: block.argsText } : argumentsOf(block.argsText),
  };
}

/** The answer to a call; the call's id was looked up. */
export function encodeResult(block: ToolResultBlock, id: string, place: Place): Printable {
  const content = encodeParts(block.parts, place);
  const draft: Draft = {
    type: "tool_result",
    tool_use_id: id,
    content: content.length === 0 ? undefined : content,
    is_error: block.isError ? true : undefined,
  };
  return withExtras(draft, block, place.context);
}

/** A result without its call would be refused; its words still reach the model (E130). */
function encodeOrphan(block: ToolResultBlock, { context, path }: Place): Printable {
  context.verdicts.lose("R40", path, "D");
  const words = block.parts.flatMap((part) =>
    part.kind === "text" || part.kind === "json" ? [part.text] : [],
  );
  const name = block.name === undefined ? "" : ` of ${block.name}`;
  return { type: "text", text: `[result${name} for call ${block.id}]\n${words.join("\n")}` };
}
