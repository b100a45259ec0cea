// Media that a model does not take, whatever its protocol can say.
import { unreachable } from "../../lib/result.ts";
import type { Block } from "../../ir/block.ts";
import type { LossId } from "../../ir/loss.ts";
import type { ModelCapabilities } from "../protocol.ts";

/** The feature that the model lacks; absent knowledge means that it has it. */
export function beyondModel(block: Block, capabilities: ModelCapabilities): LossId | undefined {
  switch (block.kind) {
    case "image":
      if (capabilities.vision !== false) return undefined;
      return block.media.kind === "inline" ? "R06" : "R07";
    case "audio":
      return capabilities.audio === false ? "R16" : undefined;
    case "document": {
      const { content } = block;
      const isPdf =
        content.kind === "media" &&
        content.media.kind === "inline" &&
        content.media.mime === "application/pdf";
      return isPdf && capabilities.pdf === false ? "R10" : undefined;
    }
    case "text":
    case "refusal":
    case "thinking":
    case "toolCall":
    case "toolResult":
    case "video":
    case "searchResult":
    case "json":
    case "vendor":
      return undefined;
  }
  return unreachable(block);
}
