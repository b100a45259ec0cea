// Neutral blocks to content blocks (translation.md B.2, B.4, B.7). What cannot be sent is reported.
import {
  asArray,
  asRecord,
  parseJson,
  raw,
  type JsonText,
  type Printable,
} from "../../lib/json.ts";
import { unreachable } from "../../lib/result.ts";
import type {
  Block,
  CachePoint,
  DocumentBlock,
  Media,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
} from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import { mayReplay } from "../../ir/opaque.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { beyondModel } from "../kit/beyond-model.ts";
import { base64ToText, isTextMime, standardBase64 } from "../kit/media.ts";
import { segments } from "../kit/pointer.ts";
import { orphanText, plainText } from "../kit/readable.ts";
import { graft, type Draft } from "../kit/residue.ts";
import { citationFeature, encodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { formatOfMime } from "./formats.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { pointAfter } from "./request-encode-tools.ts";

/** Where in the source the blocks stand, for the report. */
export type Place = {
  readonly path: string;
  readonly context: EncodeContext;
  /** Whether the turn holds reasoning that is sent back: such a turn must stay as the model wrote it. */
  readonly signed?: boolean;
};

/** Content blocks in their order, each with its cache point after it. */
export function encodeParts(blocks: readonly Block[], place: Place): readonly Printable[] {
  const { context } = place;
  return blocks.flatMap((block): readonly Printable[] => {
    const lacking = context.isOwn ? undefined : beyondModel(block, context.target.capabilities);
    if (lacking !== undefined) dropped(lacking, place);
    const drafts = lacking === undefined ? encodePart(block, place) : [];
    // A breakpoint goes with what carries it.
    if (drafts.length === 0 && context.breakpoints.has(block))
      context.verdicts.lose("R63", place.path, "X");
    const point = context.isOwn ? block.cache : context.breakpoints.get(block);
    return drafts.length === 0 ? [] : [...drafts, ...pointAfter(point)];
  });
}

function dropped(id: LossId, { context, path }: Place): undefined {
  context.verdicts.lose(id, path, "X");
}

/** A draft with the block's own residues. */
function whole(draft: Draft | undefined, block: Block): readonly Printable[] {
  return draft === undefined
    ? []
    : [graft(draft, block.ext, { dialect: DIALECT, depth: depthOf(block) })];
}

const BLOCK_PATH = /^\/(?:system|messages\/\d+\/content)\/\d+(?:\/toolResult\/content\/\d+)*/;

/** How deep the block itself stands, by the pointer of a residue. */
function depthOf({ ext }: Block): number {
  return segments(BLOCK_PATH.exec(ext?.[0]?.path ?? "")?.[0] ?? "").length;
}

/** Whether the block was written for a guardrail: its residue then is the whole of it (B05). */
function isGuarded({ ext = [] }: Block): boolean {
  return ext.some(({ dialect, id }) => dialect === DIALECT && id === "B05");
}

function encodePart(block: Block, place: Place): readonly Printable[] {
  if (isGuarded(block)) return whole({}, block);
  switch (block.kind) {
    case "text":
      return encodeText(block, place);
    case "refusal":
      return words(block.text);
    case "json":
      return words(block.text);
    case "image":
      return whole(encodeMedia("image", block.media, place), block);
    case "audio":
      return whole(encodeMedia("audio", block.media, place), block);
    case "video":
      return whole(encodeMedia("video", block.media, place), block);
    case "document":
      return whole(encodeDocument(block, place), block);
    case "searchResult": {
      const citations = block.citable === undefined ? undefined : { enabled: block.citable };
      const content = encodeParts(block.parts, place);
      const { source, title } = block;
      return whole({ searchResult: { source, title, content, citations } }, block);
    }
    case "toolCall":
      return whole(encodeCall(block, place), block);
    case "toolResult":
      // A result without its call would be refused; its words still reach the model (E130).
      place.context.verdicts.lose("R40", place.path, "D");
      return words(orphanText(block.id, block.name, block.parts));
    case "thinking":
      return whole(encodeThinking(block, place), block);
    case "vendor":
      if (block.dialect === DIALECT) return [raw(block.text)];
      dropped(block.id, place);
      return [];
  }
  return unreachable(block);
}

function words(text: string): readonly Draft[] {
  return text.trim() === "" ? [] : [{ text }];
}

/** Blank text is refused, whoever wrote it, unless the model did beside its reasoning (E040). */
function encodeText(
  block: TextBlock,
  { context, path, signed = false }: Place,
): readonly Printable[] {
  const { text, citations = [] } = block;
  const isBlank = signed ? text === "" : text.trim() === "";
  if (isBlank && !context.isOwn) return [];
  if (context.isOwn && citations.length > 0) {
    const content = [{ text }];
    return whole(
      { citationsContent: { content, citations: citations.map(encodeCitation) } },
      block,
    );
  }
  // A citation points into sources of its own conversation; one that points nowhere is refused.
  for (const citation of citations)
    context.verdicts.loseNoted(citationFeature(citation), path, "X");
  return whole({ text }, block);
}

const MEDIA_FEATURES = { image: "R06", audio: "R16", video: "R17" } as const;

function encodeMedia(
  kind: "image" | "audio" | "video",
  media: Media,
  place: Place,
): Draft | undefined {
  switch (media.kind) {
    case "inline": {
      const format = formatOfMime(kind, media.mime);
      if (format === undefined) return dropped(MEDIA_FEATURES[kind], place);
      return { [kind]: { format, source: { bytes: standardBase64(media.base64) } } };
    }
    case "url":
      return dropped(kind === "image" ? "R07" : MEDIA_FEATURES[kind], place);
    case "vendor":
      return media.dialect === DIALECT ? { [kind]: raw(media.text) } : dropped("B01", place);
  }
  return unreachable(media);
}

/** Format and place, as they were. */
function membersOf({ text }: Extract<Media, { kind: "vendor" }>): Draft {
  const document = parseJson(text);
  const record = document.ok ? asRecord(document.value.root) : undefined;
  if (!document.ok || record === undefined) return {};
  const { textOf } = document.value;
  return {
    format: raw(textOf(record["format"] ?? null)),
    source: raw(textOf(record["source"] ?? {})),
  };
}

function encodeDocument(block: DocumentBlock, place: Place): Draft | undefined {
  const body = documentBody(block, place);
  if (body === undefined) return undefined;
  const { documents, isOwn } = place.context;
  const wanted = block.title ?? block.filename;
  const name = isOwn ? (wanted ?? "document") : documents.next(wanted);
  // The service takes few characters in a name.
  const isKept = wanted === undefined || wanted.startsWith(name);
  if (!isOwn && !isKept) place.context.verdicts.emulate("R10", place.path);
  return {
    document: {
      name,
      ...body,
      context: block.context,
      citations: block.citable === undefined ? undefined : { enabled: block.citable },
    },
  };
}

function documentBody({ content }: DocumentBlock, place: Place): Draft | undefined {
  switch (content.kind) {
    case "text":
      return {
        format: formatOfMime("document", content.mime) ?? "txt",
        source: { text: content.text },
      };
    case "blocks":
      return { format: "txt", source: { content: textsOf(content.blocks) } };
    case "media":
      return mediaBody(content.media, place);
  }
  return unreachable(content);
}

/** The parts of a document are words. */
function textsOf(blocks: readonly Block[]): readonly Draft[] {
  return blocks.flatMap((block) => {
    const text = plainText([block]);
    return text === "" ? [] : [{ text }];
  });
}

function mediaBody(media: Media, place: Place): Draft | undefined {
  switch (media.kind) {
    case "inline": {
      const format = formatOfMime("document", media.mime);
      if (format !== undefined) return { format, source: { bytes: standardBase64(media.base64) } };
      // Any other text is at least text.
      const text = isTextMime(media.mime) ? base64ToText(media.base64) : undefined;
      if (text !== undefined) return { format: "txt", source: { text } };
      return dropped(media.mime === "application/pdf" ? "R10" : "R12", place);
    }
    case "url":
      return dropped("R11", place);
    case "vendor":
      return media.dialect === DIALECT ? membersOf(media) : dropped("B01", place);
  }
  return unreachable(media);
}

/** A token goes back only to who made it; reasoning without one is dropped, never told as text (E188). */
function encodeThinking(block: ThinkingBlock, { context, path }: Place): Draft | undefined {
  const { isOwn, target, verdicts } = context;
  const token = (block.opaque ?? []).find((each) => isOwn || mayReplay(each, target));
  if (token === undefined && !isOwn) {
    if (block.text !== "") verdicts.lose("R61", path, "X");
    verdicts.loseNoted("R62", path, "X");
    verdicts.loseNoted("B08", path, "X");
    return undefined;
  }
  verdicts.keep("B08", path);
  if (block.redacted || token?.kind === "redacted") {
    return { reasoningContent: { redactedContent: token?.data ?? "" } };
  }
  return { reasoningContent: { reasoningText: { text: block.text, signature: token?.data } } };
}

function encodeCall(block: ToolCallBlock, { context, path }: Place): Draft {
  if (!context.isOwn && context.ids.changed(block)) context.verdicts.lose("R40", path, "D");
  const toolUseId = context.isOwn ? block.id : context.ids.call(block);
  const name = context.names.wire(block.name);
  const input = block.call === "custom" ? { input: block.argsText } : argumentsOf(block.argsText);
  return { toolUse: { toolUseId, name, input } };
}

/** A result needs something in it. */
function filledOut(content: readonly Printable[], { context, path }: Place): readonly Printable[] {
  if (content.length > 0 || context.isOwn) return content;
  context.verdicts.emulate("R36", path);
  return [{ text: "(empty)" }];
}

/** The answer to a call; the call's id was looked up. */
export function encodeResult(
  block: ToolResultBlock,
  id: string,
  place: Place,
): readonly Printable[] {
  const { target, isOwn, breakpoints } = place.context;
  const hasStatus = isOwn || target.capabilities.resultStatus !== false;
  const isTold = block.isError && !hasStatus;
  if (isTold) place.context.verdicts.lose("R39", place.path, "D");
  const parts = block.parts.flatMap((part) => resultPart(part, place));
  const content = filledOut(isTold ? [{ text: "Error:" }, ...parts] : parts, place);
  const status = block.isError && hasStatus ? "error" : undefined;
  const result = whole({ toolResult: { toolUseId: id, content, status } }, block);
  const point = isOwn ? block.cache : (breakpoints.get(block) ?? innerPoint(block, place));
  return [...result, ...pointAfter(point)];
}

/** The content of a result takes no cache points, so the last one within stands after the result. */
function innerPoint({ parts }: ToolResultBlock, { context, path }: Place): CachePoint | undefined {
  const points = parts.flatMap((part) => context.breakpoints.get(part) ?? []);
  // The point after the last part is the same one; any other moves.
  const last = parts.at(-1);
  const isSame = points.length === 1 && last !== undefined && context.breakpoints.has(last);
  if (points.length > 0 && !isSame) context.verdicts.lose("R63", path, "D");
  return points.at(-1);
}

/** JSON has a form of its own in results; it must be an object or a list (R36). */
function resultPart(part: Block, place: Place): readonly Printable[] {
  if (part.kind === "json") return [{ json: structured(part.text) }];
  return encodeParts([part], place).filter((made) => !isPoint(made));
}

function isPoint(made: Printable): boolean {
  return typeof made === "object" && made !== null && "cachePoint" in made;
}

function structured(text: JsonText): Printable {
  const document = parseJson(text);
  const root = document.ok ? document.value.root : undefined;
  const isStructure = asRecord(root) !== undefined || asArray(root) !== undefined;
  return isStructure ? raw(text) : { value: raw(text) };
}

/** A call without an answer makes the whole request invalid (E131). */
export function missingResult(id: string): Draft {
  return {
    toolResult: { toolUseId: id, content: [{ text: "no result recorded" }], status: "error" },
  };
}
