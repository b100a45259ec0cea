// Results of calls: an object, and media beside it (translation.md B.4 R36 to R39).
import { asRecord, parseJson, raw, type JsonRecord, type Printable } from "../../lib/json.ts";
import type { Block, ToolResultBlock } from "../../ir/block.ts";
import { plainText } from "../kit/readable.ts";
import type { Draft } from "../kit/residue.ts";
import type { EncodeContext } from "./request-encode-context.ts";
import { encodeMedia, withResidues, type MediaBlock, type Place } from "./request-encode-parts.ts";

/** The part for a result, and media that must stand after all results, where the model takes none inside. */
export type EncodedResult = {
  readonly parts: readonly Draft[];
  readonly attached: readonly Draft[];
};

const ATTACHED = "[image attached below]";

/** The answer to a call; the call's id and name were looked up. */
export function encodeResult(
  block: ToolResultBlock,
  id: string,
  name: string,
  place: Place,
): EncodedResult {
  const { target, isOwn, verdicts } = place.context;
  const media = block.parts.filter(isMedia);
  const inside = isOwn || target.capabilities.resultMedia !== false;
  const drafts = media.flatMap((part) => {
    const draft = encodeMedia(part, place);
    return draft === undefined ? [] : [withResidues(draft, part)];
  });
  const isApart = !inside && drafts.length > 0;
  if (isApart) {
    for (const part of media) verdicts.lose(part.kind === "image" ? "R37" : "R38", place.path, "D");
  }
  const others = block.parts.filter((part) => !isMedia(part));
  const note: Block = { kind: "text", text: ATTACHED };
  const response = responseOf(isApart ? [...others, note] : others, block.isError, place);
  const parts = inside && drafts.length > 0 ? drafts : undefined;
  const result: Draft = { id: place.context.wireId(id), name, response, parts };
  return {
    parts: [withResidues({ functionResponse: result }, block)],
    attached: isApart ? drafts : [],
  };
}

function isMedia(block: Block): block is MediaBlock {
  if (block.kind === "document") return block.content.kind === "media";
  return block.kind === "image" || block.kind === "audio" || block.kind === "video";
}

/** JSON of a dialect that has it is the object itself; text is wrapped, even if it looks like JSON (E123). */
function responseOf(
  parts: readonly Block[],
  isError: boolean,
  { context, path }: Place,
): Printable {
  const [only, ...others] = parts;
  const key = isError ? "error" : "output";
  if (only?.kind === "json" && others.length === 0) {
    const document = parseJson(only.text);
    const record = document.ok ? asRecord(document.value.root) : undefined;
    const isObject = record !== undefined;
    // What looks like wrapped text reaches the model as it is, and comes back as that text.
    if (isObject && isWrapped(record)) context.verdicts.lose("R36", path, "D");
    return isObject && !isError ? raw(only.text) : { [key]: raw(only.text) };
  }
  for (const part of parts) loseForm(part, { context, path });
  if (others.length > 0) context.verdicts.lose("R36", path, "D");
  return { [key]: plainText(parts) };
}

/** Whether an object is of the form in which this dialect holds text. */
function isWrapped(record: JsonRecord): boolean {
  const [key = "", ...others] = Object.keys(record);
  const isKey = key === "output" || key === "error";
  return isKey && others.length === 0 && typeof record[key] === "string";
}

/** What is told as text only. */
function loseForm(part: Block, { context, path }: Place): void {
  switch (part.kind) {
    case "searchResult":
      return context.verdicts.lose("R14", path, "D");
    case "document":
      return context.verdicts.lose("R38", path, "D");
    case "vendor":
      return context.verdicts.lose(part.id, path, "X");
    case "text":
    case "refusal":
    case "json":
    case "thinking":
    case "toolCall":
    case "toolResult":
    case "image":
    case "audio":
    case "video":
      return undefined;
  }
}

/** A call without an answer makes the whole request invalid (E131). */
export function missingResult(id: string, name: string, { wireId }: EncodeContext): Draft {
  return {
    functionResponse: { id: wireId(id), name, response: { error: "no result recorded" } },
  };
}
