// Which blocks of a request the model may cite: text, in the last question of the user (translation.md B.2 R12 to R14).
import type { DocumentBlock, SearchResultBlock } from "../../ir/block.ts";
import type { Turn } from "../../ir/request.ts";
import { base64ToText, isTextMime } from "../kit/media.ts";
import { plainText } from "../kit/readable.ts";

/** Whether a turn is what the user says, not what tools do. */
export function isAsked({ role, blocks }: Turn): boolean {
  if (role !== "user") return false;
  return blocks.length === 0 || blocks.some(({ kind }) => kind !== "toolResult");
}

/** What can be cited. */
export type Source = DocumentBlock | SearchResultBlock;

/** The blocks of the last question that are text to be cited. */
export function documentsOf(turns: readonly Turn[]): readonly Source[] {
  const blocks = turns.findLast(isAsked)?.blocks ?? [];
  return blocks.filter((block): block is Source => {
    if (block.kind === "searchResult") return true;
    return block.kind === "document" && textOf(block) !== undefined;
  });
}

/** The text of a document; `undefined`: it is none. */
export function textOf({ content }: DocumentBlock): string | undefined {
  switch (content.kind) {
    case "text":
      return content.text;
    case "blocks":
      return plainText(content.blocks);
    case "media": {
      const { media } = content;
      const isText = media.kind === "inline" && isTextMime(media.mime);
      return isText ? base64ToText(media.base64) : undefined;
    }
  }
}
