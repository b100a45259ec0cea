// The content of a reply: neutral blocks to those of this dialect, in their order.
import { raw, type Printable } from "../../lib/json.ts";
import type { Block, Opaque, TextBlock, ThinkingBlock, ToolCallBlock } from "../../ir/block.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { legalId } from "../kit/call-ids.ts";
import { graft, type Draft } from "../kit/residue.ts";
import type { Client } from "../protocol.ts";
import { encodeCitation, splitAtCitations } from "./citations.ts";
import { DIALECT, VENDOR } from "./dialect.ts";

/** Ids that this dialect takes. */
export const ID_RULE = { max: 256, legal: /^[A-Za-z0-9_-]+$/ } as const;

/** Blocks of this dialect for one neutral block; none where it has no place. */
export function encodeBlock(block: Block, client: Client): readonly Printable[] {
  switch (block.kind) {
    case "text":
      return encodeText(block);
    case "refusal":
      return textOf(block.text);
    case "thinking":
      // A redacted block is nothing but its token.
      return block.redacted && block.opaque === undefined
        ? []
        : [withResidues(encodeThinking(block, client), block)];
    case "toolCall":
      return [withResidues(encodeCall(block), block)];
    case "audio":
      return textOf(block.transcript ?? "");
    case "json":
      return textOf(block.text);
    case "vendor":
      return block.dialect === DIALECT ? [raw(block.text)] : [];
    case "toolResult":
    case "image":
    case "video":
    case "document":
    case "searchResult":
      return [];
  }
}

function textOf(text: string): readonly Printable[] {
  return text === "" ? [] : [{ type: "text", text }];
}

/** An empty text block would be rejected when the client sends it back (E040). */
function encodeText(block: TextBlock): readonly Printable[] {
  return splitAtCitations(block).flatMap(({ text, citations }) => {
    const encoded = citations.flatMap((citation) => encodeCitation(citation) ?? []);
    if (text === "" && encoded.length === 0) return [];
    const draft: Draft = {
      type: "text",
      text,
      ...(encoded.length === 0 ? {} : { citations: encoded }),
    };
    return [withResidues(draft, block)];
  });
}

function withResidues(draft: Draft, block: Block): Draft {
  return graft(draft, block.ext, { dialect: DIALECT, depth: 2 });
}

function encodeThinking(block: ThinkingBlock, client: Client): Draft {
  const token = bestToken(block.opaque);
  if (block.redacted) {
    return { type: "redacted_thinking", data: token === undefined ? "" : carried(token, client) };
  }
  const signature = token === undefined ? "" : carried(token, client);
  return { type: "thinking", thinking: block.text, signature };
}

/** The token that proves the reasoning, of which a block here carries one; an item's id proves nothing. */
export function bestToken(tokens: readonly Opaque[] = []): Opaque | undefined {
  return tokens.find(({ kind }) => kind !== "itemId") ?? tokens[0];
}

/** The vendor's own token as it is, another's in an envelope (translation.md 0.4). */
export function carried(token: Opaque, client: Client): string {
  const own = token.vendor === VENDOR && (token.kind === "signature" || token.kind === "redacted");
  return own ? token.data : client.seal(token);
}

function encodeCall(block: ToolCallBlock): Draft {
  const input = block.call === "custom" ? { input: block.argsText } : argumentsOf(block.argsText);
  return { type: "tool_use", id: legalId(block.id, ID_RULE), name: block.name, input };
}
