// Which feature of the loss table a block of a request is.
import type { Block, DocumentBlock, Media } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";

/** What is lost when a block is dropped. */
export function featureOf(block: Block): LossId {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
      return "R01";
    case "image":
      return imageFeature(block.media);
    case "document":
      return documentFeature(block.content);
    case "searchResult":
      return "R14";
    case "audio":
      return "R16";
    case "video":
      return "R17";
    case "thinking":
      return "R61";
    case "toolCall":
    case "toolResult":
      return "R40";
    case "vendor":
      return block.id;
  }
}

function documentFeature(content: DocumentBlock["content"]): LossId {
  if (content.kind === "blocks") return "R13";
  if (content.kind === "text") return "R12";
  const { media } = content;
  return media.kind === "inline" ? "R10" : media.kind === "url" ? "R11" : "B01";
}

/** The feature that an image is, by where its bytes are. */
export function imageFeature(media: Media): LossId {
  return media.kind === "inline" ? "R06" : media.kind === "url" ? "R07" : "B01";
}
