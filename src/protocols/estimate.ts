// A local estimate of a request's input tokens, for upstreams that do not count (translation.md A.7). It has no vocabulary:
// it cuts text as tokenizers do before they look anything up, and guesses how many tokens each piece takes. docs/operations.md
// says how far off it is, measured against recorded usage.
import type { Block, Media } from "../ir/block.ts";
import type { Req, ToolDef, Turn } from "../ir/request.ts";

/** Words, numbers of up to three digits, marks, and line breaks; a space goes with the word that it stands before. */
const PIECES = /\p{L}[\p{L}\p{M}]*|\p{N}{1,3}|\n+|[^\s\p{L}\p{N}]+/gu;
const ASCII = /^[\x20-\x7e]/;
/** Scripts without spaces between words: nearly each character is a token of its own. */
const DENSE = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Hang}]/u;

/** Letters that one token holds: of common words, of long ones, and of other alphabets. */
const WORD = 7;
const REST = 5;
const FOREIGN = 3.5;
const DENSE_CHARACTERS = 1.3;
/** Marks that stand together often share a token. */
const MARKS = 2.5;

/** Tokens around a conversation, and around each turn and call. */
const FRAME = 3;
const TURN = 4;
const CALL = 8;
/** Tokens around all tools, around each, and what remains of the tokens of a schema's JSON once it is rewritten. */
const TOOLS = 10;
const TOOL = 3;
const SCHEMA = 0.45;
/** Media, of which nobody here knows the size: a picture of middle size, a page or two, a minute or less. */
const IMAGE = 765;
const IMAGE_LOW = 85;
const DOCUMENT = 1500;
const AUDIO = 500;
const VIDEO = 2500;

/** Tokens of a text; 0 for nothing. */
export function estimateText(text: string): number {
  let sum = 0;
  for (const [piece] of text.matchAll(PIECES)) sum += tokensOf(piece);
  return Math.round(sum);
}

function tokensOf(piece: string): number {
  if (/^[\n\p{N}]/u.test(piece)) return 1;
  if (!/^\p{L}/u.test(piece)) return Math.ceil(piece.length / MARKS);
  if (DENSE.test(piece)) return piece.length / DENSE_CHARACTERS;
  if (!ASCII.test(piece)) return Math.max(piece.length / FOREIGN, 1);
  return 1 + Math.max(Math.ceil((piece.length - WORD) / REST), 0);
}

/** Input tokens of a whole request. */
export function estimateRequest(request: Req): number {
  const { turns, tools, output } = request;
  const spoken = turns.reduce((sum, turn) => sum + tokensOfTurn(turn), 0);
  const offered = tools.reduce((sum, tool) => sum + tokensOfTool(tool), 0);
  const schema = output.format?.kind === "schema" ? estimateText(output.format.schema) : 0;
  const around = FRAME + (tools.length === 0 ? 0 : TOOLS);
  return Math.round(around + spoken + offered + schema * SCHEMA);
}

function tokensOfTurn({ blocks, name, joined }: Turn): number {
  const around = (joined === true ? 0 : TURN) + (name === undefined ? 0 : 1);
  return around + tokensOfAll(blocks);
}

function tokensOfAll(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + tokensOfBlock(block), 0);
}

function tokensOfTool(tool: ToolDef): number {
  if (tool.kind === "hosted") return estimateText(tool.text);
  const { name, description = "" } = tool;
  const schema = tool.kind === "function" ? tool.schema : tool.format;
  return (
    TOOL + estimateText(name) + estimateText(description) + estimateText(schema ?? "") * SCHEMA
  );
}

function tokensOfBlock(block: Block): number {
  switch (block.kind) {
    case "text":
    case "refusal":
    case "json":
    case "vendor":
      return estimateText(block.text);
    case "thinking":
      // What a model thought in earlier turns is mostly left out before it reads on.
      return 0;
    case "toolCall":
      return CALL + estimateText(block.name) + estimateText(block.argsText);
    case "toolResult":
      return CALL / 2 + tokensOfAll(block.parts);
    case "image":
      return block.detail === "low" ? IMAGE_LOW : IMAGE;
    case "audio":
      return AUDIO;
    case "video":
      return VIDEO;
    case "document":
      return tokensOfDocument(block);
    case "searchResult":
      return estimateText(`${block.source} ${block.title}`) + tokensOfAll(block.parts);
  }
}

function tokensOfDocument({
  content,
  title = "",
  context = "",
}: Extract<Block, { kind: "document" }>): number {
  const around = estimateText(`${title} ${context}`);
  switch (content.kind) {
    case "text":
      return around + estimateText(content.text);
    case "blocks":
      return around + tokensOfAll(content.blocks);
    case "media":
      return around + tokensOfFile(content.media);
  }
}

function tokensOfFile(media: Media): number {
  const isText = media.kind === "inline" && media.mime.startsWith("text/");
  // Three bytes in four letters, and about four letters a token.
  return isText ? (media.base64.length * 3) / 16 : DOCUMENT;
}
