// What has no place of its own in a target, as text that says the same (translation.md B.2 R12 to R14, B.4).
import { unreachable } from "../../lib/result.ts";
import type { Block, DocumentBlock, SearchResultBlock } from "../../ir/block.ts";
import { extensionOf } from "./media.ts";

/** A file must have a name, by whose ending some servers tell what it is. */
export function titleWithExtension(title: string | undefined, mime: string): string {
  const ending = `.${extensionOf(mime) ?? "bin"}`;
  if (title === undefined) return `document${ending}`;
  return title.toLowerCase().endsWith(ending) ? title : title + ending;
}

/** What a document is called. */
export function nameOf(block: DocumentBlock): string {
  return block.filename ?? block.title ?? "document";
}

/** A file as text that says whose content it is (R12). */
export function fileText(name: string, text: string): string {
  return `[file: ${name}]\n${text}`;
}

/** A retrieved passage in a stable form (R13, R14). */
export function searchResultText(block: SearchResultBlock): string {
  const { source, title, parts } = block;
  const head = `<search_result source=${JSON.stringify(source)} title=${JSON.stringify(title)}>`;
  return `${head}\n${plainText(parts)}\n</search_result>`;
}

/** A result that answers no call goes to the model as what it is (E130). */
export function orphanText(id: string, name: string | undefined, parts: readonly Block[]): string {
  const label = name === undefined ? id : `${name} (${id})`;
  return `[tool result: ${label}]\n${plainText(parts)}`;
}

/** The readable text of blocks, one after another. */
export function plainText(blocks: readonly Block[]): string {
  return blocks
    .map(readable)
    .filter((text) => text !== "")
    .join("\n");
}

function readable(block: Block): string {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return block.text;
    case "searchResult":
      return searchResultText(block);
    case "document":
      return block.content.kind === "media" ? "" : documentText(block);
    case "audio":
      return block.transcript ?? "";
    case "toolResult":
      return plainText(block.parts);
    case "thinking":
    case "toolCall":
    case "image":
    case "video":
    case "vendor":
      return "";
  }
  return unreachable(block);
}

function documentText(block: DocumentBlock): string {
  const { content } = block;
  if (content.kind === "media") return "";
  const text = content.kind === "text" ? content.text : plainText(content.blocks);
  return fileText(nameOf(block), text);
}
