// The content of a reply: neutral blocks to those of this dialect, in their order.
import { raw, type Printable } from "../../lib/json.ts";
import type {
  Block,
  ImageBlock,
  Opaque,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
} from "../../ir/block.ts";
import { argumentsOf } from "../kit/arguments.ts";
import { legalId } from "../kit/call-ids.ts";
import { CLAUDE_VENDOR } from "../kit/claude-vendor.ts";
import { isBase64 } from "../kit/media.ts";
import { graft, type Draft } from "../kit/residue.ts";
import type { Client } from "../protocol.ts";
import { encodeCitation } from "./citations.ts";
import { DIALECT } from "./dialect.ts";
import { formatOfMime } from "./formats.ts";

/** Ids that this dialect takes. */
export const ID_RULE = { max: 64, legal: /^[A-Za-z0-9_.:-]+$/ } as const;

/** Blocks of this dialect for one neutral block; none where it has no place. */
export function encodeBlock(block: Block, client: Client): readonly Printable[] {
  switch (block.kind) {
    case "text":
      return encodeText(block);
    case "refusal":
    case "json":
      return textOf(block.text);
    case "thinking":
      // A redacted block is nothing but its token.
      return block.redacted && block.opaque === undefined
        ? []
        : [withResidues({ reasoningContent: encodeThinking(block, client) }, block)];
    case "toolCall":
      return [withResidues({ toolUse: encodeCall(block) }, block)];
    case "audio":
      return textOf(block.transcript ?? "");
    case "image":
      return encodeImage(block);
    case "vendor":
      return block.dialect === DIALECT ? [raw(block.text)] : [];
    case "toolResult":
    case "video":
    case "document":
    case "searchResult":
      return [];
  }
}

function textOf(text: string): readonly Printable[] {
  return text === "" ? [] : [{ text }];
}

function encodeText(block: TextBlock): readonly Printable[] {
  const { text, citations = [] } = block;
  if (citations.length === 0) return text === "" ? [] : [withResidues({ text }, block)];
  const content = text === "" ? [] : [{ text }];
  const cited = { content, citations: citations.map(encodeCitation) };
  return [withResidues({ citationsContent: cited }, block)];
}

/** Residues name the block: `/output/message/content/1/toolUse/…`. */
function withResidues(draft: Draft, block: Block): Draft {
  return graft(draft, block.ext, { dialect: DIALECT, depth: 4 });
}

/** `signature` is absent where there is none, never empty (B.7). */
function encodeThinking(block: ThinkingBlock, client: Client): Draft {
  const token = bestToken(block.opaque);
  if (block.redacted) {
    return { redactedContent: token === undefined ? "" : carriedBytes(token, client) };
  }
  const signature = token === undefined ? undefined : carried(token, client);
  return { reasoningText: { text: block.text, signature } };
}

/** The token that proves the reasoning; an item's id proves nothing. */
export function bestToken(tokens: readonly Opaque[] = []): Opaque | undefined {
  return tokens.find(({ kind }) => kind !== "itemId") ?? tokens[0];
}

/** Claude's own token as it is, another's in an envelope (translation.md 0.4). */
export function carried(token: Opaque, client: Client): string {
  const own =
    token.vendor === CLAUDE_VENDOR && (token.kind === "signature" || token.kind === "redacted");
  return own ? token.data : client.seal(token);
}

/** The same where the carrier holds bytes, of which the wire has the base64. */
export function carriedBytes(token: Opaque, client: Client): string {
  const own = token.vendor === CLAUDE_VENDOR && token.kind === "redacted" && isBase64(token.data);
  return own ? token.data : client.seal(token);
}

function encodeCall(block: ToolCallBlock): Draft {
  const input = block.call === "custom" ? { input: block.argsText } : argumentsOf(block.argsText);
  return { toolUseId: legalId(block.id, ID_RULE), name: block.name, input };
}

function encodeImage({ media }: ImageBlock): readonly Printable[] {
  if (media.kind !== "inline") return [];
  const format = formatOfMime("image", media.mime);
  return format === undefined ? [] : [{ image: { format, source: { bytes: media.base64 } } }];
}
